"""The result of a race in one sentence, from leads set by hand."""

import dataclasses

import pytest

from cnnviz.training.race.standings import SeedSpread, Standing
from cnnviz.training.race.verdict import Lead
from cnnviz.ui.race.headline import headline, leader_so_far


def exactly(value: float) -> SeedSpread:
    return SeedSpread(value, value, value)


TEST = Lead("test", "lenet5", exactly(0.94), "vgg11", exactly(0.925), True, None, passes=3)
SECONDS = Lead("seconds", "vgg11", exactly(1.25), "lenet5", exactly(5.5), True, None)
SPREAD = SeedSpread(0.94, 0.93, 0.95)


@pytest.mark.parametrize(
    ("changes", "begin", "end"),
    [
        ({}, "**LeNet\\-5 came first**", "With one seed this may be chance."),
        (
            {"chance": 0.01},
            "**LeNet\\-5 won**",
            "The seeds support this: the difference is significant.",
        ),
        ({"chance": 0.1}, "**LeNet\\-5 came first**", "With so few seeds this may be chance."),
        (
            {"chance": 0.01, "apart": False},
            "**LeNet\\-5 came first**",
            "The ranges over the seeds overlap, so this may be chance.",
        ),
    ],
)
def test_only_a_significant_lead_is_a_win(changes: dict[str, object], begin: str, end: str) -> None:
    text = headline(None, [dataclasses.replace(TEST, **changes)])  # type: ignore[arg-type]
    assert text == (
        f"{begin}: after epoch 3 it classifies 94.00% of the test digits correctly, 1.50 "
        f"percentage points more than VGG\\-11. {end}"
    )


def test_ties_medians_and_times_are_named() -> None:
    tie = dataclasses.replace(TEST, next_best=TEST.best)
    assert headline(None, [tie]) == (
        "**A tie**: after epoch 3 LeNet\\-5 and VGG\\-11 both classify 94.00% of the test digits."
    )
    several = headline(None, [dataclasses.replace(TEST, best=SPREAD)])
    assert "94.00% of the test digits correctly (median over its seeds), 1.50" in several
    fastest = headline(0.883, [SECONDS])
    assert fastest == (
        "**VGG\\-11 learns fastest**: it reaches 88.3% training accuracy in 1.2 s, LeNet\\-5 in "
        "5.5 s."
    )
    near = dataclasses.replace(SECONDS, apart=False)
    assert headline(0.883, [TEST, near]).endswith(
        "  \n**No clear difference in time**: to get 88.3% of the training digits right, the level "
        "that all reached, VGG\\-11 needed 1.2 s and LeNet\\-5 5.5 s; the difference is too small "
        "to measure here."
    )
    seeds = dataclasses.replace(near, chance=0.1)
    assert headline(0.883, [seeds]).endswith(
        "VGG\\-11 needed 1.2 s and LeNet\\-5 5.5 s; the ranges over the seeds overlap."
    )
    assert headline(None, []) == ""


def test_who_is_ahead_so_far_is_named_unless_two_are_equal() -> None:
    def row(model: str, place: int | None, accuracy: float | None) -> Standing:
        share = None if accuracy is None else exactly(accuracy)
        return Standing(model, place, share, None, None, None, None, None, 1)

    first = row("vgg11", 1, 0.5)
    assert leader_so_far([first, row("lenet5", 2, 0.4)]) == (
        "**VGG\\-11 is ahead so far**: it classified 50.0% of its last 1,000 training digits "
        "correctly."
    )
    assert leader_so_far([first, row("lenet5", 1, 0.5)]) == ""
    assert leader_so_far([row("vgg11", None, None)]) == ""
