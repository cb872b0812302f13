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
        "One value sees 7 × 7 pixels of the photograph in the early layer, all in the late one; "
        "the maps shrink from 2 × 2 to 1 × 1."
    )
    assert sentences.growth_sentence([(layer, seen(3, False)), (layer, seen(8, False))]) == (
        "One value sees 3 × 3 pixels of the photograph in the early layer, 8 × 8 pixels in the "
        "late one."
    )
    assert sentences.growth_sentence([(layer, seen(9, True)), (small, seen(9, True))]) == (
        "In every layer one value sees all of the photograph; the maps shrink from 2 × 2 to 1 × 1."
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
