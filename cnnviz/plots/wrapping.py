"""Line breaks in long labels, so that the plot keeps its room."""

import textwrap

_WIDTH = 18  # characters per line


def wrapped(title: str, width: int = _WIDTH) -> str:
    """Return a label broken into lines of at most `width` characters, with Plotly's line breaks."""
    return "<br>".join(textwrap.wrap(title, width)) or title
