"""Columns of a race's charts, from histories written by hand."""

from typing import Any

import numpy as np
import pytest

from cnnviz.training.race.costs import NetworkCost
from cnnviz.training.race.curve_columns import bubble_radii, epoch_columns, interval_columns
from cnnviz.training.race.standings import learning_curves, race_standings
from tests.training.race.histories import history, interval


def test_bands_share_a_grid_on_every_axis() -> None:
    curves = learning_curves(
        history([interval(s) for s in (1, 2, 3)], []), batch_size=10, digits=100
    )
    other = learning_curves(
        history([interval(s, accuracy=1.0, seconds=s / 5) for s in (1, 2)], []),
        batch_size=10,
        digits=100,
    )
    columns = interval_columns([curves, other], macs=1_000_000)
    assert len({len(values) for values in columns.values()}) == 1
    assert (columns["digits"][0], columns["digits"][-1]) == (10, 20)  # which both have reached
    assert (columns["steps"][0], columns["steps"][-1]) == (1, 2)
    # after 20 digits: 0.2 s and 0.4 s; after 10: 0.1 s and 0.2 s
    assert columns["seconds"][[0, -1]] == pytest.approx([0.15, 0.3])
    # 3 x a million x 20 digits
    assert columns["GMAC"][-1] == pytest.approx(0.06)
    assert {*columns["accuracy"]} == {0.75}
    assert {*columns["accuracy_low"]} == {0.5}
    assert {*columns["accuracy_high"]} == {1.0}


def test_accuracies_end_at_the_epochs_that_all_seeds_have_finished() -> None:
    def tested(*accuracies: float, pace: float) -> Any:
        epochs = [
            {"step": 10 * (n + 1), "seconds": pace * (n + 1), "test_accuracy": a}
            for n, a in enumerate(accuracies)
        ]
        return learning_curves(history([interval(10)], epochs), batch_size=10, digits=100)

    columns = epoch_columns([tested(0.5, 0.7, pace=1.0), tested(0.9, pace=3.0)], macs=1, epochs=1)
    assert columns["digits"].tolist() == [100]
    assert columns["seconds"].tolist() == [2]  # the median
    assert [columns[name].tolist() for name in ("test", "test_low", "test_high")] == [
        [pytest.approx(0.7)],
        [pytest.approx(0.5)],
        [pytest.approx(0.9)],
    ]
    # other networks have finished one epoch: bubbles are compared there
    further = epoch_columns([tested(0.5, 0.7, pace=1.0)], macs=1, epochs=1)
    assert further["test"].tolist() == pytest.approx([0.5, 0.7])
    assert further["compared"].tolist() == pytest.approx([0.5, np.nan], nan_ok=True)
    assert all(len(values) == 0 for values in epoch_columns([], macs=1, epochs=0).values())


def test_curves_end_at_the_values_of_the_standings() -> None:
    paces_and_intervals = [(2, 4), (3, 4), (7, 4), (5, 3)]  # paces, intervals
    runs = [
        learning_curves(
            history(
                [interval(s, accuracy=0.1 * s + 0.01 * p, seconds=p * s) for s in range(1, n)], []
            ),
            batch_size=10,
            digits=1000,
        )
        for p, n in paces_and_intervals
    ]
    [row] = race_standings({"lenet5": runs}, over=True)
    columns = interval_columns(runs, macs=1)
    assert row.accuracy is not None
    assert row.seconds is not None
    assert columns["accuracy"][-1] == pytest.approx(row.accuracy.middle)
    assert (columns["accuracy_low"][-1], columns["accuracy_high"][-1]) == pytest.approx(
        (row.accuracy.low, row.accuracy.high)
    )
    # the shortest has seen 20 digits: after two intervals of 2, 3, 7 and 5 s
    assert columns["seconds"][-1] == pytest.approx(row.seconds.middle) == pytest.approx(8)


def test_the_area_of_a_bubble_is_the_share_of_parameters() -> None:
    costs = {"lenet5": NetworkCost(25, 1), "vgg11": NetworkCost(100, 1)}
    assert bubble_radii(costs) == {"lenet5": 0.5, "vgg11": 1.0}
    assert bubble_radii({}) == {}
