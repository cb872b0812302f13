from dataclasses import replace

import numpy as np
import pytest

from cnnviz.inspection.activations.forward_pass import FeatureMaps
from cnnviz.inspection.photographs.image_features import FeatureMatch
from cnnviz.inspection.photographs.layer_response import LayerResponse
from cnnviz.inspection.receptive_field.fields import Field
from cnnviz.ui.photographs import sentences


def layer_sight(nearest: tuple[FeatureMatch, ...]) -> LayerResponse:
    values = np.zeros((3, 2, 2), np.float32)
    values[1, 0, 1] = -2.5
    maps = FeatureMaps("early", "relu1", "ReLU", values, np.zeros(3, np.float32))
    return LayerResponse(maps, strongest=(1, 0, 2), nearest=nearest, agreement={})


@pytest.mark.parametrize(
    ("mirror", "gray", "blur", "sentence"),
    [
        (
            *(0.42, 0.91, 0.69),
            "Mirroring the photograph changes these maps most (correlation with the original ones "
            "0.42): they respond to edges and patterns in one direction.",
        ),
        (
            *(0.92, 0.3, 0.59),
            "Removing the photograph's color changes these maps most (correlation with the "
            "original ones 0.30): they respond to color.",
        ),
        (
            *(0.92, 0.87, 0.59),
            "Blurring the photograph changes these maps most (correlation with the original ones "
            "0.59): they respond to fine detail.",
        ),
        (
            *(0.97, 0.95, 0.99),
            "Mirroring, removing color and blurring hardly change these maps (correlation with "
            "the original ones 0.95 or more).",
        ),
    ],
)
def test_the_note_names_the_change_that_changes_the_maps_most(
    mirror: float, gray: float, blur: float, sentence: str
) -> None:
    agreement = {"mirror": mirror, "gray": gray, "blur": blur}
    assert sentences.sensitivity_sentence(agreement) == sentence


def seen(side: int, whole: bool) -> Field:
    box = np.array([0, 0, side - 1, side - 1])
    return Field("", "", (1, 1), {"": box[None, None]}, None, None, None, 1.0, (), whole, ())


def test_the_first_sentence_says_how_much_more_a_late_value_sees() -> None:
    layer = layer_sight(())
    small = replace(layer, maps=replace(layer.maps, values=layer.maps.values[:, :1, :1]))
    assert sentences.growth_sentence([(layer, seen(7, False)), (small, seen(9, True))]) == (
        "One value sees a patch of 7 × 7 pixels early, the whole photograph late; the maps shrink "
        "from 2 × 2 to 1 × 1."
    )
    assert sentences.growth_sentence([(layer, seen(3, False)), (layer, seen(8, False))]) == (
        "One value sees a patch of 3 × 3 pixels early, a patch of 8 × 8 pixels late."
    )
    assert sentences.growth_sentence([(layer, seen(9, True)), (small, seen(9, True))]) == (
        "In every layer one value sees the whole photograph; the maps shrink from 2 × 2 to 1 × 1."
    )


def test_the_strongest_channel_of_a_photograph_is_placed_and_compared() -> None:
    where = "Largest magnitude: -2.5 in channel 1, in the upper middle"
    assert sentences.maximum_channel_sentence(layer_sight(())) == f"{where}."
    edges, faint = FeatureMatch("edges", -0.8), FeatureMatch("red", 0.3)
    assert sentences.maximum_channel_sentence(layer_sight((faint, edges, faint))) == (
        f"{where}. Its map is most similar to areas without edges (0.80)."
    )
    assert sentences.maximum_channel_sentence(layer_sight((edges, faint, edges))) == f"{where}."


def test_maps_like_a_simple_quality_are_counted() -> None:
    edges, faint = FeatureMatch("edges", -0.8), FeatureMatch("red", 0.3)
    (sentence,) = sentences.similarity_sentences(layer_sight((faint, edges, edges)))
    assert sentence.startswith("2 of 3 maps are similar to")
    assert sentences.similarity_sentences(layer_sight(())) == ()


def layer_with(role: str, side: int, *, blur: float, edges: float = 0.0) -> LayerResponse:
    values = np.zeros((1, side, side), np.float32)
    maps = FeatureMaps(role, "relu", "ReLU", values, np.zeros(1, np.float32))
    nearest = (FeatureMatch("right", edges),) if side >= 20 else ()
    agreement = {"mirror": np.array([0.95]), "gray": np.array([0.93]), "blur": np.array([blur])}
    return LayerResponse(maps, (0,), nearest, agreement)


def test_the_layers_are_compared_by_the_size_of_their_maps_and_their_edges() -> None:
    early, late = layer_with("early", 112, blur=0.5, edges=0.7), layer_with("late", 7, blur=0.5)
    assert sentences.comparison_sentence(early, late) == (
        " Early: 112 × 112 values, every edge has its place. Late: 7 × 7 coarse spots, only "
        "roughly where something is."
    )
    plain = layer_with("early", 112, blur=0.5, edges=0.4)
    assert "112 × 112 values, details have their place." in (
        sentences.comparison_sentence(plain, late)
    )
    assert sentences.comparison_sentence(late, late) == ""


def test_each_layer_has_a_sentence_of_its_own_when_the_same_change_matters_most() -> None:
    layers = [
        layer_with(role, 14, blur=blur)
        for role, blur in [("early", 0.57), ("middle", 0.4), ("late", 0.6), ("last", 0.601)]
    ]
    first, *others = sentences.response_notes(layers)
    assert first.endswith("0.57): they respond to fine detail.")
    start = "Blurring the photograph changes these maps most,"
    assert others == [
        f"{start} and more than those of the early layer (correlation 0.40, there 0.57).",
        f"{start} but less than those of the middle layer (correlation 0.60, there 0.40).",
        f"{start} and as much as those of the late layer (correlation 0.60 in both).",
    ]
    same = sentences.response_notes([layers[0], layer_with("late", 7, blur=0.99)])
    assert same[1].startswith("Mirroring, removing color and blurring hardly change these maps")
