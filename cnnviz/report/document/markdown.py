"""A report as Markdown, with tables as GitHub reads them; its pictures are named, not shown."""

import re
from collections.abc import Sequence

from cnnviz.report.document.blocks import Drawing, Figure, Link, Missing, Picture, Report
from cnnviz.report.document.renderer import Renderer

_MARKUP = re.compile(r"([\\`*_\[\]<>|#~&])")
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)")  # where a bare address is recognized


def to_markdown(report: Report) -> str:
    """Return the text; what users wrote is shown letter by letter."""
    show = _Markdown(report.sources())
    parts = [f"# {_plain(report.title)}", show.cell(report.subtitle)]
    for section in report.sections:
        parts += [f"## {_plain(section.title)}", *(show.block(block) for block in section.blocks)]
    parts.append("## Sources")
    parts.append(
        "The numbers in brackets refer to this list; one stands for all figures before it in a "
        "sentence or a cell that have no other, one in the head of a column for the whole column."
    )
    parts.append(
        "\n".join(f"{n}. {_plain(source)}" for n, source in enumerate(report.sources(), start=1))
    )
    return "\n\n".join(parts) + "\n"


class _Markdown(Renderer):
    def text(self, text: str) -> str:
        return _plain(text)

    def figure(self, figure: Figure) -> str:
        return _plain(str(figure))

    def reference(self, number: int, source: str) -> str:
        del source
        return f" \\[{number}\\]"

    def missing(self, part: Missing) -> str:
        way = f" – to have it: {_plain(part.way)}" if part.way else ""
        command = f": `{part.command}`" if part.command else ""
        return f"{_plain(part.what)}{way}{command}"

    def link(self, part: Link) -> str:
        return f"[{_plain(part.text)}]({part.url})"

    def paragraph(self, text: str, *, leads: bool) -> str:
        del leads
        return text

    def bullets(self, items: list[str]) -> str:
        return "\n".join(f"- {item}" for item in items)

    def headline(self, rows: list[tuple[str, str]]) -> str:
        return self.facts(rows)

    def facts(self, rows: list[tuple[str, str]]) -> str:
        return _lines(("", ""), rows)

    def table(self, heads: list[str], rows: list[list[str]], mark: int | None) -> str:
        lines = [
            (f"**{first}**" if place == mark else first, *rest)
            for place, (first, *rest) in enumerate(rows)
        ]
        return _lines(heads, lines)

    def code(self, text: Figure, reference: str) -> str:
        return f"```text\n{text.text}\n```\n\nSource:{reference}"

    def pictures(self, items: list[tuple[Picture, str]]) -> str:
        lines = (f"- {self.figure(picture.alt)}: {caption}" for picture, caption in items)
        return "\n".join(["The pictures are in the HTML report.", "", *lines])

    def drawing(
        self, drawing: Drawing, caption: str, rows: list[tuple[str, str]], marks: str
    ) -> str:
        del drawing, marks
        return f"Drawn in the HTML report: {caption} The numbers in it:\n\n{self.facts(rows)}"


def _lines(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; its cells are Markdown already."""
    lines = [heads, ["---" for _ in heads], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """Return a text on one line, as Markdown that shows it letter by letter."""
    return _MARKUP.sub(r"\\\1", _ADDRESS.sub("\u2060", text.replace("\n", " ")))
