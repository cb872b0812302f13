"""Who won, by how much, and whether luck would do it: worked out by hand."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from cnnviz.training.race.costs import NetworkCost
from cnnviz.training.race.standings import LearningCurves, SeedSpread
from cnnviz.training.race.verdict import Lead, crossing, race_leads, separation_probability
from cnnviz.ui.race.verdict import missing, words

FIGURES = {"lenet5": NetworkCost(1, 1_000_000), "vgg11": NetworkCost(1, 10_000_000)}


def way(*accuracy: float, test: tuple[float, ...] = (), pace: float = 1.0) -> LearningCurves:
    """A way of an interval every hundred digits, which take so many seconds."""
    digits = 100.0 * np.arange(1, len(accuracy) + 1)
    tested = 100.0 * np.arange(1, len(test) + 1)
    seconds, heights = pace * digits / 100, np.array(accuracy)
    return LearningCurves(
        steps=digits / 10,
        digits=digits,
        seconds=seconds,
        loss=1 - heights,
        accuracy=heights,
        test_steps=tested / 10,
        test_digits=tested,
        test_seconds=tested,
        test_accuracy=np.array(test),
        speed=100.0,
        dead=None,
    )


def leads(**curves: list[LearningCurves]) -> dict[str, Lead]:
    return {lead.measure: lead for lead in race_leads(curves, FIGURES)[1]}


def test_a_curve_reaches_a_value_on_its_straight_line() -> None:
    x, y = np.array([1.0, 2.0, 4.0, 5.0]), np.array([0.1, 0.5, 0.9, 0.2])
    assert crossing(x, y, 0.7) == pytest.approx(SeedSpread(3.0, 2.0, 4.0))
    assert crossing(x, np.array([0.1, np.nan, 0.9, 0.2]), 0.5) == SeedSpread(2.5, 1.0, 4.0)
    assert crossing(x, y, 0.05) == SeedSpread(
        1.0, 0.0, 1.0
    )  # in the first interval, who knows where
    with pytest.raises(ValueError, match=r"target must be at most 0\.9, got 0\.95"):
        crossing(x, y, 0.95)


def test_costs_are_compared_at_what_all_have_reached() -> None:
    # the best of the worst is 80 %; lenet5 has it at 200 digits, vgg11 at 300
    one, other = way(0.6, 0.8, 0.95, pace=2.0), way(0.2, 0.4, 0.8)
    target, lead_list = race_leads({"lenet5": [one], "vgg11": [other]}, FIGURES)
    assert target == pytest.approx(0.8)
    by = {lead.measure: lead for lead in lead_list}
    assert by.keys() == {"digits", "seconds", "GMAC"}  # none has been tested
    assert (by["digits"].winner, by["digits"].best.middle) == ("lenet5", pytest.approx(200))
    assert by["digits"].next_best.middle == pytest.approx(300)
    # 4 s against 3 s: the one that learns from fewer digits is slower at each
    assert (by["seconds"].winner, by["seconds"].best.middle) == ("vgg11", pytest.approx(3))
    assert by["seconds"].next_best.middle == pytest.approx(4)
    # 3 x 1 M x 200 and 3 x 10 M x 300
    assert by["GMAC"].best.middle == pytest.approx(0.6)
    assert by["GMAC"].next_best.middle == pytest.approx(9.0)
    assert "**Digits**: LeNet\\-5 200, VGG\\-11 300 (50% more)." in words(by["digits"])
    assert "(15.0 times as much)" in words(by["GMAC"])
    assert {lead.chance for lead in lead_list} == {None}  # one seed says nothing of luck


def test_a_difference_within_an_interval_is_none() -> None:
    by_measure = leads(lenet5=[way(0.2, 0.8)], vgg11=[way(0.1, 0.8)])
    assert not by_measure["digits"].apart  # both somewhere between 100 and 200 digits
    assert words(by_measure["digits"]).endswith(
        ". The measurements are too far apart to say which was first."
    )
    assert by_measure["GMAC"].apart


def test_test_accuracies_are_compared_after_the_same_epoch() -> None:
    lead = leads(
        lenet5=[way(0.9, test=(0.90, 0.99)), way(0.9, test=(0.94,)), way(0.9, test=(0.92,))],
        vgg11=[way(0.9, test=(0.80,)), way(0.9, test=(0.93,)), way(0.9, test=(0.91,))],
    )["test"]
    assert (lead.winner, lead.best) == ("lenet5", SeedSpread(0.92, 0.90, 0.94))
    assert (lead.second, lead.next_best) == ("vgg11", SeedSpread(0.91, 0.80, 0.93))
    assert not lead.apart
    sentence = words(lead)
    assert (lead.passes, "**Test accuracy after epoch 1**" in sentence) == (1, True)
    assert "92.00% (90.00% to 94.00%), 1.00 percentage points ahead of VGG\\-11." in sentence
    assert "may be chance" in sentence


@pytest.mark.parametrize("seeds", [(2, 2), (3, 3), (2, 3), (2, 2, 2), (1, 2)])
def test_chance_is_the_share_of_the_orders_in_which_one_is_ahead_of_all(
    seeds: tuple[int, ...],
) -> None:
    names = [network for network, count in enumerate(seeds) for _ in range(count)]
    orders = set(itertools.permutations(names))
    lucky = sum(len(set(order[: seeds[order[0]]])) == 1 for order in orders)
    assert separation_probability(seeds) == pytest.approx(float(Fraction(lucky, len(orders))))


@pytest.mark.parametrize(
    ("seeds", "said"), [(3, "1 of 10 races"), (4, "1 of 35 races: significant")]
)
def test_only_a_rare_separation_is_called_significant(seeds: int, said: str) -> None:
    lead = leads(
        lenet5=[way(0.9, test=(0.9 + n / 1000,)) for n in range(seeds)],
        vgg11=[way(0.9, test=(0.8 + n / 1000,)) for n in range(seeds)],
    )["test"]
    sentence = words(lead)
    assert lead.apart
    assert said in sentence
    assert ("may be chance" in sentence) == (seeds == 3)


def test_where_there_is_nothing_to_compare_nothing_is_said() -> None:
    assert race_leads({"lenet5": [way(0.9)], "vgg11": []}, FIGURES) == (None, [])
    guessing = way(0.3)
    assert race_leads({"lenet5": [way(0.9)], "vgg11": [guessing]}, FIGURES) == (None, [])
    assert race_leads({"lenet5": [way(0.9)], "vgg11": [way()]}, FIGURES) == (None, [])
    uncounted = race_leads({"lenet5": [way(0.9)], "vgg11": [way(0.9)]}, {})[1]
    assert [lead.measure for lead in uncounted] == ["digits", "seconds"]


def test_costs_that_are_alike_are_not_called_times_as_much() -> None:
    lead = leads(lenet5=[way(0.6, 0.8)], vgg11=[way(0.6, 0.8, pace=1.005)])["seconds"]
    assert lead.next_best.middle / lead.best.middle == pytest.approx(1.005)
    assert "times" not in words(lead)
    assert "more" not in words(lead)


def test_what_cannot_be_compared_is_said() -> None:
    def said(**curves: list[LearningCurves]) -> str:
        return " ".join(missing(curves, *race_leads(curves, FIGURES)))

    assert "fewer than two networks" in said(lenet5=[way(0.9)], vgg11=[])
    nothing = said(lenet5=[way(0.9)], vgg11=[way()])
    assert "not every seed has finished an epoch" in nothing
    assert "not every seed has reached 50% accuracy on the last 1,000 digits" in nothing
    assert said(lenet5=[way(0.9, test=(0.8,))], vgg11=[way(0.9, test=(0.7,))]) == ""
