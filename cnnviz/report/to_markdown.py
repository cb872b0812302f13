"""A report as Markdown, with tables as GitHub reads them; its pictures are named, not shown."""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from cnnviz.report.parts import (
    Block,
    Bullets,
    Cell,
    Code,
    Facts,
    Figure,
    Link,
    Missing,
    Name,
    Paragraph,
    Part,
    Pictures,
    Report,
    Table,
    referring,
)

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
        "sentence or a cell that have no other."
    )
    parts.append(
        "\n".join(f"{n}. {_plain(source)}" for n, source in enumerate(report.sources(), start=1))
    )
    return "\n\n".join(parts) + "\n"


class _Markdown:
    """Shows blocks; figures refer to the list of sources."""

    def __init__(self, sources: list[str]) -> None:
        self._numbers = {source: number for number, source in enumerate(sources, start=1)}
        self._blocks: Mapping[type[Block], Callable[[Any], str]] = MappingProxyType(
            {
                Paragraph: lambda block: self.cell(block.parts),
                Bullets: lambda block: "\n".join(f"- {self.cell(item)}" for item in block.items),
                Facts: self._facts,
                Table: self._table,
                Code: self._code,
                Pictures: self._pictures,
            }
        )

    def block(self, block: Block) -> str:
        return self._blocks[type(block)](block)

    def cell(self, cell: Cell) -> str:
        return "".join(self._part(part) + self._reference(s) for part, s in referring(cell))

    def _reference(self, source: str) -> str:
        if not source:
            return ""
        return f" \\[{self._numbers[source]}\\]"

    def _part(self, part: Part) -> str:
        if isinstance(part, Figure):
            return _plain(str(part))
        if isinstance(part, Missing):
            way = f" – to have it: {_plain(part.way)}" if part.way else ""
            command = f": `{part.command}`" if part.command else ""
            return f"{_plain(part.what)}{way}{command}"
        if isinstance(part, Link):
            return f"[{_plain(part.text)}]({part.url})"
        return _plain(part.text if isinstance(part, Name) else part)

    def _facts(self, block: Facts) -> str:
        rows = [(_plain(name), self.cell(cell)) for name, cell in block.rows]
        return _lines(("", ""), rows)

    def _table(self, block: Table) -> str:
        rows = [tuple(self.cell(cell) for cell in row) for row in block.rows]
        if block.mark is not None:
            first, *rest = rows[block.mark]
            rows[block.mark] = (f"**{first}**", *rest)
        return _lines(block.heads, rows)

    def _code(self, block: Code) -> str:
        return f"```text\n{block.text.text}\n```\n\nSource:{self._reference(block.text.source)}"

    def _pictures(self, block: Pictures) -> str:
        items = (f"- {self._part(item.alt)}: {self.cell(item.caption)}" for item in block.items)
        return "\n".join(["The pictures are in the HTML report.", "", *items])


def _lines(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table; its cells are Markdown already."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """Return a text on one line, as Markdown that shows it letter by letter."""
    return _MARKUP.sub(r"\\\1", _ADDRESS.sub("\u2060", text.replace("\n", " ")))
