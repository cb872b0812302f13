"""Traversal of blocks, in a format made for the test: every call leaves its name."""

import pytest

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
    Picture,
    Pictures,
    SvgDrawing,
)
from cnnviz.report.document.renderer import Renderer

LOG, PLAN = "the run's log", "the plan"


class Spelled(Renderer):
    """Spells out which method received what: `figure(3)`, references as `^1`."""

    def text(self, text: str) -> str:
        return f"<{text}>"

    def figure(self, figure: Figure) -> str:
        return f"figure({figure.text})"

    def reference(self, number: int, source: str) -> str:
        assert source == (LOG, PLAN)[number - 1]
        return f"^{number}"

    def missing(self, part: Missing) -> str:
        return f"missing({part.reason})"

    def link(self, part: Link) -> str:
        return f"link({part.url})"

    def paragraph(self, text: str, *, introduces: bool) -> str:
        return f"paragraph {text}{' introduces' if introduces else ''}"

    def conclusion(self, text: str) -> str:
        return f"conclusion {text}"

    def bullets(self, items: list[str]) -> str:
        return f"bullets {items}"

    def headline(self, rows: list[tuple[str, str]]) -> str:
        return f"headline {rows}"

    def facts(self, rows: list[tuple[str, str]]) -> str:
        return f"facts {rows}"

    def table(self, heads: list[str], rows: list[list[str]], mark: int | None) -> str:
        return f"table {heads} {rows} {mark}"

    def code(self, text: Figure, reference: str) -> str:
        return f"code {text.text}{reference}"

    def pictures(self, items: list[tuple[Picture, str]]) -> str:
        return f"pictures {[(picture.alt.text, caption) for picture, caption in items]}"

    def drawing(
        self, drawing: SvgDrawing, caption: str, rows: list[tuple[str, str]], marks: str
    ) -> str:
        return f"drawing {drawing.svg} {caption} {rows} {marks}"


def logged(text: str) -> Figure:
    return Figure(text, text, LOG)


def planned(text: str) -> Figure:
    return Figure(text, text, PLAN)


PAIR = ("loss ", logged("3"))
PICTURE = Picture(b"", logged("digit 7"), ("read as ", logged("1")))


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (Paragraph(PAIR), "paragraph <loss >figure(3)^1"),
        (Paragraph(("In short:",)), "paragraph <In short:> introduces"),
        (Paragraph((Name("VGG"),)), "paragraph <VGG>"),
        (Paragraph((logged("VGG:"),)), "paragraph figure(VGG:)^1"),  # by chance
        (Paragraph((Missing("no run"), " ")), "paragraph missing(no run)< >"),
        (Paragraph((Link("paper", "x.org"),)), "paragraph link(x.org)"),
        (Bullets((PAIR, ("b",))), "bullets ['<loss >figure(3)^1', '<b>']"),
        (Facts((("Loss", PAIR),)), "facts [('<Loss>', '<loss >figure(3)^1')]"),
        (Facts((("Loss", ("b",)),), headline=True), "headline [('<Loss>', '<b>')]"),
        (Code(planned("cnnviz train")), "code cnnviz train^2"),
        (Pictures((PICTURE,)), "pictures [('digit 7', '<read as >figure(1)^1')]"),
    ],
    ids=lambda value: value.split()[0] if isinstance(value, str) else "",
)
def test_each_block_is_rendered_by_its_method(block: Block, expected: str) -> None:
    assert Spelled([LOG, PLAN]).block(block) == expected


def test_one_reference_covers_neighbors_of_the_same_source() -> None:
    cell = (logged("1"), " of ", logged("2"), ", ", planned("3"), "!")
    assert Spelled([LOG, PLAN]).cell(cell) == "figure(1)< of >figure(2)^1<, >figure(3)^2<!>"
    assert (
        Spelled([LOG, PLAN]).cell(cell, above=LOG) == "figure(1)< of >figure(2)<, >figure(3)^2<!>"
    )


def test_a_columns_common_source_is_named_once_in_its_heading() -> None:
    table = DataTable(
        heads=("Run", "Loss", "Mixed"),
        rows=(
            (("a",), (logged("1"),), (logged("2"),)),
            (("b",), (logged("3"),), (planned("4"),)),
        ),
        mark=1,
    )
    assert Spelled([LOG, PLAN]).block(table) == (
        "table ['<Run>', '<Loss>^1', '<Mixed>'] "
        "[['<a>', 'figure(1)', 'figure(2)^1'], ['<b>', 'figure(3)', 'figure(4)^2']] 1"
    )


def test_a_drawing_names_each_source_of_its_numbers_once() -> None:
    rows = (("a", (planned("1"),)), ("b", (logged("2"), planned("3"))))
    drawing = SvgDrawing("<svg/>", "bars", rows, ("Bars",))
    assert Spelled([LOG, PLAN]).block(drawing) == (
        "drawing <svg/> <Bars> [('<a>', 'figure(1)^2'), ('<b>', 'figure(2)^1figure(3)^2')] ^2^1"
    )


def test_a_figure_whose_source_is_not_numbered_is_an_error() -> None:
    with pytest.raises(KeyError, match=PLAN):
        Spelled([LOG]).cell((planned("1"),))
