"""What the page Filters and channels writes about edits and optimized images."""

import re
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from cnnviz.inspection.interventions.channel_importance import ChannelImportance
from cnnviz.inspection.interventions.edits import Kernel, Scale
from cnnviz.inspection.interventions.effects import EditEffect
from cnnviz.ui.channels.channel_effect import consequence, invitation
from cnnviz.ui.channels.edit_history import summary
from cnnviz.ui.channels.effect_view import figures, sentence
from cnnviz.ui.channels.goals import Goal

SHARES = np.full(10, 0.1, np.float32)


def effect(lost: int, gained: int) -> EditEffect:
    return EditEffect(SHARES, SHARES, 1000 - lost - gained, lost, gained, 0)


def test_edits_that_change_no_prediction_say_so() -> None:
    expected = "No prediction for the test digits became correct or wrong."
    assert sentence(effect(0, 0)) == expected


def test_a_clear_loss_comes_with_its_interval_and_counts() -> None:
    expected = "Of 1,000 test digits 40 became wrong and 10 became correct."
    assert sentence(effect(40, 10)) == expected
    text = figures(effect(40, 10))  # McNemar's p is 2 · P(X ≤ 10) for 50 fair coins, below 0.001
    pattern = (
        r"Accuracy −3\.0 points \(95% interval −(\d\.\d) to −(\d\.\d)\); McNemar's p = 0\.00\."
    )
    match = re.fullmatch(pattern, text)
    assert match
    low, high = map(float, match.groups())
    assert low > 3.0 > high  # both are losses


@pytest.mark.parametrize(("lost", "gained", "p"), [(1, 0, "1.00"), (3, 1, "0.62"), (5, 0, "0.06")])
def test_a_difference_that_chance_explains_is_not_significant(
    lost: int, gained: int, p: str
) -> None:
    # exact: 1, 2 · (1 + 4) / 16 = 0.625, and 2 / 32 = 0.0625
    assert sentence(effect(lost, gained)).endswith(
        f"{gained} became correct: so few can be chance."
    )
    assert figures(effect(lost, gained)).endswith(f"McNemar's p = {p}.")


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


def shares(**by_class: float) -> NDArray[np.float32]:
    values = np.zeros(10, np.float32)
    for name, value in by_class.items():
        values[int(name[1:])] = value
    return values


def importance(*muted: NDArray[np.float32]) -> ChannelImportance:
    responds = np.ones(len(muted), np.bool_)
    return ChannelImportance("c1", shares(c3=0.9, c5=0.1), np.stack(muted), responds)


def test_before_an_edit_the_page_says_whether_muting_will_be_seen() -> None:
    same, moved = shares(c3=0.89, c5=0.11), shares(c3=0.2, c5=0.8)
    assert invitation(importance(same, moved), 1, "3") == (
        "Press Mute and watch the bars: without channel 1 the answer for this 3 changes."
    )
    assert invitation(importance(same, moved), 0, "3") == (
        "Muting channel 0 hardly changes what the network reads in this 3; channel 1 changes it "
        "most."
    )
    assert invitation(importance(same, same, same), 1, "3") == (
        "The network can spare any one of the 3 channels of c1 here: whichever is muted, it reads "
        "3 about as surely as before (90.0%)."
    )


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (
            shares(c3=0.2, c5=0.8),
            "With the edit, the network reads this 7 as 5 (80.0%); 3 goes from 90.0% to 20.0%.",
        ),
        (
            shares(c3=0.6, c5=0.4),
            "The network still reads 3, but is less certain: from 90.0% to 60.0%.",
        ),
        (shares(c3=1), "The network still reads 3, but is more certain: from 90.0% to >99.9%."),
        (shares(c3=0.9, c2=0.1), "The network still reads 3 with 90.0%."),
    ],
)
def test_after_an_edit_the_page_says_what_it_did_to_the_answer(
    after: NDArray[np.float32], expected: str
) -> None:
    before = shares(c3=0.9, c5=0.1)
    assert consequence(EditEffect(before, after, 0, 0, 0, 0), "7") == expected


def test_a_channel_that_the_background_activates_is_not_suggested() -> None:
    little, moved = shares(c3=0.8, c5=0.2), shares(c3=0.2, c5=0.8)
    both = importance(moved, little)
    assert both.most_important == 0
    assert replace(both, responds=np.array([False, True])).most_important == 1
    assert replace(both, responds=np.array([False, False])).most_important == 0
    hardly = importance(moved, shares(c3=0.895, c5=0.105))  # else muting would change nothing
    assert replace(hardly, responds=np.array([False, True])).most_important == 0
