"""A report as GitHub-flavored Markdown; images are described instead of shown."""

import re
from collections.abc import Sequence

from cnnviz.report.document.blocks import Figure, Link, Missing, Picture, Report, SvgDrawing
from cnnviz.report.document.renderer import Renderer

_MARKUP = re.compile(r"([\\`*_\[\]<>|#~&])")
# where Markdown would turn a bare address into a link
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)")


def to_markdown(report: Report) -> str:
    """Return the Markdown; all user text is escaped."""
    renderer = _MarkdownRenderer(report.sources())
    blocks = [f"# {_plain(report.title)}", renderer.cell(report.subtitle)]
    for section in report.sections:
        blocks += [
            f"## {_plain(section.title)}",
            *(renderer.block(block) for block in section.blocks),
        ]
    blocks.append("## Sources")
    blocks.append(
        "The numbers in brackets refer to this list. A reference covers all figures before it in "
        "the same sentence or cell that have no reference of their own; in a column heading it "
        "covers the whole column."
    )
    blocks.append(
        "\n".join(f"{n}. {_plain(source)}" for n, source in enumerate(report.sources(), start=1))
    )
    return "\n\n".join(blocks) + "\n"


class _MarkdownRenderer(Renderer):
    def text(self, text: str) -> str:
        return _plain(text)

    def figure(self, figure: Figure) -> str:
        return _plain(str(figure))

    def reference(self, number: int, source: str) -> str:
        del source
        return f" \\[{number}\\]"

    def missing(self, part: Missing) -> str:
        remedy = f"; {_plain(part.remedy)}" if part.remedy else ""
        command = f": `{part.command}`" if part.command else ""
        return f"{_plain(part.reason)}{remedy}{command}"

    def link(self, part: Link) -> str:
        return f"[{_plain(part.text)}]({part.url})"

    def paragraph(self, text: str, *, introduces: bool) -> str:
        del introduces
        return text

    def conclusion(self, text: str) -> str:
        return text

    def bullets(self, items: list[str]) -> str:
        return "\n".join(f"- {item}" for item in items)

    def headline(self, rows: list[tuple[str, str]]) -> str:
        return self.facts(rows)

    def facts(self, rows: list[tuple[str, str]]) -> str:
        return _lines(("", ""), rows)

    def table(self, heads: list[str], rows: list[list[str]], mark: int | None) -> str:
        lines = [
            (f"**{first}**" if index == mark else first, *rest)
            for index, (first, *rest) in enumerate(rows)
        ]
        return _lines(heads, lines)

    def code(self, text: Figure, reference: str) -> str:
        return f"```text\n{text.text}\n```\n\nSource:{reference}"

    def pictures(self, items: list[tuple[Picture, str]]) -> str:
        lines = (f"- {self.figure(picture.alt)}: {caption}" for picture, caption in items)
        return "\n".join(["The images are in the HTML report.", "", *lines])

    def drawing(
        self, drawing: SvgDrawing, caption: str, rows: list[tuple[str, str]], marks: str
    ) -> str:
        del drawing, marks
        return f"Drawing, shown in the HTML report: {caption} Its numbers:\n\n{self.facts(rows)}"


def _lines(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose cells are already Markdown."""
    lines = [heads, ["---" for _ in heads], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """Return a text on one line, escaped so that Markdown shows it verbatim."""
    return _MARKUP.sub(r"\\\1", _ADDRESS.sub("\u2060", text.replace("\n", " ")))
