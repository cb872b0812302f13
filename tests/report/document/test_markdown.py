"""The Markdown file: every table is well formed."""

from cnnviz.report import Report, to_html, to_markdown
from tests.report.reading import well_formed


def test_markdown_tables_are_well_formed(report: Report) -> None:
    markdown = to_markdown(report)
    assert well_formed(markdown)
    assert markdown.startswith("# ")
    assert "data:image" not in markdown
    pictures = "<img" in to_html(report)
    assert ("The images are in the HTML report." in markdown) is pictures
