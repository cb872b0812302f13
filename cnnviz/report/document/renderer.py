"""Traversal of a report's blocks, shared by the file formats."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from cnnviz.report.document.blocks import (
    Block,
    Bullets,
    Code,
    DataTable,
    Facts,
    Figure,
    Link,
    Missing,
    Name,
    Paragraph,
    Part,
    Picture,
    Pictures,
    SvgDrawing,
    TableCell,
    column_sources,
    with_references,
)


class Renderer(ABC):
    """Renders blocks in a file format, with references to a numbered list of sources.

    Strings passed to the abstract methods are already in that format, references included.
    """

    def __init__(self, sources: Sequence[str]) -> None:
        """Number the sources from 1."""
        self._numbers = {source: number for number, source in enumerate(sources, start=1)}

    def block(self, block: Block) -> str:
        """Return a rendered block."""
        match block:
            case Paragraph(parts, conclusion):
                if conclusion:
                    return self.conclusion(self.cell(parts))
                last = parts[-1]
                introduces = isinstance(last, str) and last.endswith(":")
                return self.paragraph(self.cell(parts), introduces=introduces)
            case Bullets(items):
                return self.bullets([self.cell(item) for item in items])
            case Facts(rows, headline):
                named = [(self.text(name), self.cell(cell)) for name, cell in rows]
                return self.headline(named) if headline else self.facts(named)
            case DataTable():
                return self._table(block)
            case Code(text):
                return self.code(text, self._reference(text.source))
            case Pictures(items):
                return self.pictures([(item, self.cell(item.caption)) for item in items])
            case SvgDrawing(rows=rows, caption=caption):
                named = [(self.text(name), self.cell(cell)) for name, cell in rows]
                sources = dict.fromkeys(figure.source for figure in block.figures)
                marks = "".join(map(self._reference, sources))
                return self.drawing(block, self.cell(caption), named, marks)

    def cell(self, cell: TableCell, *, above: str = "") -> str:
        """Return the rendered parts of a cell with their references.

        Args:
            cell: the parts.
            above: the source that the column heading already refers to.
        """
        return "".join(
            self._part(part) + self._reference(source if source != above else "")
            for part, source in with_references(cell)
        )

    def _table(self, table: DataTable) -> str:
        sources = column_sources(table)
        heads = [
            self.text(head) + self._reference(source)
            for head, source in zip(table.heads, sources, strict=True)
        ]
        rows = [
            [self.cell(cell, above=source) for cell, source in zip(row, sources, strict=True)]
            for row in table.rows
        ]
        return self.table(heads, rows, table.mark)

    def _reference(self, source: str) -> str:
        return self.reference(self._numbers[source], source) if source else ""

    def _part(self, part: Part) -> str:
        match part:
            case Figure():
                return self.figure(part)
            case Missing():
                return self.missing(part)
            case Link():
                return self.link(part)
            case Name(text):
                return self.text(text)
            case _:
                return self.text(part)

    @abstractmethod
    def text(self, text: str) -> str:
        """Return a text escaped, so that it is shown verbatim."""

    @abstractmethod
    def figure(self, figure: Figure) -> str:
        """Return a figure without its reference."""

    @abstractmethod
    def reference(self, number: int, source: str) -> str:
        """Return a reference to the list of sources."""

    @abstractmethod
    def missing(self, part: Missing) -> str:
        """Return why a value is missing and how to get it."""

    @abstractmethod
    def link(self, part: Link) -> str:
        """Return a link."""

    @abstractmethod
    def paragraph(self, text: str, *, introduces: bool) -> str:
        """Return a paragraph, which may introduce the next block."""

    @abstractmethod
    def conclusion(self, text: str) -> str:
        """Return the paragraph that a reader in a hurry reads."""

    @abstractmethod
    def bullets(self, items: list[str]) -> str:
        """Return a bulleted list."""

    @abstractmethod
    def headline(self, rows: list[tuple[str, str]]) -> str:
        """Return facts that are shown large."""

    @abstractmethod
    def facts(self, rows: list[tuple[str, str]]) -> str:
        """Return names with their values."""

    @abstractmethod
    def table(self, heads: list[str], rows: list[list[str]], mark: int | None) -> str:
        """Return a table; `mark` is the index of a highlighted row."""

    @abstractmethod
    def code(self, text: Figure, reference: str) -> str:
        """Return a command to copy."""

    @abstractmethod
    def pictures(self, items: list[tuple[Picture, str]]) -> str:
        """Return images with their captions."""

    @abstractmethod
    def drawing(
        self, drawing: SvgDrawing, caption: str, rows: list[tuple[str, str]], marks: str
    ) -> str:
        """Return a drawing with its caption.

        Args:
            drawing: the drawing.
            caption: text below it.
            rows: names and values of its numbers, for a format without drawings.
            marks: references to the sources of these numbers.
        """
