import numpy as np
import pytest

from cnnviz.inspection.activations.channel_statistics import ChannelStatistics
from cnnviz.inspection.activations.forward_pass import FeatureMaps
from cnnviz.inspection.activations.layer_steps import steps_between
from cnnviz.models.catalog import architecture
from cnnviz.models.structure.trace import trace_architecture
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


def layer_of(name: str, shape: tuple[int, int, int]) -> FeatureMaps:
    return FeatureMaps("late", name, "", np.ones(shape, np.float32), np.zeros(shape[0], np.float32))


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (  # conv2: 3 × 3 over 32 channels, after pooling
            layer_of("relu1", (32, 28, 28)),
            layer_of("relu2", (64, 14, 14)),
            "Since relu1: 1 layer with weights, 32 to 64 channels, maps from 28 × 28 to 14 × 14.",
        ),
        (
            layer_of("relu2", (64, 14, 14)),
            layer_of("pool2", (64, 7, 7)),
            "Since relu2: the same 64 channels, from 14 × 14 to 7 × 7. MaxPool2d has no weights.",
        ),
        (
            layer_of("relu1", (32, 28, 28)),
            layer_of("conv2", (64, 28, 28)),
            "Since relu1: 1 layer with weights, 32 to 64 channels, maps still 28 × 28.",
        ),
    ],
)
def test_what_changed_since_the_layer_before(
    first: FeatureMaps, second: FeatureMaps, sentence: str
) -> None:
    trace = trace_architecture(architecture("mnist_cnn"), published=False)
    steps = steps_between(trace, first.layer, second.layer)
    assert sentences.change_sentence(first, second, steps) == sentence


def test_pooled_maps_are_not_introduced_like_those_before_them() -> None:
    trace = trace_architecture(architecture("mnist_cnn"), published=False)
    relu2, pool2 = layer_of("relu2", (64, 14, 14)), layer_of("pool2", (64, 7, 7))
    steps = steps_between(trace, "relu2", "pool2")
    texts = sentences.map_sentences(pool2, survey(0.38), relu2, steps)
    assert texts[0].startswith("Since relu2: the same 64 channels")
    assert not any(text.startswith("Look for") for text in texts)
    assert sentences.map_sentences(relu2, survey(0.38), None, ())[0].startswith("Look for")
