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
        "these channels respond almost equally to all ten digits (16% depends on the digit)."
    )
    assert sentences.class_share_sentence(survey(0.16)) == (
        "Over 500 test digits the class explains 16% of the variance of a channel's maximum "
        "(mean over the channels)."
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
            "The same 64 maps as in relu2, shrunk from 14 × 14 to 7 × 7: of every 2 × 2 values the "
            "largest is kept.",
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
    notes = sentences.map_notes(survey(0.38), pool2, relu2, steps)
    figures = sentences.map_figures(survey(0.38), pool2, relu2, steps)
    assert notes[0].startswith("The same 64 maps as in relu2")
    assert not any("Since" in text or "class explains" in text for text in figures)
    assert sentences.map_notes(survey(0.38), relu2, None, ())[0].startswith("Look for")


def layers_like(*likeness: float, side: int = 7) -> list[FeatureMaps]:
    values = np.zeros((2, side, side), np.float32)
    return [
        FeatureMaps("", "", "", values, np.array([0.1, value], np.float32)) for value in likeness
    ]


@pytest.mark.parametrize(
    ("likeness", "start"),
    [
        ((0.88, 0.52, 0.4), "The late maps look less like this 7 than the early ones"),
        ((0.9, -0.88, -0.82), "Even late, maps still look like this 7"),
        ((-0.5, 0.6, 0.7), "The late maps look more like this 7 than the early ones"),
        ((0.66, 0.65, 0.6), "At best, a map looks roughly like this 7"),
        ((0.75, 0.7, 0.75), "At best, a map looks roughly like this 7"),
        ((0.5, 0.2, 0.45), "In none of the three layers does a map look much like this 7"),
    ],
)
def test_the_first_sentence_says_whether_the_maps_still_look_like_the_digit(
    likeness: tuple[float, ...], start: str
) -> None:
    early, middle, late = (abs(value) for value in likeness)
    assert sentences.likeness_sentence(layers_like(*likeness), "7") == (
        f"{start}: the closest map correlates with it by {early:.2f} early, {middle:.2f} in the "
        f"middle and {late:.2f} late (1: the same picture)."
    )


def test_likeness_that_falls_and_rises_is_stated_as_it_is() -> None:
    assert sentences.likeness_sentence(layers_like(0.88, 0.4, 0.52), "0") == (
        "How much the most similar map of a layer looks like this 0: 0.88 early, 0.40 in the "
        "middle and 0.52 late (1: the same picture, 0: nothing in common)."
    )


def test_maps_of_one_value_cannot_look_like_a_digit() -> None:
    single = [*layers_like(0.6, 0.5, side=5), *layers_like(0, side=1)]
    single[-1].likeness[:] = 0  # of a single number
    assert sentences.likeness_sentence(single, "image") == (
        "Each late map is a single number and no longer shows this image: the closest map "
        "correlates with it by 0.60 early and 0.50 in the middle (1: the same picture)."
    )
    blank = [FeatureMaps("", "", "", np.ones((1, 3, 3), np.float32), np.zeros(1, np.float32))] * 3
    assert sentences.likeness_sentence(blank, "3") == (
        "Each map is constant, whatever this 3 looks like."
    )


@pytest.mark.parametrize(
    ("shares", "sentence"),
    [
        (
            [0.2, 0.35, 0.6],
            "The two differ most in the late maps: 20% early, 35% in the middle and 60% late "
            "(0% if equal, 100% if they share nothing).",
        ),
        (
            [0.6, 0.3, 0.2],
            "The two differ most in the early maps: 60% early, 30% in the middle and 20% late "
            "(0% if equal, 100% if they share nothing).",
        ),
        (
            [0.5, 0.55, 0.52],
            "The maps differ about as much in every layer: 50% early, 55% in the middle and 52% "
            "late (0% if equal, 100% if they share nothing).",
        ),
        ([0.0, 0.0, 0.0], "The maps of both are equal."),
    ],
)
def test_a_comparison_names_the_layer_that_differs_most(shares: list[float], sentence: str) -> None:
    assert sentences.difference_sentence(shares) == sentence
