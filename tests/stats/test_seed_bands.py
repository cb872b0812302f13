"""Several curves as one band, and few digits made smooth: numbers worked out by hand."""

import numpy as np
import pytest

from cnnviz.stats.seed_bands import rolling_mean, seed_band

NAN = float("nan")


def line(*points: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    x, y = zip(*points, strict=True)
    return np.array(x, np.float64), np.array(y, np.float64)


def test_a_band_is_the_median_and_the_extremes_on_a_grid_that_all_cover() -> None:
    # from 1, where the second begins, to 3, where the first ends
    found = seed_band(
        [line((0, 0), (3, 3)), line((1, 5), (5, 1)), line((0, 10), (4, 10))],
        points=3,
    )
    assert found.x.tolist() == [1, 2, 3]
    assert found.low.tolist() == [1, 2, 3]  # y = x; then y = 6 - x crosses it at 3
    assert found.middle.tolist() == [5, 4, 3]
    assert found.high.tolist() == [10, 10, 10]


def test_the_median_of_two_lies_halfway() -> None:
    found = seed_band([line((0, 0), (1, 1)), line((0, 1), (1, 4))], points=2)
    assert found.middle.tolist() == [0.5, 2.5]


def test_one_curve_keeps_its_points() -> None:
    found = seed_band([line((0, 1), (0.1, NAN), (7, 3))])
    assert found.x.tolist() == [0, 7]
    assert found.middle.tolist() == found.low.tolist() == found.high.tolist() == [1, 3]


@pytest.mark.parametrize(
    "curves",
    [
        [],
        [line((0, 1)), (np.empty(0), np.empty(0))],
        [line((0, NAN)), line((0, 1))],
        [line((0, 1), (1, 1)), line((2, 1), (3, 1))],
    ],
)
def test_curves_that_share_nothing_make_an_empty_band(
    curves: list[tuple[np.ndarray, np.ndarray]],
) -> None:
    found = seed_band(curves)
    assert [len(part) for part in (found.x, found.middle, found.low, found.high)] == [0] * 4


def test_curves_that_share_one_point_make_a_band_of_one() -> None:
    found = seed_band([line((0, 0), (1, 4)), line((1, 2), (2, 0))])
    assert (found.x.tolist(), found.middle.tolist()) == ([1], [3])


def test_a_rolling_mean_weighs_by_digits_and_takes_whole_intervals() -> None:
    counts, values = line((10, 1.0), (40, 0.0), (50, 1.0), (60, 0.5))
    # of at least 20 digits: 10; 10 + 30, of which the last 30 suffice; 30 + 10; 10 + 10
    expected = [1.0, 0.0, 10 / 40, (10 + 5) / 20]
    assert rolling_mean(counts, values, window=20) == pytest.approx(expected)


def test_a_rolling_mean_over_everything_is_the_mean() -> None:
    counts, values = line((10, 1.0), (40, 0.0), (50, 1.0))
    assert rolling_mean(counts, values, window=1e9) == pytest.approx([1, 10 / 40, 20 / 50])


def test_what_was_not_measured_counts_for_nothing() -> None:
    counts, values = line((10, NAN), (20, 1.0), (30, NAN), (40, 0.0))
    found = rolling_mean(counts, values, window=1e9)
    assert np.isnan(found[0])
    assert found[1:] == pytest.approx([1, 1, 0.5])
    assert len(rolling_mean(np.empty(0), np.empty(0), window=10)) == 0
