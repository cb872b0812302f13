"""Calibration errors worked out by hand, and the summary."""

import numpy as np
import pytest

from cnnviz.evaluation.calibration import calibration, error_by_chance, summarize_calibration
from cnnviz.evaluation.predictions import Predictions
from cnnviz.evaluation.temperature_scaling import (
    cross_fitted,
    log_loss,
)


def test_the_error_of_a_toy_is_worked_out_by_hand() -> None:
    # (0, 0.5] holds 0.4 and 0.5, one right of two; (0.5, 1] holds the others, all wrong
    confidence = np.array([0.4, 0.5, 0.8, 0.9, 1.0])
    right = np.array([True, False, False, False, False])
    result = calibration(confidence, right, bins=2)
    assert [b.count for b in result.bins] == [2, 3]
    assert [b.confidence for b in result.bins] == pytest.approx([0.45, 0.9])
    assert [b.accuracy and b.accuracy.value for b in result.bins] == [0.5, 0]
    assert result.error == pytest.approx((2 * 0.05 + 3 * 0.9) / 5)
    assert (result.confidence, result.accuracy) == pytest.approx((0.72, 0.2))


def test_who_is_right_as_often_as_it_says_has_no_error() -> None:
    confidence = np.repeat([0.25, 0.75], 4)
    right = np.array([True, False, False, False, True, True, True, False])
    assert calibration(confidence, right).error == pytest.approx(0)


def test_a_bin_without_answers_says_nothing_and_weighs_nothing() -> None:
    result = calibration(np.array([1.0, 0.0]), np.array([True, True]), bins=4)
    assert [b.count for b in result.bins] == [1, 0, 0, 1]
    assert result.bins[1].accuracy is None
    assert result.error == pytest.approx(0.5)


def test_a_confidence_on_an_edge_belongs_to_the_bin_below() -> None:
    result = calibration(np.array([0.5, 0.50001]), np.array([True, True]), bins=2)
    assert [b.count for b in result.bins] == [1, 1]


def test_chance_alone_shows_an_error_that_is_worked_out_by_hand() -> None:
    # one answer that is three quarters sure is right, 0.25 off, or wrong, 0.75 off, in 1 of 4
    assert error_by_chance(np.array([0.75])) == pytest.approx(0.75)
    # four that are half sure: 0, 1 or 3, or all four are right; 2 of 16 are 0.5 off
    assert error_by_chance(np.full(4, 0.5)) == pytest.approx(0.5)
    assert error_by_chance(np.ones(5)) == 0


def test_a_network_that_says_the_truth_stays_within_chance_19_times_of_20() -> None:
    draw = np.random.default_rng(1)
    sure = draw.uniform(0.3, 1, 300)
    most = error_by_chance(sure)
    within = [calibration(sure, draw.random(300) < sure).error <= most for _ in range(400)]
    assert 0.91 <= np.mean(within) <= 0.98


def test_bins_of_as_many_answers_each_are_split_in_order_of_confidence() -> None:
    confidence = np.array([0.9, 0.3, 0.8, 0.4])
    right = np.array([True, False, False, True])
    result = calibration(confidence, right, bins=2, equal_counts=True)
    assert [(b.low, b.high, b.count) for b in result.bins] == [(0.3, 0.4, 2), (0.8, 0.9, 2)]
    assert [b.accuracy and b.accuracy.value for b in result.bins] == [0.5, 0.5]
    assert result.error == pytest.approx((2 * 0.15 + 2 * 0.35) / 4)
    assert len(calibration(confidence, right, bins=10, equal_counts=True).bins) == 4


@pytest.mark.parametrize("count", [0, 3])
def test_as_many_certainties_as_answers(count: int) -> None:
    with pytest.raises(ValueError, match=rf"same length above 0, got shapes \({count},\)"):
        calibration(np.zeros(count), np.zeros(2 if count else 0, bool))


def test_the_summary_is_of_both_kinds_of_bins_before_and_after() -> None:
    draw = np.random.default_rng(6)
    labels = draw.integers(0, 10, 400)
    logits = 3 * (draw.normal(size=(400, 10)) + np.eye(10)[labels])
    probabilities = (np.exp(logits) / np.exp(logits).sum(1, keepdims=True)).astype(np.float32)
    predictions, correct = Predictions(probabilities), probabilities.argmax(1) == labels
    summary, scaled = (
        summarize_calibration(predictions, labels),
        cross_fitted(probabilities, labels),
    )
    assert scaled is not None
    assert summary.temperatures == scaled.temperatures
    assert min(summary.temperatures or ()) > 1.5  # made three times too confident
    assert summary.before["width"] == calibration(probabilities.max(1), correct)
    assert len(summary.before["count"].bins) == 10
    after = scaled.probabilities.max(1)
    assert summary.after["count"] == calibration(after, correct, bins=10, equal_counts=True)
    assert summary.after["width"].error < summary.before["width"].error
    assert summary.log_loss_after is not None
    assert summary.log_loss_after < summary.log_loss == log_loss(probabilities, labels)
    assert sum(summary.errors) == (~correct).sum()


def test_without_errors_the_summary_has_no_temperature() -> None:
    probabilities = np.tile(np.array([0.9, 0.1, *[0] * 8], np.float32), (40, 1))
    summary = summarize_calibration(Predictions(probabilities), np.zeros(40, np.int64))
    assert (summary.temperatures, summary.after, summary.log_loss_after) == (None, {}, None)
    assert summary.before["width"].accuracy == 1
