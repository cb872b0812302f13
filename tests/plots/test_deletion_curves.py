"""Deletion curves: what random orders leave is a band of one deviation."""

import numpy as np
import pytest

from cnnviz.plots.deletion_curves import deletion_curves


def test_random_orders_are_a_band_of_one_deviation_below_the_lines() -> None:
    shares = np.array([0, 0.5, 1], np.float32)
    chance = [np.array([1, 0.4, 0], np.float32), np.array([1, 0.6, 0], np.float32)]
    line = np.array([1, 0.1, 0], np.float32)
    figure = deletion_curves({"Saliency": line}, chance, shares=shares, x_title="ink that has gone")
    band, mean, drawn = figure.data
    assert list(mean.y) == pytest.approx([1, 0.5, 0])
    spread = 0.02**0.5  # of 0.4 and 0.6
    assert list(band.y) == pytest.approx([1, 0.5 + spread, 0, 0, 0.5 - spread, 1])
    assert drawn.name == "Saliency"
    assert list(drawn.y) == pytest.approx(line)
    with pytest.raises(ValueError, match="Saliency"):
        deletion_curves({"Saliency": line[:2]}, chance, shares=shares, x_title="")
