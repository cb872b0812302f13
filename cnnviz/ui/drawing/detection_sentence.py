"""Which digits of an image a detector reads, in one sentence."""

from collections import Counter
from collections.abc import Iterable, Sequence

from cnnviz.ui.shell.glossary import with_links


def detection_sentence(
    detector: str, labeled: Sequence[int], detected: Sequence[int], *, queries: int
) -> str:
    """Return which of the labeled digits are detected, and what the object queries answer.

    Args:
        detector: name of the network, or of one of its layers, as Markdown.
        labeled, detected: classes of the digits in the image, from left to right; places
            are not compared.
        queries: number of object queries.
    """
    silent = queries - len(detected)
    others = f"the other {silent} of {queries} do" if detected else f"all {queries} do"
    slots = (
        f"the network has {queries} search slots ([[object queries|object query]]); each answers "
        "with one box and one digit, or with “no object”"
    )
    as_here = f", as {others} here" if silent else ""
    return with_links(f"**{detector} {_read(labeled, detected)}**: {slots}{as_here}.")


def _read(labeled: Sequence[int], detected: Sequence[int]) -> str:
    missed, extra = Counter(labeled) - Counter(detected), Counter(detected) - Counter(labeled)
    count = len(labeled)
    digits = {1: "the digit", 2: "both digits"}.get(count, f"all {count} digits")
    if not missed and not extra:
        return f"reads {digits} correctly, {digit_names(labeled)}"
    if not missed:
        names = digit_names(extra.elements())
        return f"reads {digits} correctly, but also {names} where there is none"
    also = f" and reads {digit_names(extra.elements())} instead" if extra else ""
    return (
        f"reads {count - missed.total()} of {count} digits correctly: it misses "
        f"{digit_names(missed.elements())}{also}"
    )


def digit_names(digits: Iterable[int]) -> str:
    """Return digits as an enumeration, in the order given; "nothing" for none."""
    names = [str(digit) for digit in digits]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "nothing"
