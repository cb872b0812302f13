"""Names beside a chart, which must leave room for it."""

import textwrap

_WIDTH = 18  # letters in a line


def wrapped(title: str, width: int = _WIDTH) -> str:
    """Return a name in lines of at most so many letters, as Plotly breaks them."""
    return "<br>".join(textwrap.wrap(title, width)) or title
