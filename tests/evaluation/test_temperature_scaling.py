"""Temperatures worked out by hand, and what determines none."""

import numpy as np
import pytest

from cnnviz.evaluation.temperature_scaling import (
    cross_fitted,
    errors_by_half,
    fit_temperature,
    log_loss,
    with_temperature,
)


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
    fitted = cross_fitted(two_ways(0.9, 96), labels)
    assert fitted is not None
    assert fitted.temperatures[0] == pytest.approx(
        2, rel=1e-3
    )  # fits the odd places: ln 9 / T = ln 3
    assert fitted.temperatures[1] == pytest.approx(
        np.log(9) / np.log(2), rel=1e-3
    )  # fits the even ones
    assert fitted.probabilities[::2, 0] == pytest.approx(0.75, rel=1e-3)
    assert fitted.probabilities[1::2, 0] == pytest.approx(2 / 3, rel=1e-3)


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
