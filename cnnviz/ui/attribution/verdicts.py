"""What to believe of a map, in sentences made from what was measured."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.inspection.attribution.faithfulness import Chance, Curves, Randomization

SPREADS = 2.0  # standard deviations from chance that count as a difference
LITTLE, HALF = 0.2, 0.5  # rank correlation up to which little, and not most, of a map is left


@dataclass(frozen=True)
class Belief:
    """What speaks for a map.

    Attributes:
        verdict: in a few words; "" as long as a check is missing.
        level: 2 for a map to believe, 1 to take with care, 0 not to lean on; None without verdict.
        sentences: what was measured.
    """

    verdict: str
    level: int | None
    sentences: tuple[str, ...]


def belief(
    curves: "Curves | None", chance: "Chance | None", randomization: "Randomization | None"
) -> Belief:
    """Return what to believe; None stands for what is not measured yet."""
    sentences = []
    if curves and chance:
        sentences += [deletion(curves, chance), insertion(curves, chance)]
    else:
        sentences.append("Deletion and insertion: being measured…")
    if randomization:
        sentences.append(learned(randomization))
    else:
        sentences.append("Scrambled weights: being measured…")
    if not (curves and chance and randomization):
        return Belief("", None, tuple(sentences))
    agrees = sum(gain > SPREADS for gain in gains(curves, chance))
    left = randomization.left or 0.0  # below zero nothing is kept either
    if agrees == 2 and left < LITTLE:
        return Belief("Worth believing", 2, tuple(sentences))
    if agrees and left < HALF:
        return Belief("Take with care", 1, tuple(sentences))
    return Belief("Do not lean on it", 0, tuple(sentences))


def gains(curves: "Curves", chance: "Chance") -> tuple[float, float]:
    """Return by how many deviations deletion and insertion are better than chance."""
    (low, low_spread), (high, high_spread) = chance.deletion_area, chance.insertion_area
    return (
        (low - curves.deletion_area) / max(low_spread, 1e-9),
        (curves.insertion_area - high) / max(high_spread, 1e-9),
    )


def deletion(curves: "Curves", chance: "Chance") -> str:
    """Return what becomes of the class when the ink goes that the map marks most."""
    mean, spread = chance.deletion_area
    gain, _ = gains(curves, chance)
    words = _compared(gain, "without that ink the class goes sooner", "it goes later")
    return f"Deletion {curves.deletion_area:.2f}, at random {mean:.2f} ± {spread:.2f}: {words}."


def insertion(curves: "Curves", chance: "Chance") -> str:
    """Return what becomes of the class when the ink comes that the map marks most."""
    mean, spread = chance.insertion_area
    _, gain = gains(curves, chance)
    words = _compared(gain, "that ink alone brings it back sooner", "it comes back later")
    return f"Insertion {curves.insertion_area:.2f}, at random {mean:.2f} ± {spread:.2f}: {words}."


def learned(found: "Randomization") -> str:
    """Return how much of the map stays when all that was learned is scrambled."""
    if found.left is None:
        return f"With all {found.layers} layers scrambled the map vanishes: all of it was learned."
    start = f"With all {found.layers} layers scrambled, rank correlation {found.left:.2f}"
    if found.left < LITTLE:
        return f"{start}: hardly anything is left, so the map hangs on what was learned."
    if found.left < HALF:
        return f"{start}: part of it stays, whatever was learned: the ink's own shape."
    return f"{start}: most of it stays, so a network that has learned nothing would show the same."


def little_to_lose(curves: "Curves") -> str:
    """Return a warning where the class is improbable to begin with, else ""."""
    start = float(curves.deletion[0])
    if start >= 0.5:
        return ""
    return (
        f"The network gives this class only {start:.1%} to begin with, so deletion has little to "
        "take away and insertion little to win: the scores say less than usual."
    )


def _compared(gain: float, better: str, worse: str) -> str:
    if gain > SPREADS:
        return better
    if gain < -SPREADS:
        return f"{worse} than by chance"
    return "no better than chance"
