"""How reliable a map is, on curves and correlations whose areas can be computed by hand."""

import numpy as np
import pytest

from cnnviz.inspection.attribution.faithfulness import Curves, Randomization, RandomOrders
from cnnviz.inspection.attribution.reliability import (
    DOUBTFUL,
    RELIABLE,
    UNRELIABLE,
    compared_with_chance,
    gains_over_chance,
    reliability,
    remaining,
)


def flat(deletion: float, insertion: float) -> Curves:
    """Curves whose areas are these two numbers."""
    return Curves(
        np.array([0, 1], np.float32),
        np.full(2, deletion, np.float32),
        np.full(2, insertion, np.float32),
    )


# means 0.5 and 0.5, standard deviations √0.02 = 0.1414
CHANCE = RandomOrders((flat(0.4, 0.4), flat(0.6, 0.6)))


def shuffled(correlation: float | None) -> Randomization:
    return Randomization(4, (1, 4), (0.9, correlation))


def test_gains_are_deviations_from_random_orders() -> None:
    gains = gains_over_chance(flat(0.1, 0.8), CHANCE)
    assert gains == pytest.approx((0.4 / 0.02**0.5, 0.3 / 0.02**0.5))
    worse = gains_over_chance(flat(0.9, 0.4), CHANCE)
    assert worse == pytest.approx((-0.4 / 0.02**0.5, -0.1 / 0.02**0.5))


@pytest.mark.parametrize(
    ("gain", "expected"), [(2.1, 1), (2.0, 0), (0.0, 0), (-2.0, 0), (-2.1, -1)]
)
def test_two_deviations_are_no_difference_yet(gain: float, expected: int) -> None:
    assert compared_with_chance(gain) == expected


@pytest.mark.parametrize(
    ("correlation", "expected"),
    [
        (None, "none"),
        (-0.9, "little"),
        (0.19, "little"),
        (0.2, "part"),
        (0.49, "part"),
        (0.5, "most"),
        (1.0, "most"),
    ],
)
def test_what_remains_of_a_map_is_named(correlation: float | None, expected: str) -> None:
    assert remaining(shuffled(correlation)) == expected


@pytest.mark.parametrize(
    ("curves", "correlation", "expected"),
    [
        (flat(0.1, 0.9), 0.1, RELIABLE),
        (flat(0.1, 0.9), None, RELIABLE),
        (flat(0.1, 0.9), 0.3, DOUBTFUL),
        (flat(0.1, 0.5), 0.1, DOUBTFUL),  # insertion is as by chance
        (flat(0.1, 0.9), 0.5, UNRELIABLE),
        (flat(0.5, 0.5), None, UNRELIABLE),
        (flat(0.9, 0.1), 0.0, UNRELIABLE),  # worse than chance
    ],
)
def test_the_level_follows_from_both_curves_and_what_remains(
    curves: Curves, correlation: float | None, expected: int
) -> None:
    assert reliability(curves, CHANCE, shuffled(correlation)) == expected
