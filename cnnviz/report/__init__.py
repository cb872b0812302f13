"""One trained network, told to whoever decides about it: every number with its source.

`gather` collects, `to_html` and `to_markdown` show.
"""

from cnnviz.report.build import gather, look, subject
from cnnviz.report.document.blocks import Figure, Missing, Report, Section
from cnnviz.report.document.html import to_html
from cnnviz.report.document.markdown import to_markdown
from cnnviz.report.facts.recommendation import CRITERIA

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
