"""How a race stands: figures over seeds, and places, by hand."""

from typing import Any

import numpy as np
import pytest

from cnnviz.training.race.standings import (
    WINDOW,
    LearningCurves,
    SeedSpread,
    common_epochs,
    learning_curves,
    race_standings,
)
from cnnviz.training.race.verdict import race_leads
from tests.training.race.histories import history, interval


def came(
    *, accuracy: float | None, test: float | None = None, seconds: float = 1.0, **figures: Any
) -> LearningCurves:
    def one(value: float | None) -> np.ndarray:
        return np.array([] if value is None else [value], np.float64)

    place = one(seconds if accuracy is not None else None)
    tested = one(None if test is None else seconds)
    return LearningCurves(
        place, place, place, place, one(accuracy), tested, tested, tested, one(test),
        **({"speed": 100.0, "dead": None} | figures),
    )  # fmt: skip


def test_a_track_counts_digits_and_smooths_over_the_last_thousand() -> None:
    rows = [
        interval(1, accuracy=0.0, images_per_second=50.0, dead={"a": 0.5, "b": 0.1}),
        interval(2, accuracy=1.0, images_per_second=500.0),
        interval(3, accuracy=0.5, images_per_second=80.0),
    ]
    tests = [{"step": 3, "seconds": 0.4, "test_accuracy": 0.75}]
    curves = learning_curves(history(rows, tests), batch_size=1_000, digits=2_500)
    assert WINDOW == 1_000
    assert curves.digits.tolist() == [1_000, 2_000, 2_500]  # the last batch holds 500
    # the last interval alone is too short: 1,000 right at 1.0 and 500 at 0.5
    assert curves.accuracy == pytest.approx([0, 1, 1_250 / 1_500])
    assert curves.seconds == pytest.approx([0.1, 0.2, 0.3])
    assert (curves.test_digits.tolist(), curves.test_accuracy.tolist()) == ([2_500], [0.75])
    assert curves.speed == 80  # the median
    assert curves.dead == pytest.approx(0.3)  # measured last in the first interval


def test_a_contestant_that_has_not_begun_has_no_figures() -> None:
    curves = learning_curves(history([], []), batch_size=10, digits=0)
    assert (len(curves.steps), curves.speed, curves.dead) == (0, None, None)
    [row] = race_standings({"lenet5": [curves]}, over=False)
    assert (row.place, row.accuracy, row.test, row.seconds) == (None, None, None, None)


def test_figures_are_medians_with_the_range_of_the_seeds() -> None:
    seeds = [came(accuracy=a, seconds=s) for a, s in ((0.9, 4), (0.7, 6), (0.8, 5))]
    [row] = race_standings({"lenet5": seeds}, over=False)
    assert row.accuracy == SeedSpread(0.8, 0.7, 0.9)
    assert row.seconds == SeedSpread(5, 4, 6)
    assert (row.test, row.dead, row.seeds) == (None, None, 3)


def test_the_speed_of_a_finished_race_is_that_of_its_digits_and_seconds() -> None:
    run = passed(0.85, 0.86)  # 200 digits; 2 s of steps, and 0.5 s for the test after them
    [row] = race_standings({"lenet5": [run]}, over=True)
    assert row.seconds == SeedSpread(2.5, 2.5, 2.5)
    assert row.speed == SeedSpread(80, 80, 80)
    [row] = race_standings({"lenet5": [run]}, over=False)
    assert row.speed == SeedSpread(1, 1, 1)  # the current one


def test_accuracy_now_decides_until_all_have_arrived() -> None:
    curves = {
        "vgg11": [came(accuracy=0.9, test=0.80)],
        "lenet5": [came(accuracy=0.8, test=0.85)],
        "vit": [came(accuracy=None)],
    }
    order = [(row.model, row.place) for row in race_standings(curves, over=False)]
    assert order == [("vgg11", 1), ("lenet5", 2), ("vit", None)]
    # somebody has no test accuracy: it cannot decide
    order = [(row.model, row.place) for row in race_standings(curves, over=True)]
    assert order == [("vgg11", 1), ("lenet5", 2), ("vit", None)]
    del curves["vit"]
    order = [(row.model, row.place) for row in race_standings(curves, over=True)]
    assert order == [("lenet5", 1), ("vgg11", 2)]


def passed(*accuracies: float, digits: float = 200.0) -> LearningCurves:
    """A seed with a test every hundred digits, which has come so far."""
    x = np.arange(50.0, digits + 1, 50)
    tests = 100.0 * np.arange(1, len(accuracies) + 1)
    return LearningCurves(
        x, x, x / 100, x, x / 1000, tests, tests, tests / 100 + 0.5, np.array(accuracies),
        speed=1.0, dead=None,
    )  # fmt: skip


def test_tests_are_compared_after_the_last_pass_that_all_seeds_have_done() -> None:
    curves = {
        "lenet5": [passed(0.85), passed(0.86)],
        "sprint_cnn": [passed(0.80, 0.92), passed(0.82, 0.91)],
        "vit": [],  # all its seeds diverged: it holds nobody up
    }
    assert common_epochs(curves) == 1
    first, second, third = race_standings(curves, over=True)
    assert (first.model, first.place, first.test) == (
        "lenet5",
        1,
        SeedSpread(pytest.approx(0.855), 0.85, 0.86),
    )
    assert (second.model, second.place) == ("sprint_cnn", 2)
    assert second.test == SeedSpread(pytest.approx(0.81), 0.80, 0.82)
    assert second.newest == (2, SeedSpread(pytest.approx(0.915), 0.91, 0.92))
    assert (third.place, third.test, first.newest) == (None, None, None)
    [winner] = [lead.winner for lead in race_leads(curves, {})[1] if lead.measure == "test"]
    assert winner == first.model  # the result and the table name the same
    curves["lenet5"].append(passed())  # before its first pass: no test fits all
    assert {row.test for row in race_standings(curves, over=True)} == {None}


def test_figures_are_taken_where_all_seeds_of_a_network_have_come_to() -> None:
    # 150 digits: between the second's tests, halfway between nothing; accuracy is digits / 1000
    [row] = race_standings({"lenet5": [passed(digits=150), passed(digits=200)]}, over=False)
    assert row.accuracy == SeedSpread(*[pytest.approx(0.15)] * 3)
    assert row.seconds == SeedSpread(*[pytest.approx(1.5)] * 3)
    # at 200 both have just been tested, which took until 2.5 s
    [row] = race_standings({"lenet5": [passed(0.8, 0.9), passed(0.8, 0.9)]}, over=True)
    assert row.seconds == SeedSpread(2.5, 2.5, 2.5)


def test_equals_share_a_place() -> None:
    curves = {key: [came(accuracy=a)] for key, a in (("vit", 0.5), ("vgg11", 0.9), ("swin", 0.9))}
    places = {row.model: row.place for row in race_standings(curves, over=False)}
    assert places == {"vgg11": 1, "swin": 1, "vit": 3}
