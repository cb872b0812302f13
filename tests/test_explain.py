import numpy as np

from cnnviz.forward_pass import FeatureMaps
from cnnviz.survey import Survey
from cnnviz.ui import explain


def survey(share: float, dead: frozenset[int] = frozenset()) -> Survey:
    return Survey(channels=3, dead=dead, class_share=share, digits=500)


def maps(likeness: list[float]) -> FeatureMaps:
    values = np.zeros((3, 2, 2), np.float32)
    values[1, 0, 1] = -2.5
    return FeatureMaps("early", "relu1", "ReLU", values, np.array(likeness, np.float32))


def test_what_to_look_for_follows_from_how_much_the_digit_decides() -> None:
    assert explain.look_for(survey(0.16)) == (
        "Look for strokes and edges, which all digits have: "
        "which digit it is explains 16% of how strongly a channel answers."
    )
    assert "parts" in explain.look_for(survey(0.38))
    assert "strong for few digits" in explain.look_for(survey(0.57))


def test_the_strongest_value_and_the_map_most_like_the_digit_are_named() -> None:
    assert explain.strongest(maps([0.2, 0, -0.7])) == (
        "Strongest here: -2.50 in channel 1, row 0, column 1. "
        "Most like the digit: channel 2, correlation -0.70."
    )


def test_maps_of_one_value_are_not_said_to_look_like_anything() -> None:
    assert "like" not in explain.strongest(maps([0, 0, 0]))


def test_dead_channels_are_a_share_and_silent_ones_are_those_beside_them() -> None:
    assert explain.channels(maps([0, 0, 0]), survey(0.2, dead=frozenset({0}))) == (
        "1 dead channel of 3 (33%): always the same value, over 500 test digits. "
        "1 more is silent on this one."
    )
