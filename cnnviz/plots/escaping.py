"""Escape text of users for Plotly, which reads labels as markup and fills in templates."""

import re

_MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "%{": "&#37;{"}
_SPECIAL = re.compile("|".join(map(re.escape, _MARKUP)))


def literal(text: str) -> str:
    """Return a label that Plotly shows as it is: tags, links and templates in it stay text.

    Every title, name and label of a figure that is not written in this package goes through here.
    """
    return _SPECIAL.sub(lambda match: _MARKUP[match.group()], text)
