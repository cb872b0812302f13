"""Line breaks in long labels, so that the plot keeps its room."""

import textwrap

from cnnviz.plots.escaping import literal

_WIDTH = 18  # characters per line


def wrapped(title: str, width: int = _WIDTH) -> str:
    """Return a literal label in lines of at most `width` characters, with Plotly's line breaks."""
    return "<br>".join(map(literal, textwrap.wrap(title, width)))
