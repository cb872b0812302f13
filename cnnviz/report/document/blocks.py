"""The building blocks of a report: figures with sources, missing values, tables, drawings."""

from collections.abc import Iterator
from dataclasses import dataclass

SPACE = "\u00a0"  # non-breaking, between a number and its unit


@dataclass(frozen=True)
class Figure:
    """A number or a text with its source.

    Attributes:
        value: as stored or counted.
        text: as shown, without the unit.
        source: where it comes from, in words.
        unit: of the number; "" for none.
    """

    value: float | int | str
    text: str
    source: str
    unit: str = ""

    def __str__(self) -> str:
        """Return the text with its unit."""
        return f"{self.text}{SPACE}{self.unit}" if self.unit else self.text


@dataclass(frozen=True)
class Missing:
    """A value that is not available.

    Attributes:
        reason: why it is missing, in a few words.
        remedy: how to get it, as an instruction that may lead to the command; "" if there is no
            way.
        command: the command that gets it, shown after the remedy; "" if there is none.
    """

    reason: str = "not measured"
    remedy: str = ""
    command: str = ""


@dataclass(frozen=True)
class Name:
    """A name that is shown verbatim, since a network's title may be a user's text."""

    text: str


@dataclass(frozen=True)
class Link:
    """A link to a publication."""

    text: str
    url: str


Part = str | Figure | Missing | Name | Link
TableCell = tuple[Part, ...]


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of text; the `conclusion` is shown larger."""

    parts: TableCell
    conclusion: bool = False


@dataclass(frozen=True)
class Bullets:
    """A bulleted list."""

    items: tuple[TableCell, ...]


@dataclass(frozen=True)
class Facts:
    """Names with their values; `headline` facts are shown large."""

    rows: tuple[tuple[str, TableCell], ...]
    headline: bool = False


@dataclass(frozen=True)
class DataTable:
    """A table.

    Attributes:
        heads: of the columns; the first column names the row.
        rows: with one cell per column.
        mark: index of the row that the report is about; None for none.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    mark: int | None = None


@dataclass(frozen=True)
class Code:
    """A command to copy."""

    text: Figure


@dataclass(frozen=True)
class Picture:
    """A small image.

    Attributes:
        png: content of the PNG file.
        alt: which image it is; together with the caption it describes the image.
        caption: text below it.
    """

    png: bytes
    alt: Figure
    caption: TableCell


@dataclass(frozen=True)
class Pictures:
    """Images side by side."""

    items: tuple[Picture, ...]


@dataclass(frozen=True)
class SvgDrawing:
    """A vector drawing.

    Attributes:
        svg: a self-contained `<svg>` element with all its text escaped.
        alt: description for readers who cannot see it.
        rows: every number in it, in order, with its name.
        caption: text below it.
    """

    svg: str
    alt: str
    rows: tuple[tuple[str, TableCell], ...]
    caption: TableCell

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every number in it."""
        return tuple(part for _, cell in self.rows for part in cell if isinstance(part, Figure))


Block = Paragraph | Bullets | Facts | DataTable | Code | Pictures | SvgDrawing


@dataclass(frozen=True)
class Section:
    """A part of the report with a heading."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """A whole report.

    Attributes:
        title: the network's name, which may be a user's text.
        subtitle: line below the title.
        sections: in order.
    """

    title: str
    subtitle: TableCell
    sections: tuple[Section, ...]

    def cells(self) -> Iterator[TableCell]:
        """Return every piece of text in reading order."""
        yield self.subtitle
        for section in self.sections:
            for block in section.blocks:
                yield from _cells(block)

    def figures(self) -> list[Figure]:
        """Return every figure in reading order."""
        return [part for cell in self.cells() for part in cell if isinstance(part, Figure)]

    def sources(self) -> list[str]:
        """Return the sources of the figures, each once, in reading order."""
        return list(dict.fromkeys(figure.source for figure in self.figures()))


def _cells(block: Block) -> Iterator[TableCell]:
    match block:
        case Paragraph(parts):
            yield parts
        case Bullets(items):
            yield from items
        case Facts(rows):
            yield from (cell for _, cell in rows)
        case DataTable(rows=rows):
            yield from (cell for row in rows for cell in row)
        case Code(text):
            yield (text,)
        case Pictures(pictures):
            yield from (cell for picture in pictures for cell in ((picture.alt,), picture.caption))
        case SvgDrawing(rows=rows, caption=caption):
            yield from (cell for _, cell in rows)
            yield caption


def with_references(cell: TableCell) -> list[tuple[Part, str]]:
    """Return the parts, each with the source to refer to after it, or "".

    One reference covers all figures before it that have the same source.
    """
    last = {part.source: index for index, part in enumerate(cell) if isinstance(part, Figure)}
    references = {index: source for source, index in last.items()}
    return [(part, references.get(index, "")) for index, part in enumerate(cell)]


def column_sources(table: DataTable) -> list[str]:
    """Return the common source of all figures in each column.

    It is "" if there are several, or if the column holds links, which name their own.
    """
    columns = zip(*table.rows, strict=True)
    sources = [
        {_source_of(part) for cell in column for part in cell if isinstance(part, Figure | Link)}
        for column in columns
    ]
    return [next(iter(s)) if len(s) == 1 and len(table.rows) > 1 else "" for s in sources]


def _source_of(part: Figure | Link) -> str:
    return part.source if isinstance(part, Figure) else ""


def joined(cells: list[TableCell], *, comma: str = ", ", last: str = " and ") -> TableCell:
    """Return cells joined into one enumeration: a, b and c."""
    parts: list[Part] = []
    for index, cell in enumerate(cells):
        if index:
            parts.append(last if index == len(cells) - 1 else comma)
        parts += cell
    return tuple(parts)
