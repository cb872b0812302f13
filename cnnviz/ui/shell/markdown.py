"""Text of users, files and errors for a page: Streamlit reads Markdown nearly everywhere."""

import re

_LINK = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)")  # where a bare address is recognized
_JOINER = "\u2060"  # takes no room
_MARKUP = re.compile(r"([!-/:-@\[-`{-~])")  # ASCII punctuation, all of which Markdown lets escape


def plain(text: str) -> str:
    """Return a text as Markdown that shows it letter by letter, links included.

    An image link in a run's name would otherwise be fetched by every reader.
    """
    return _MARKUP.sub(r"\\\1", _LINK.sub(_JOINER, " ".join(text.split())))


def opening(text: str) -> str:
    """Return a sentence with its first letter large, as Markdown that shows it as it is."""
    return plain(text[:1].upper() + text[1:])
