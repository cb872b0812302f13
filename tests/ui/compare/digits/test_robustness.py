"""Which network reads more of spoiled digits, in words."""

import numpy as np

from cnnviz.evaluation.perturbations import PERTURBATIONS
from cnnviz.evaluation.robustness import RobustnessCurve
from cnnviz.ui.compare.digits.robustness import robustness_text


def straight(*counts: int) -> RobustnessCurve:
    """A curve of 40 digits, so many of which are right at each strength."""
    lines = [[0] * right + [1] * (40 - right) for right in counts]
    return RobustnessCurve(np.array(lines), np.zeros(40, np.int64))


def test_crossings_are_named_with_their_strengths() -> None:
    noise = PERTURBATIONS["noise"]
    falls, flat = straight(40, 40, 35, 30, 20, 10, 0, 0), straight(*[20] * 8)
    said = robustness_text(["A", "B"], [falls, flat], noise)
    assert "**A** is more accurate at 0, 0.1, 0.2 and 0.3, **B** at 0.5, 0.6 and 0.8." in said
    assert "No two of these networks differ" in robustness_text(["A", "A2"], [falls] * 2, noise)


def test_the_more_accurate_network_is_named_though_no_curves_cross() -> None:
    noise = PERTURBATIONS["noise"]
    curves = [straight(*[40] * 3, *[20] * 3, 0, 0), straight(*[40] * 6, 0, 0)]
    said = robustness_text(["A", "B"], curves, noise)
    assert "**B** is more accurate than A at 0.3, 0.4 and 0.5." in said
    assert "No two of these curves cross significantly" in said
