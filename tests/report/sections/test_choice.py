"""The sections on the choice, on candidates with numbers set by hand."""

from cnnviz.report.document.blocks import Bullets, DataTable, Facts, Name, Paragraph
from cnnviz.report.sections.choice import (
    alternatives_section,
    pros_and_cons_section,
    recommendation_section,
)
from tests.report.material import A, B, candidate, report_context
from tests.report.reading import facts_of, words

UNTESTED = ("C", None, 50, "")


def table(*args: object, **kwargs: object) -> DataTable:
    section = alternatives_section(report_context(*args, **kwargs))  # type: ignore[arg-type]
    [block] = [block for block in section.blocks if isinstance(block, DataTable)]
    return block


def names(block: DataTable) -> list[str]:
    return [words(row[0]) for row in block.rows]


def test_alternatives_are_sorted_best_first_and_unknown_last() -> None:
    others = (candidate(*UNTESTED), candidate(*A))
    by_accuracy = table(candidate(*B), *others)
    assert names(by_accuracy) == ["A", "B", "C"]
    assert by_accuracy.mark == 1
    by_size = table(candidate(*B), *others, by="size")
    assert names(by_size) == ["C", "B", "A"]
    assert by_size.mark == 1


def test_the_columns_of_latency_are_left_out_if_none_was_measured() -> None:
    block = table(candidate(*A))
    assert block.heads == ("Network", "Test accuracy", "95% interval", "Parameters", "MACs")
    assert [words(cell) for cell in block.rows[0][:4]] == ["A", "99.00%", "98.79–99.18%", "500"]


def test_what_was_left_out_and_what_was_not_compared_is_stated() -> None:
    section = alternatives_section(report_context(candidate(*A), left_out=[Name("D"), Name("E")]))
    paragraphs = [words(block.parts) for block in section.blocks if isinstance(block, Paragraph)]
    assert paragraphs[0].startswith("Sorted by accuracy, best first.")
    assert paragraphs[1:] == [
        "No alternatives were named, so nothing was compared.",
        "Left out because their files are damaged: D and E.",
    ]


def test_the_rank_counts_only_networks_with_a_known_figure() -> None:
    context = report_context(candidate(*B), candidate(*A), candidate(*UNTESTED))
    ranks = facts_of(pros_and_cons_section(context).blocks[-1])
    assert ranks == {"By accuracy": "2 of 2", "By size": "2 of 3"}


def test_without_alternatives_there_is_no_rank() -> None:
    section = pros_and_cons_section(report_context(candidate(*A)))
    assert [block for block in section.blocks if isinstance(block, Facts)] == []


def test_strengths_and_weaknesses_are_those_of_the_catalog() -> None:
    context = report_context(candidate(*A))
    blocks = pros_and_cons_section(context).blocks
    lists = [[words(c) for c in block.items] for block in blocks if isinstance(block, Bullets)]
    assert lists == [list(context.facts.row.pros), list(context.facts.row.cons)]


def test_the_recommendation_names_its_criterion() -> None:
    section = recommendation_section(report_context(candidate(*B), candidate(*A), by="size"))
    intro, bullets = section.blocks
    assert isinstance(intro, Paragraph)
    assert words(intro.parts).startswith("The main criterion is size.")
    assert isinstance(bullets, Bullets)
    assert words(bullets.items[0]).startswith("By size, B ranks first of 2: 100")
