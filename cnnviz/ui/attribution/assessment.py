"""How reliable an attribution map is, in sentences computed from the checks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.inspection.attribution.reliability import (
    compared_with_chance,
    gains_over_chance,
    reliability,
    remaining,
)
from cnnviz.stats.percentages import probability
from cnnviz.ui.shell.markdown import enumeration

if TYPE_CHECKING:
    from cnnviz.inspection.attribution.faithfulness import Curves, Randomization, RandomOrders

TESTS = ("deletion", "insertion", "randomized weights")
_FAILURES = (  # what it means to fail each of `TESTS`
    "removing the marked pixels does not lower the answer faster than removing random ones",
    "adding the marked pixels does not raise the answer faster than adding random ones",
    "with randomized weights much of the map remains",
)
_VERDICTS = ("Unreliable", "Use with caution", "Reliable")  # by level
_COMPARISONS = {
    1: "faster than by chance",
    0: "about as by chance, within two deviations of the random orders",
    -1: "more slowly than by chance",
}
_REMAINING = {
    "none": "the map becomes constant: it depends entirely on the learned weights.",
    "little": "hardly anything remains, so the map depends on what was learned.",
    "part": "part of the map remains: it reflects the ink's shape, not the weights.",
    "most": "most of it remains, so an untrained network would show the same.",
}


@dataclass(frozen=True)
class Assessment:
    """How reliable a map is.

    Attributes:
        verdict: in a few words; "" as long as a check is missing.
        level: 2 for a reliable map, 1 for a doubtful one, 0 for an unreliable one; None without
            verdict.
        sentences: the results of the checks.
        passed: number of `TESTS` passed.
        results: how many tests it passes and what the others show, in one sentence.
    """

    verdict: str
    level: int | None
    sentences: tuple[str, ...]
    passed: int = 0
    results: str = "Being tested…"


def assess(
    curves: "Curves | None", chance: "RandomOrders | None", randomization: "Randomization | None"
) -> Assessment:
    """Return how reliable a map is; None stands for a check that is not finished."""
    sentences = []
    if curves and chance:
        sentences += [deletion_sentence(curves, chance), insertion_sentence(curves, chance)]
    else:
        sentences.append("Deletion and insertion: measuring…")
    if randomization:
        sentences.append(randomization_sentence(randomization))
    else:
        sentences.append("Randomized weights: measuring…")
    if not (curves and chance and randomization):
        return Assessment("", None, tuple(sentences))
    level = reliability(curves, chance, randomization)
    better = [compared_with_chance(gain) == 1 for gain in gains_over_chance(curves, chance)]
    passes = [*better, remaining(randomization) in ("none", "little")]
    return Assessment(
        _VERDICTS[level], level, tuple(sentences), sum(passes), results_sentence(passes)
    )


def results_sentence(passes: Sequence[bool]) -> str:
    """Return how many of `TESTS` a map passes, and what those show that it fails."""
    failures = [text for text, passed in zip(_FAILURES, passes, strict=True) if not passed]
    if not failures:
        return f"Passes all {len(TESTS)} tests."
    return f"Passes {sum(passes)} of {len(TESTS)} tests: {enumeration(failures)}."


def deletion_sentence(curves: "Curves", chance: "RandomOrders") -> str:
    """Return how the probability falls as the ink is removed in the order of the map."""
    gain, _ = gains_over_chance(curves, chance)
    return f"Deletion {_compared(curves.deletion_area, chance.deletion_area, gain, 'falls')}"


def insertion_sentence(curves: "Curves", chance: "RandomOrders") -> str:
    """Return how the probability rises as the ink is added in the order of the map."""
    _, gain = gains_over_chance(curves, chance)
    return f"Insertion {_compared(curves.insertion_area, chance.insertion_area, gain, 'rises')}"


def randomization_sentence(randomization: "Randomization") -> str:
    """Return how much of the map remains when all weights are randomized."""
    start = f"With all {randomization.layers} layers randomized"
    meaning = _REMAINING[remaining(randomization)]
    if randomization.left is None:
        return f"{start}, {meaning}"
    return f"{start}, rank correlation {randomization.left:.2f}: {meaning}"


def low_probability_warning(curves: "Curves") -> str:
    """Return a warning if the class is improbable to begin with, else ""."""
    start = float(curves.deletion[0])
    if start >= 0.5:
        return ""
    return (
        f"The network gives this class a probability of only {probability(start)}, so deletion has "
        "little to lower and insertion little to raise: the scores are less informative."
    )


def _compared(area: float, chance: tuple[float, float], gain: float, verb: str) -> str:
    """Return an area beside that of random orders, and what the difference means."""
    mean, spread = chance
    return (
        f"{area:.2f}, random order {mean:.2f} ± {spread:.2f}: the probability {verb} "
        f"{_COMPARISONS[compared_with_chance(gain)]}."
    )
