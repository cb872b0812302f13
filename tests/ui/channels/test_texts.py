"""What the page Filters and channels writes about edits and optimized images."""

import re

import numpy as np
import pytest

from cnnviz.inspection.interventions.edits import Kernel, Scale
from cnnviz.inspection.interventions.effects import EditEffect
from cnnviz.ui.channels.edit_history import summary
from cnnviz.ui.channels.effect_view import sentence
from cnnviz.ui.channels.goals import Goal

SHARES = np.full(10, 0.1, np.float32)


def effect(lost: int, gained: int) -> EditEffect:
    return EditEffect(SHARES, SHARES, 1000 - lost - gained, lost, gained, 0)


def test_edits_that_change_no_prediction_say_so() -> None:
    expected = "No prediction for the test digits became correct or wrong."
    assert sentence(effect(0, 0)) == expected


def test_a_clear_loss_comes_with_its_interval_and_counts() -> None:
    text = sentence(effect(40, 10))  # McNemar's p is 2 · P(X ≤ 10) for 50 fair coins, below 0.001
    pattern = r"−3\.0 points \(95% interval −(\d\.\d) to −(\d\.\d)\): 40 lost, 10 gained\."
    match = re.fullmatch(pattern, text)
    assert match
    low, high = map(float, match.groups())
    assert low > 3.0 > high  # both are losses


@pytest.mark.parametrize(("lost", "gained", "p"), [(1, 0, "1.00"), (3, 1, "0.62"), (5, 0, "0.06")])
def test_a_difference_that_chance_explains_is_not_significant(
    lost: int, gained: int, p: str
) -> None:
    # exact: 1, 2 · (1 + 4) / 16 = 0.625, and 2 / 32 = 0.0625
    assert sentence(effect(lost, gained)).endswith(f"Not significant: McNemar's p = {p}.")


def test_the_last_four_edits_are_listed_newest_first() -> None:
    scales = [Scale("c1", channel, 0.0) for channel in range(4)]
    edits = (*scales, Scale("c3", 7, 1.5), Kernel("c3", 2, 4, ((0.0,),)))
    assert summary(()) == ""
    assert summary(edits[:1]) == "c1, channel 0 muted"
    assert summary(edits) == (
        "c3, channel 2, kernel 4 · c3, channel 7 × 1.50 · c1, channel 3 muted"
        " · c1, channel 2 muted · and 2 more"
    )


def test_a_goal_is_compared_with_the_best_test_digit() -> None:
    logit = Goal(None, 4)
    assert logit.in_words(30.0, 12.0, 1000) == (
        "logit of 4: 30.00, 2.5 times the best of 1,000 test digits (12.00)"
    )
    difference = Goal(None, 4, 9)
    assert difference.in_words(1.0, -2.0, 200) == (
        "logit of 4 minus that of 9: 1.00; at most -2.00 for 200 test digits"
    )
