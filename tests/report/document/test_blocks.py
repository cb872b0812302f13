"""References to sources, columns and enumerations, on small cells."""

from cnnviz.report.document.blocks import (
    DataTable,
    Facts,
    Figure,
    Link,
    Missing,
    Paragraph,
    Report,
    Section,
    column_sources,
    joined,
    with_references,
)

ONE, TWO = Figure(1, "1", "first"), Figure(2, "2", "second")
THREE = Figure(3, "3", "first", "ms")


def test_a_figure_shows_its_unit_after_a_space_that_does_not_break() -> None:
    assert (str(ONE), str(THREE)) == ("1", "3\u00a0ms")


def test_one_reference_stands_after_the_last_figure_of_its_source() -> None:
    cell = (ONE, " and ", TWO, " and ", THREE, "!")
    references = [source for _, source in with_references(cell)]
    assert references == ["", "", "second", "", "first", ""]


def test_a_column_has_a_source_if_all_its_figures_share_it() -> None:
    rows = (
        ((ONE,), (TWO,), (Link("a", "https://a"),), (Missing(),)),
        ((THREE,), (ONE,), (ONE,), (ONE,)),
    )
    table = DataTable(("a", "b", "c", "d"), rows)
    assert column_sources(table) == ["first", "", "", "first"]
    assert column_sources(DataTable(("a",), (((ONE,),),))) == [""]  # one row needs no heading's


def test_an_enumeration_has_one_and() -> None:
    assert joined([("a",), ("b",), ("c",)]) == ("a", ", ", "b", " and ", "c")
    assert joined([("a",), ("b",)], last="; ") == ("a", "; ", "b")
    assert joined([("a",)]) == ("a",)
    assert joined([]) == ()


def test_sources_are_numbered_in_reading_order_each_once() -> None:
    blocks = (Paragraph((TWO, ONE)), Facts((("name", (THREE,)),)))
    report = Report("title", (ONE,), (Section("section", blocks),))
    assert report.figures() == [ONE, TWO, ONE, THREE]
    assert report.sources() == ["first", "second"]
