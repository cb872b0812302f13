"""One multiple-choice question: stem, options, the correct one, and what a wrong one believes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FEWEST, MOST = 2, 5  # options


@dataclass(frozen=True)
class Option:
    """One answer to choose.

    Attributes:
        text: of the answer.
        misconception: what is wrong in the reasoning that leads to it; "" for the correct answer.
    """

    text: str
    misconception: str = ""


@dataclass(frozen=True)
class MultipleChoice:
    """A question with one correct answer.

    Attributes:
        stem: the question.
        options: answers to choose.
        correct: index of the correct one.
        explanation: why it is correct, with the computed numbers.

    Raises:
        ValueError: unless there are two to five different options, one of which is correct and all
            others of which name a misconception.
    """

    stem: str
    options: tuple[Option, ...]
    correct: int
    explanation: str

    def __post_init__(self) -> None:
        """Check the options."""
        texts = [option.text for option in self.options]
        if not FEWEST <= len(texts) <= MOST or len(set(texts)) < len(texts):
            raise ValueError(f"options must be {FEWEST} to {MOST} different texts, got {texts}")
        unnamed = [i for i, option in enumerate(self.options) if not option.misconception]
        if unnamed != [self.correct]:
            raise ValueError(
                f"every option but number {self.correct} must name a misconception, got none in "
                f"{unnamed}"
            )

    @property
    def answer(self) -> str:
        """Text of the correct option."""
        return self.options[self.correct].text


@dataclass(frozen=True)
class Outcome:
    """One possible result of a computation.

    Attributes:
        text: as an answer.
        misconception: what is wrong in the reasoning of someone who expects it in vain.
    """

    text: str
    misconception: str


def choose_number(
    stem: str, truth: int, wrong: Mapping[int, str], explanation: str, *, unit: str = ""
) -> MultipleChoice | None:
    """Return a question about a number, options in ascending order.

    Args:
        stem: the question.
        truth: the correct number.
        wrong: misconceptions by the numbers that they lead to; those that lead to the correct
            number here are left out, and at most four are used.
        explanation: why `truth` is correct.
        unit: written after each number.

    Returns:
        None if no misconception leads to another number.
    """
    texts = {truth: ""} | {n: why for n, why in wrong.items() if n != truth}
    numbers = sorted(list(texts)[:MOST])
    if len(numbers) < FEWEST:
        return None
    suffix = f" {unit}" if unit else ""
    options = tuple(Option(f"{number:,}{suffix}", texts[number]) for number in numbers)
    return MultipleChoice(stem, options, numbers.index(truth), explanation)


def choose_range(
    stem: str,
    value: float,
    ranges: Sequence[tuple[float, str]],
    explanation: str,
    *,
    too_low: str,
    too_high: str,
) -> MultipleChoice:
    """Return a question about the range that a number lies in.

    Args:
        stem: the question.
        value: the computed number.
        ranges: upper bounds in ascending order, each not included, and their texts; the last bound
            must exceed `value`.
        explanation: why.
        too_low: misconception of who chooses a lower range.
        too_high: misconception of who chooses a higher one.

    Raises:
        ValueError: if the number lies in no range.
    """
    index = next((i for i, (bound, _) in enumerate(ranges) if value < bound), None)
    if index is None:
        raise ValueError(f"value must be below {ranges[-1][0]}, got {value}")
    outcomes = [
        Outcome(text, too_low if i < index else too_high) for i, (_, text) in enumerate(ranges)
    ]
    return choose_outcome(stem, index, outcomes, explanation)


def choose_outcome(
    stem: str, index: int, outcomes: Sequence[Outcome], explanation: str
) -> MultipleChoice:
    """Return a question about which of several outcomes a computation has.

    Args:
        stem: the question.
        index: of the outcome that it has.
        outcomes: all of them, in the order to show.
        explanation: why.
    """
    options = tuple(
        Option(outcome.text, "" if i == index else outcome.misconception)
        for i, outcome in enumerate(outcomes)
    )
    return MultipleChoice(stem, options, index, explanation)
