import numpy as np

from cnnviz.inspection.activations.channel_statistics import ChannelStatistics
from cnnviz.inspection.activations.forward_pass import FeatureMaps
from cnnviz.ui.inside import sentences


def survey(share: float, dead: frozenset[int] = frozenset()) -> ChannelStatistics:
    return ChannelStatistics(channels=3, dead=dead, class_share=share, digits=500)


def maps(likeness: list[float]) -> FeatureMaps:
    values = np.zeros((3, 2, 2), np.float32)
    values[1, 0, 1] = -2.5
    return FeatureMaps("early", "relu1", "ReLU", values, np.array(likeness, np.float32))


def test_what_to_look_for_follows_from_how_much_the_digit_decides() -> None:
    assert sentences.look_for_sentence(survey(0.16)) == (
        "Look for strokes and edges, which all digits share: "
        "the class explains 16% of the variance of a channel's maximum."
    )
    assert "parts" in sentences.look_for_sentence(survey(0.38))
    assert "respond to few digits" in sentences.look_for_sentence(survey(0.57))


def test_the_strongest_value_and_the_map_most_like_the_digit_are_named() -> None:
    assert sentences.maximum_sentence(maps([0.2, 0, -0.7])) == (
        "Largest magnitude: -2.50 in channel 1, row 0, column 1. "
        "Most similar to the digit: channel 2, correlation -0.70."
    )


def test_maps_of_one_value_are_not_called_similar_to_anything() -> None:
    assert "similar" not in sentences.maximum_sentence(maps([0, 0, 0]))


def test_dead_channels_are_a_share_and_silent_ones_are_those_beside_them() -> None:
    assert sentences.dead_channels_sentence(maps([0, 0, 0]), survey(0.2, dead=frozenset({0}))) == (
        "1 dead channel of 3 (33%): the same value on all 500 test digits. "
        "1 more is zero on this one."
    )


def test_without_dead_channels_those_that_are_zero_are_still_counted() -> None:
    assert sentences.dead_channels_sentence(maps([0, 0, 0]), survey(0.2)) == (
        "No dead channels: all 3 vary over 500 test digits. 2 are zero on this one."
    )
