"""One trained network, told to whoever decides about it: every number with its source.

`gather` collects, `to_html` and `to_markdown` show.
"""

from cnnviz.report.choice import CRITERIA
from cnnviz.report.gather import gather, look, subject
from cnnviz.report.parts import Figure, Missing, Report, Section
from cnnviz.report.to_html import to_html
from cnnviz.report.to_markdown import to_markdown

__all__ = [
    "CRITERIA",
    "Figure",
    "Missing",
    "Report",
    "Section",
    "gather",
    "look",
    "subject",
    "to_html",
    "to_markdown",
]
