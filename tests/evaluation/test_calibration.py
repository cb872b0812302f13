import numpy as np
import pytest

from cnnviz.evaluation.calibration import (
    calibration,
    cross_fitted,
    error_by_chance,
    errors_by_half,
    fit_temperature,
    log_loss,
    summarize_calibration,
    with_temperature,
)
from cnnviz.evaluation.predictions import Predictions


def test_the_error_of_a_toy_is_worked_out_by_hand() -> None:
    # (0, 0.5] holds 0.4 and 0.5, one right of two; (0.5, 1] holds the others, all wrong
    confidence = np.array([0.4, 0.5, 0.8, 0.9, 1.0])
    right = np.array([True, False, False, False, False])
    found = calibration(confidence, right, bins=2)
    assert [b.count for b in found.bins] == [2, 3]
    assert [b.confidence for b in found.bins] == pytest.approx([0.45, 0.9])
    assert [b.accuracy and b.accuracy.value for b in found.bins] == [0.5, 0]
    assert found.error == pytest.approx((2 * 0.05 + 3 * 0.9) / 5)
    assert (found.confidence, found.accuracy) == pytest.approx((0.72, 0.2))


def test_who_is_right_as_often_as_it_says_has_no_error() -> None:
    confidence = np.repeat([0.25, 0.75], 4)
    right = np.array([True, False, False, False, True, True, True, False])
    assert calibration(confidence, right).error == pytest.approx(0)


def test_a_bin_without_answers_says_nothing_and_weighs_nothing() -> None:
    found = calibration(np.array([1.0, 0.0]), np.array([True, True]), bins=4)
    assert [b.count for b in found.bins] == [1, 0, 0, 1]
    assert found.bins[1].accuracy is None
    assert found.error == pytest.approx(0.5)


def test_a_confidence_on_an_edge_belongs_to_the_bin_below() -> None:
    found = calibration(np.array([0.5, 0.50001]), np.array([True, True]), bins=2)
    assert [b.count for b in found.bins] == [1, 1]


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


def two_ways(sure: float, count: int) -> np.ndarray:
    """Probabilities of answers that are so sure of class 0, and leave the rest to class 1."""
    return np.tile([sure, 1 - sure, *[0] * 8], (count, 1)).astype(np.float32)


def test_the_temperature_of_a_boaster_is_worked_out_by_hand() -> None:
    # 9 to 1 sure and right 3 to 1: ln 9 / T = ln 3
    labels = np.array([0, 0, 0, 1])
    assert fit_temperature(two_ways(0.9, 4), labels) == pytest.approx(2, rel=1e-3)
    assert fit_temperature(two_ways(0.75, 4), labels) == pytest.approx(1, rel=1e-3)
    assert with_temperature(two_ways(0.9, 4), 2)[:, 0] == pytest.approx(0.75, rel=1e-3)
    assert with_temperature(two_ways(0.9, 4), 1) == pytest.approx(two_ways(0.9, 4), abs=1e-6)
    with pytest.raises(ValueError, match="got 4 predictions and 3 labels"):
        fit_temperature(two_ways(0.9, 4), labels[:3])


def test_the_temperature_is_where_the_loss_has_no_slope() -> None:
    # with p = softmax(logits / T), d loss / d (1 / T) = mean of E_p[logit] less the label's logit
    draw = np.random.default_rng(4)
    for spread in (0.5, 1.0, 4.0):
        labels = draw.integers(0, 10, 400)
        logits = draw.normal(size=(400, 10)) + 2 * np.eye(10)[labels]
        scores = np.log(
            with_temperature(np.exp(logits) / np.exp(logits).sum(1, keepdims=True), 1 / spread)
        )
        by = fit_temperature(np.exp(scores), labels)
        assert by is not None
        milder = with_temperature(np.exp(scores), by)
        slope = (milder * scores).sum(1) - scores[np.arange(400), labels]
        assert slope.mean() == pytest.approx(0, abs=1e-5)


def test_no_digit_is_tempered_by_its_own_label() -> None:
    even, odd = [0, 0, 1] * 16, [0, 0, 0, 1] * 12  # right two in three, and three in four
    labels = np.array([*zip(even, odd, strict=True)]).ravel()
    found = cross_fitted(two_ways(0.9, 96), labels)
    assert found is not None
    assert found.temperatures[0] == pytest.approx(
        2, rel=1e-3
    )  # fits the odd places: ln 9 / T = ln 3
    assert found.temperatures[1] == pytest.approx(
        np.log(9) / np.log(2), rel=1e-3
    )  # fits the even ones
    assert found.probabilities[::2, 0] == pytest.approx(0.75, rel=1e-3)
    assert found.probabilities[1::2, 0] == pytest.approx(2 / 3, rel=1e-3)


def test_without_mistakes_no_temperature_is_determined() -> None:
    sure, labels = two_ways(0.9, 60), np.zeros(60, np.int64)
    assert fit_temperature(sure, labels) is None  # the colder the better: the search's wall
    assert cross_fitted(sure, labels) is None
    labels[:16] = 1  # eight mistakes in either half: enough
    assert errors_by_half(sure, labels) == (8, 8)
    assert cross_fitted(sure, labels) is not None
    labels[0] = 0
    assert errors_by_half(sure, labels) == (7, 8)
    assert cross_fitted(sure, labels) is None


def test_the_surprise_is_minus_the_logarithm_of_what_was_given_to_the_truth() -> None:
    assert log_loss(two_ways(0.9, 2), np.array([0, 1])) == pytest.approx(
        -(np.log(0.9) + np.log(0.1)) / 2, rel=1e-5
    )


def test_bins_of_as_many_answers_each_are_split_in_order_of_confidence() -> None:
    confidence = np.array([0.9, 0.3, 0.8, 0.4])
    right = np.array([True, False, False, True])
    found = calibration(confidence, right, bins=2, equal_counts=True)
    assert [(b.low, b.high, b.count) for b in found.bins] == [(0.3, 0.4, 2), (0.8, 0.9, 2)]
    assert [b.accuracy and b.accuracy.value for b in found.bins] == [0.5, 0.5]
    assert found.error == pytest.approx((2 * 0.15 + 2 * 0.35) / 4)
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
    found, scaled = summarize_calibration(predictions, labels), cross_fitted(probabilities, labels)
    assert scaled is not None
    assert found.temperatures == scaled.temperatures
    assert min(found.temperatures or ()) > 1.5  # made three times too confident
    assert found.before["width"] == calibration(probabilities.max(1), correct)
    assert len(found.before["count"].bins) == 10
    after = scaled.probabilities.max(1)
    assert found.after["count"] == calibration(after, correct, bins=10, equal_counts=True)
    assert found.after["width"].error < found.before["width"].error
    assert found.log_loss_after is not None
    assert found.log_loss_after < found.log_loss == log_loss(probabilities, labels)
    assert sum(found.errors) == (~correct).sum()


def test_without_errors_the_summary_has_no_temperature() -> None:
    found = summarize_calibration(Predictions(two_ways(0.9, 40)), np.zeros(40, np.int64))
    assert (found.temperatures, found.after, found.log_loss_after) == (None, {}, None)
    assert found.before["width"].accuracy == 1
