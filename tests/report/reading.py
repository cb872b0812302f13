"""What a finished report says: its sections, texts and figures, and the parsed HTML."""

import re
from html.parser import HTMLParser

from cnnviz.report import Figure, Report, to_markdown
from cnnviz.report.document.blocks import SPACE, Facts, Link, Missing, Name, Section, TableCell

VOID = {"meta", "img", "br", "link", "input", "hr"}


def section(report: Report, title: str) -> Section:
    return next(part for part in report.sections if part.title == title)


def said(report: Report, title: str) -> str:
    text = to_markdown(Report("", (), (section(report, title),)))
    return re.sub(r" \\\[\d+\\\]", "", text)


def fact(report: Report, title: str, name: str) -> Figure:
    for block in section(report, title).blocks:
        if isinstance(block, Facts):
            for called, cell in block.rows:
                if called == name:
                    [figure] = [part for part in cell if isinstance(part, Figure)]
                    return figure
    raise AssertionError(name)


def words(cell: TableCell) -> str:
    """The text of a cell without sources: names and links by their text, reasons if missing."""
    return "".join(
        part.text
        if isinstance(part, Name | Link)
        else part.reason
        if isinstance(part, Missing)
        else str(part).replace(SPACE, " ")
        for part in cell
    )


def facts_of(block: object) -> dict[str, str]:
    """Names with the texts of their values."""
    assert isinstance(block, Facts)
    return {name: words(cell) for name, cell in block.rows}


class Page(HTMLParser):
    """What an HTML file holds."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.crossed = False

    @classmethod
    def read(cls, text: str) -> "Page":
        page = cls()
        page.feed(text)
        page.close()
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("href", "src", "action", "srcset", "data", "poster"):
                self.addresses.append(value or "")
            if name == "alt":
                self.text += value or ""
            if name == "id":
                self.ids.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.crossed = self.crossed or not self.open or self.open.pop() != tag

    def handle_data(self, data: str) -> None:
        self.text += data


def plain(markdown: str) -> str:
    """Markdown without its escapes."""
    return re.sub(r"\\(.)", r"\1", markdown.replace("\u2060", ""))


def well_formed(markdown: str) -> bool:
    """Whether every table has as many cells in each line as in its head."""
    tables = re.findall(r"(?:^\|.*\n)+", markdown, re.MULTILINE)
    for table in tables:
        lines = table.splitlines()
        cells = [len(re.findall(r"(?<!\\)\|", line)) for line in lines]
        if len(set(cells)) != 1 or not re.fullmatch(r"\|(?: --- \|)+", lines[1]):
            return False
    return len(tables) > 3
