"""Report on one trained network for decision makers, with a source for every number.

`build_report` collects the facts; `to_html` and `to_markdown` render them.
"""

from cnnviz.report.build import build_report, evaluate_network, trained_network
from cnnviz.report.document.blocks import Figure, Missing, Report, Section
from cnnviz.report.document.html import to_html
from cnnviz.report.document.markdown import to_markdown
from cnnviz.report.facts.candidates import CRITERIA

__all__ = [
    "CRITERIA",
    "Figure",
    "Missing",
    "Report",
    "Section",
    "build_report",
    "evaluate_network",
    "to_html",
    "to_markdown",
    "trained_network",
]
