"""How reliable an attribution map is, in sentences computed from the checks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.ui.shell.units import probability

if TYPE_CHECKING:
    from cnnviz.inspection.attribution.faithfulness import Curves, Randomization, RandomOrders

SPREADS = 2.0  # standard deviations from chance that count as a difference
LITTLE, HALF = 0.2, 0.5  # rank correlations below which little, and not most, of a map remains


@dataclass(frozen=True)
class Assessment:
    """How reliable a map is.

    Attributes:
        verdict: in a few words; "" as long as a check is missing.
        level: 2 for a reliable map, 1 for a doubtful one, 0 for an unreliable one; None without
            verdict.
        sentences: the results of the checks.
    """

    verdict: str
    level: int | None
    sentences: tuple[str, ...]


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
    agrees = sum(gain > SPREADS for gain in gains_over_chance(curves, chance))
    left = randomization.left or 0.0  # a negative correlation keeps nothing either
    if agrees == 2 and left < LITTLE:
        return Assessment("Reliable", 2, tuple(sentences))
    if agrees and left < HALF:
        return Assessment("Use with caution", 1, tuple(sentences))
    return Assessment("Unreliable", 0, tuple(sentences))


def gains_over_chance(curves: "Curves", chance: "RandomOrders") -> tuple[float, float]:
    """Return by how many deviations deletion and insertion are better than chance."""
    (low, low_spread), (high, high_spread) = chance.deletion_area, chance.insertion_area
    return (
        (low - curves.deletion_area) / max(low_spread, 1e-9),
        (curves.insertion_area - high) / max(high_spread, 1e-9),
    )


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
    start, left = f"With all {randomization.layers} layers randomized", randomization.left
    if left is None:
        return f"{start} the map vanishes: all of it was learned."
    start += f", rank correlation {left:.2f}"
    if left < LITTLE:
        return f"{start}: hardly anything remains, so the map depends on what was learned."
    if left < HALF:
        return f"{start}: part of it remains whatever was learned: the shape of the ink."
    return f"{start}: most of it remains, so an untrained network would show the same."


def low_probability_warning(curves: "Curves") -> str:
    """Return a warning if the class is improbable to begin with, else ""."""
    start = float(curves.deletion[0])
    if start >= 0.5:
        return ""
    return (
        f"The network gives this class a probability of only {probability(start)}, so deletion has "
        "little to lower and insertion little to raise: the results say less than usual."
    )


def _compared(area: float, chance: tuple[float, float], gain: float, verb: str) -> str:
    """Return an area beside that of random orders, and what the difference means."""
    mean, spread = chance
    how = "faster" if gain > SPREADS else "more slowly" if gain < -SPREADS else "no faster"
    return (
        f"{area:.2f}, random order {mean:.2f} ± {spread:.2f}: the probability {verb} {how} than by "
        "chance."
    )
