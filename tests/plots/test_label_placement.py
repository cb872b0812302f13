"""Names of neighbors stand on different sides of their points."""

import numpy as np

from cnnviz.plots.label_placement import label_positions


def test_names_of_neighbors_stand_on_different_sides() -> None:
    x, y = np.array([0.5, 0.51]), np.array([0.5, 0.5])
    first, second = label_positions(["one network", "another one"], x, y)
    assert first != second
    assert label_positions([], np.array([]), np.array([])) == []
    assert label_positions(["at the edge"], np.array([1.0]), np.array([0.5])) == ["middle left"]
