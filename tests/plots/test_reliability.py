"""Reliability diagrams: empty bins, few digits and the diagonal."""

import numpy as np

from cnnviz.evaluation.calibration import calibration
from cnnviz.plots.reliability import reliability_diagram


def test_reliability_leaves_out_empty_bins_and_draws_the_diagonal() -> None:
    certainty = np.array([0.92, *[0.95] * 9, 0.2])
    found = calibration(certainty, certainty > 0.5, bins=10)
    diagonal, line, counts, few, few_counts = reliability_diagram({"a": found}).data
    assert list(diagonal.x) == list(diagonal.y) == [0, 1]
    assert (list(line.y), list(counts.y)) == ([1], [10])
    assert (list(few.y), list(few_counts.y)) == ([0], [1])
    assert few.marker.color != line.marker.color  # faint
    assert (line.showlegend, few.showlegend) == (True, False)
    low, high = reliability_diagram({"a": found}, zoom=True).layout.yaxis.range
    assert low < 0 < 1 < high  # the bin at 0.2 reaches down to nothing
