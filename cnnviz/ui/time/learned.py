"""When a run has learned to read a digit, in one sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from cnnviz.stats.percentages import probability


@dataclass(frozen=True)
class Answer:
    """What the network of one snapshot answers for the shown digit.

    Attributes:
        step: of the snapshot.
        digit: the predicted class.
        confidence: its probability, 0 to 1.
    """

    step: int
    digit: int
    confidence: float


def learned_sentence(
    answers: Sequence[Answer], label: int | None, *, untrained: bool = True
) -> str:
    """Return from which snapshot on the digit is read as at the end, and whether that is right.

    Args:
        answers: of the snapshots, first to last, at least one.
        label: of the digit; None if it is unknown, as of a drawing.
        untrained: whether the weights at step 0 are random, not those of another run.
    """
    blank = untrained and answers[0].step == 0
    first, last = answers[0], answers[-1]
    digit = "the digit" if label is None else f"this {label}"
    final = f"{last.digit} ({_sure(last)} sure)"
    since = _settled(answers)
    wrong = label is not None and last.digit != label
    if wrong:
        right = [answer for answer in answers if answer.digit == label]
        before = f", though it read it correctly at step {right[-1].step:,}" if right else ""
        return f"**At step {last.step:,} the network reads {digit} as {final}, wrongly**{before}."
    if since == first:
        luck = " Before training that is luck." if blank and label is not None else ""
        return (
            f"**At every snapshot the network reads {digit} as {last.digit}**, {_sure(first)} sure "
            f"at step {first.step:,} and {_sure(last)} sure at step {last.step:,}.{luck}"
        )
    start = "Untrained" if blank else f"At step {first.step:,}"
    then = "correctly" if label is not None else f"as {last.digit}"
    if first.digit == last.digit:
        return (
            f"The network reads {digit} {then} at first, then differently; **from step "
            f"{since.step:,} on it reads it {then} again**, at the end {_sure(last)} sure."
        )
    return (
        f"{start}, the network reads {digit} as {first.digit}; **from step {since.step:,} on it "
        f"reads it {then}**, at the end {_sure(last)} sure."
    )


def _settled(answers: Sequence[Answer]) -> Answer:
    """Return the first answer after which none differs from the last."""
    settled = answers[-1]
    for answer in reversed(answers):
        if answer.digit != settled.digit:
            break
        settled = answer
    return settled


def _sure(answer: Answer) -> str:
    return probability(answer.confidence)
