import numpy as np
import pytest
from scipy import stats

from cnnviz.teaching.assessment.gain import learning_gain
from cnnviz.teaching.assessment.log import TestAnswer as Answer


def answers(scores: dict[str, tuple[float, float]], questions: int = 10) -> list[Answer]:
    """Answers of learners with so many correct before and after."""
    return [
        Answer(learner, form, f"q{i}", i < round(share * questions), "2026-01-02")
        for learner, shares in scores.items()
        for form, share in zip(("before", "after"), shares, strict=True)
        for i in range(questions)
    ]


def test_the_gain_is_that_of_the_means_by_hand() -> None:
    gain = learning_gain(answers({"a": (0.2, 0.6), "b": (0.4, 0.6), "c": (0.6, 0.9)}))
    assert (gain.learners, gain.unpaired) == (3, 0)
    assert gain.before == pytest.approx(0.4)
    assert gain.after == pytest.approx(0.7)
    assert gain.gain.value == pytest.approx(0.3)
    assert gain.normalized is not None
    assert gain.normalized.value == pytest.approx(0.5)  # 0.3 of the 0.6 that was left
    assert gain.gain.low <= 0.3 <= gain.gain.high


def test_the_interval_agrees_with_scipys_bootstrap() -> None:
    random = np.random.default_rng(3)
    before = random.integers(1, 7, 30) / 10
    after = np.minimum(1, before + random.integers(0, 5, 30) / 10)
    scores = {
        f"l{i}": (float(b), float(a)) for i, (b, a) in enumerate(zip(before, after, strict=True))
    }
    ours = learning_gain(answers(scores)).gain
    scipys = stats.bootstrap((after - before,), np.mean, method="percentile", rng=1)
    assert ours.low == pytest.approx(scipys.confidence_interval.low, abs=0.006)
    assert ours.high == pytest.approx(scipys.confidence_interval.high, abs=0.006)


def test_learners_with_one_form_are_left_out_and_counted() -> None:
    rows = answers({"a": (0.2, 0.6), "b": (0.4, 0.6), "c": (0.9, 0.1)})
    rows = [row for row in rows if not (row.learner == "c" and row.form == "after")]
    gain = learning_gain(rows)
    assert (gain.learners, gain.unpaired) == (2, 1)
    assert gain.before == pytest.approx(0.3)


def test_a_form_that_is_taken_again_counts_the_first_time() -> None:
    rows = answers({"a": (0.2, 0.6), "b": (0.4, 0.6)})
    again = [Answer("a", "after", f"q{i}", True, "2026-01-03") for i in range(10)]
    assert learning_gain([*rows, *again]) == learning_gain(rows)


def test_perfect_learners_have_nothing_left_to_gain() -> None:
    gain = learning_gain(answers({"a": (1.0, 1.0), "b": (1.0, 1.0)}))
    assert gain.normalized is None
    assert gain.gain.value == 0


def test_one_learner_is_no_group() -> None:
    with pytest.raises(ValueError, match="at least 2 learners must have taken both forms, got 1"):
        learning_gain(answers({"a": (0.2, 0.6)}))
