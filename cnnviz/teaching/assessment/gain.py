"""The gain of a lesson, from the answers of learners who took both forms of the test."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.stats.intervals import Interval
from cnnviz.teaching.assessment.log import TestAnswer

_RESAMPLES = 10_000


@dataclass(frozen=True)
class Gain:
    """What a group of learners gained.

    Attributes:
        learners: number of learners with both forms.
        unpaired: number of learners with one form only, who are left out.
        before, after: mean share of correct answers, 0 to 1.
        gain: after minus before, with its 95% interval.
        normalized: the share of what could still be gained, (after − before) / (1 − before), with
            its 95% interval; None if everybody was perfect before.
    """

    learners: int
    unpaired: int
    before: float
    after: float
    gain: Interval
    normalized: Interval | None


def learning_gain(answers: Iterable[TestAnswer]) -> Gain:
    """Return the gain of the learners who took both forms; a repeated form counts the first time.

    Intervals are percentiles of 10,000 bootstrap samples of learners, not of answers: answers of
    one learner depend on each other.

    Args:
        answers: from `log.read`.

    Raises:
        ValueError: if fewer than two learners took both forms.

    Reference:
        Hake 1998, "Interactive-engagement versus traditional methods",
        https://doi.org/10.1119/1.18809
    """
    scores: dict[str, dict[str, dict[str, bool]]] = defaultdict(lambda: defaultdict(dict))
    for answer in answers:
        scores[answer.learner][answer.form].setdefault(answer.question, answer.correct)
    paired = [forms for forms in scores.values() if len(forms) == 2]
    if len(paired) < 2:
        raise ValueError(f"at least 2 learners must have taken both forms, got {len(paired)}")
    before, after = (
        np.array([np.mean([*forms[form].values()]) for forms in paired])  # (L,)
        for form in ("before", "after")
    )
    random = np.random.default_rng(0)
    chosen = random.integers(len(paired), size=(_RESAMPLES, len(paired)))  # (R, L)
    means_before, means_after = before[chosen].mean(axis=1), after[chosen].mean(axis=1)  # (R,)
    return Gain(
        learners=len(paired),
        unpaired=len(scores) - len(paired),
        before=float(before.mean()),
        after=float(after.mean()),
        gain=_interval(after.mean() - before.mean(), means_after - means_before),
        normalized=_normalized(before.mean(), after.mean(), means_before, means_after),
    )


def _normalized(
    before: float, after: float, means_before: NDArray[np.float64], means_after: NDArray[np.float64]
) -> Interval | None:
    if before >= 1:
        return None
    possible = means_before < 1  # a sample of perfect learners has nothing left to gain
    samples = (means_after[possible] - means_before[possible]) / (1 - means_before[possible])
    return _interval((after - before) / (1 - before), samples)


def _interval(value: float, samples: NDArray[np.float64]) -> Interval:
    low, high = np.quantile(samples, (0.025, 0.975))
    return Interval(float(value), float(low), float(high))
