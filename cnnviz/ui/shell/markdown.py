"""Escape text of users, files and errors, since Streamlit renders most text as Markdown."""

import re
from collections.abc import Iterable, Sequence

_LINK = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)")  # where a bare address is recognized
_JOINER = "\u2060"  # word joiner, without width
_MARKUP = re.compile(r"([!-/:-@\[-`{-~])")  # ASCII punctuation, all of which Markdown lets escape


def plain(text: str) -> str:
    """Return Markdown that shows a text literally, links included.

    Otherwise the browser of every reader would fetch an image that is linked in a run's name.
    """
    return _MARKUP.sub(r"\\\1", _LINK.sub(_JOINER, " ".join(text.split())))


def names_text(names: Iterable[str]) -> str:
    """Return names as Markdown, joined by semicolons, since a name may contain a comma."""
    return "; ".join(plain(name) for name in names)


def enumeration(words: Sequence[str]) -> str:
    """Return words joined by commas and "and"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def as_sentence(text: str) -> str:
    """Return a capitalized sentence as Markdown that shows it literally."""
    return plain(text[:1].upper() + text[1:])
