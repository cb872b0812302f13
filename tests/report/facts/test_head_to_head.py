"""Two networks on the same digits, against McNemar's test by hand."""

import dataclasses

import numpy as np
import pytest

from cnnviz.evaluation.predictions import Predictions
from cnnviz.report import Figure
from cnnviz.report.document.blocks import Name
from cnnviz.report.facts.head_to_head import HeadToHead, head_to_head
from cnnviz.report.facts.test_results import ClassifierResults
from tests.report.material import A, B, candidate, some_digits


def paired(first: list[int], second: list[int]) -> HeadToHead:
    """Two networks that answer a row of zeros so."""
    labels = np.zeros(len(first), np.int64)
    digits = dataclasses.replace(some_digits(len(first)), test_labels=labels)

    def certain(said_: list[int]) -> Predictions:
        return Predictions(np.eye(10, dtype=np.float32)[said_])

    results = ClassifierResults(digits, certain(first), ())
    a, b = candidate(*A), candidate(*B)
    return head_to_head(a, b, results, digits, lambda _: certain(second))


def test_two_networks_are_told_apart_on_the_same_digits() -> None:
    # the first alone is right on 9 of 20, the second on 1: p = 2 (1 + 10) / 2**10 by hand
    apart = paired([0] * 9 + [1] + [0] * 10, [1] * 9 + [0] + [0] * 10)
    assert apart.decided
    counted, means = apart.sentences()
    values = [part.value for part in counted if isinstance(part, Figure)]
    assert values[:3] == [20, 9, 1]
    assert values[3] == pytest.approx(40)  # percentage points: 19 against 11 of 20
    ahead = counted[counted.index(" is better by ") - 1]
    assert ahead == Name("A")
    assert values[4] < 40 < values[5]
    [chance] = [p for p in means if isinstance(p, Figure) and "McNemar" in p.source]
    assert chance.value == pytest.approx(22 / 1024)
    close = paired([0] * 3 + [1] + [0] * 16, [1] * 3 + [0] + [0] * 16)
    assert not close.decided  # p = 2 (1 + 4) / 2**4


@pytest.mark.parametrize(("count", "verb"), [(1, "is"), (2, "are")])
def test_one_digit_is_and_several_are_classified_correctly(count: int, verb: str) -> None:
    counted, _ = paired([0] * 20, [1] * count + [0] * (20 - count)).sentences()
    assert f" {verb} classified correctly only by " in counted
