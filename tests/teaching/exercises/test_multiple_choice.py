import pytest

from cnnviz.teaching.exercises.multiple_choice import (
    MultipleChoice,
    Option,
    Outcome,
    choose_number,
    choose_outcome,
    choose_range,
)

RANGES = ((0.5, "small"), (1.0, "large"))


def test_numbers_are_in_ascending_order_and_misconceptions_at_their_numbers() -> None:
    question = choose_number("How many?", 1000, {9: "nine", 20_000: "all"}, "Because.", unit="ms")
    assert question is not None
    assert [o.text for o in question.options] == ["9 ms", "1,000 ms", "20,000 ms"]
    assert [o.misconception for o in question.options] == ["nine", "", "all"]
    assert question.answer == "1,000 ms"


def test_a_misconception_that_leads_to_the_right_number_is_left_out() -> None:
    question = choose_number("How many?", 9, {9: "nine", 3: "three"}, "Because.")
    assert question is not None
    assert [o.text for o in question.options] == ["3", "9"]
    assert choose_number("How many?", 9, {9: "nine"}, "Because.") is None


def test_the_right_number_is_among_at_most_five() -> None:
    question = choose_number("How many?", 99, dict.fromkeys(range(9), "no"), "Because.")
    assert question is not None
    assert len(question.options) == 5
    assert question.answer == "99"


@pytest.mark.parametrize(("value", "text", "why"), [(0.49, "small", "high"), (0.5, "large", "low")])
def test_the_upper_bound_of_a_range_is_not_in_it(value: float, text: str, why: str) -> None:
    question = choose_range("?", value, RANGES, ".", too_low="low", too_high="high")
    assert question.answer == text
    assert {o.misconception for o in question.options} == {"", why}


def test_a_value_outside_all_ranges_is_refused() -> None:
    with pytest.raises(ValueError, match=r"value must be below 1.0, got 1.5"):
        choose_range("?", 1.5, RANGES, ".", too_low="low", too_high="high")


def test_the_outcome_that_came_true_is_no_misconception() -> None:
    question = choose_outcome("?", 1, [Outcome("a", "not a"), Outcome("b", "not b")], ".")
    assert question.options == (Option("a", "not a"), Option("b", ""))


@pytest.mark.parametrize(
    "options",
    [
        (Option("a"),),
        (Option("a"), Option("a", "twice")),
        (Option("a"), Option("b")),
        (Option("a", "wrong"), Option("b", "wrong")),
        (Option("a", "wrong"), Option("b")),
    ],
)
def test_a_question_needs_one_right_answer_and_reasons_for_all_others(
    options: tuple[Option, ...],
) -> None:
    with pytest.raises(ValueError, match="option"):
        MultipleChoice("?", options, 0, ".")
