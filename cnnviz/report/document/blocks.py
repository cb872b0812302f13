"""What a report is made of: figures with their sources, what is missing, and blocks of them."""

from collections.abc import Iterator
from dataclasses import dataclass

SPACE = "\u00a0"  # a unit stays on the line of its number


@dataclass(frozen=True)
class Figure:
    """A number, or a text, that comes from somewhere.

    Attributes:
        value: as it is stored or counted.
        text: as it is shown, without the unit.
        source: where it comes from, in words.
        unit: behind the text; "" for none.
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
    """A number that nobody has.

    Attributes:
        what: why it is not there, in a few words.
        way: how to get it, in words; "" where there is no way.
        command: the command that gets it; "" where there is none.
    """

    what: str = "not measured"
    way: str = ""
    command: str = ""


@dataclass(frozen=True)
class Name:
    """What something is called, letter by letter: a network's title may be a user's text."""

    text: str


@dataclass(frozen=True)
class Link:
    """A publication."""

    text: str
    url: str


Part = str | Figure | Missing | Name | Link
Cell = tuple[Part, ...]


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    parts: Cell


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[Cell, ...]


@dataclass(frozen=True)
class Facts:
    """Names with what is known of each; `headline` ones are the first thing to see."""

    rows: tuple[tuple[str, Cell], ...]
    headline: bool = False


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        heads: of the columns; the first column names the row.
        rows: as many cells each.
        mark: index of the row that the report is about; None for none.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    mark: int | None = None


@dataclass(frozen=True)
class Code:
    """A command to copy."""

    text: Figure


@dataclass(frozen=True)
class Picture:
    """A small picture.

    Attributes:
        png: the file's bytes.
        alt: which one it is; with the caption it tells what there is to see.
        caption: below it.
    """

    png: bytes
    alt: Figure
    caption: Cell


@dataclass(frozen=True)
class Pictures:
    """Pictures side by side."""

    items: tuple[Picture, ...]


@dataclass(frozen=True)
class Drawing:
    """A drawing of lines and shapes.

    Attributes:
        svg: an `<svg>` element that needs nothing else, all text in it escaped.
        alt: what it shows, for whoever does not see it.
        rows: every number that is written in it, in order, each with what it is of.
        caption: below it.
    """

    svg: str
    alt: str
    rows: tuple[tuple[str, Cell], ...]
    caption: Cell

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every number that is written in it."""
        return tuple(part for _, cell in self.rows for part in cell if isinstance(part, Figure))


Block = Paragraph | Bullets | Facts | Table | Code | Pictures | Drawing


@dataclass(frozen=True)
class Section:
    """A part of the report under a heading of its own."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """All that is to be shown.

    Attributes:
        title: the network's name, which may be a user's text.
        subtitle: below it.
        sections: in order.
    """

    title: str
    subtitle: Cell
    sections: tuple[Section, ...]

    def cells(self) -> Iterator[Cell]:
        """Return every piece of text in reading order."""
        yield self.subtitle
        for section in self.sections:
            for block in section.blocks:
                yield from _cells(block)

    def figures(self) -> list[Figure]:
        """Return every figure in reading order."""
        return [part for cell in self.cells() for part in cell if isinstance(part, Figure)]

    def sources(self) -> list[str]:
        """Return where the figures come from, each source once, in reading order."""
        return list(dict.fromkeys(figure.source for figure in self.figures()))


def _cells(block: Block) -> Iterator[Cell]:
    match block:
        case Paragraph(parts):
            yield parts
        case Bullets(items):
            yield from items
        case Facts(rows):
            yield from (cell for _, cell in rows)
        case Table(rows=rows):
            yield from (cell for row in rows for cell in row)
        case Code(text):
            yield (text,)
        case Pictures(pictures):
            yield from (cell for each in pictures for cell in ((each.alt,), each.caption))
        case Drawing(rows=rows, caption=caption):
            yield from (cell for _, cell in rows)
            yield caption


def referring(cell: Cell) -> list[tuple[Part, str]]:
    """Return the parts, each with the source to name behind it, or "".

    One reference stands for all figures before it that have the same source.
    """
    last = {part.source: place for place, part in enumerate(cell) if isinstance(part, Figure)}
    behind = {place: source for source, place in last.items()}
    return [(part, behind.get(place, "")) for place, part in enumerate(cell)]


def shared(table: Table) -> list[str]:
    """Return, for each column, the one source of all its figures.

    It is "" where there are several, or where the column holds links, which name their own.
    """
    columns = zip(*table.rows, strict=True)
    found = [
        {_source_of(part) for cell in c for part in cell if isinstance(part, Figure | Link)}
        for c in columns
    ]
    return [next(iter(each)) if len(each) == 1 and len(table.rows) > 1 else "" for each in found]


def _source_of(part: Figure | Link) -> str:
    return part.source if isinstance(part, Figure) else ""


def joined(cells: list[Cell], *, comma: str = ", ", last: str = " and ") -> Cell:
    """Return cells as one enumeration: a, b and c."""
    parts: list[Part] = []
    for place, cell in enumerate(cells):
        if place:
            parts.append(last if place == len(cells) - 1 else comma)
        parts += cell
    return tuple(parts)
