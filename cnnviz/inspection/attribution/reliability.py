"""How reliable an attribution map is, judged by deletion, insertion and randomized weights."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # so that a page can import the levels before PyTorch
    from cnnviz.inspection.attribution.faithfulness import Curves, Randomization, RandomOrders

UNRELIABLE, DOUBTFUL, RELIABLE = 0, 1, 2

_DEVIATIONS = 2.0  # standard deviations from chance that count as a difference
_LITTLE, _HALF = 0.2, 0.5  # rank correlations below which little, and not most, of a map remains


def reliability(curves: "Curves", chance: "RandomOrders", randomization: "Randomization") -> int:
    """Return the level of a map: `UNRELIABLE`, `DOUBTFUL` or `RELIABLE`.

    A reliable map is better than chance by deletion and by insertion, and little of it remains with
    randomized weights. One of the two suffices for a doubtful map, of which not most may remain.
    """
    better = [compared_with_chance(gain) for gain in gains_over_chance(curves, chance)].count(1)
    remains = remaining(randomization)
    if better == 2 and remains in ("none", "little"):
        return RELIABLE
    return DOUBTFUL if better and remains != "most" else UNRELIABLE


def gains_over_chance(curves: "Curves", chance: "RandomOrders") -> tuple[float, float]:
    """Return by how many deviations deletion and insertion are better than chance."""
    (low, low_spread), (high, high_spread) = chance.deletion_area, chance.insertion_area
    return (
        (low - curves.deletion_area) / max(low_spread, 1e-9),
        (curves.insertion_area - high) / max(high_spread, 1e-9),
    )


def compared_with_chance(gain: float) -> int:
    """Return 1 for a map that is better than chance, -1 for a worse one, 0 for no difference.

    Args:
        gain: in standard deviations of random orders.
    """
    return int(gain > _DEVIATIONS) - int(gain < -_DEVIATIONS)


def remaining(randomization: "Randomization") -> str:
    """Return how much of a map remains with randomized weights: "none", "little", "part", "most".

    "none" is a map that became constant. A negative correlation is little.
    """
    correlation = randomization.left
    if correlation is None:
        return "none"
    if correlation < _LITTLE:
        return "little"
    return "part" if correlation < _HALF else "most"
