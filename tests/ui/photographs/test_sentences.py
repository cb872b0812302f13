import numpy as np

from cnnviz.inspection.activations.forward_pass import FeatureMaps
from cnnviz.inspection.photographs.image_features import FeatureMatch
from cnnviz.inspection.photographs.layer_response import LayerResponse
from cnnviz.ui.photographs import sentences


def layer_sight(nearest: tuple[FeatureMatch, ...]) -> LayerResponse:
    values = np.zeros((3, 2, 2), np.float32)
    values[1, 0, 1] = -2.5
    maps = FeatureMaps("early", "relu1", "ReLU", values, np.zeros(3, np.float32))
    return LayerResponse(maps, strongest=(1, 0, 2), nearest=nearest, agreement={})


def test_what_mirroring_changes_says_whether_direction_matters() -> None:
    assert sentences.mirroring_sentence(0.42) == (
        "Maps of the mirrored photograph, mirrored back, correlate by 0.42: "
        "the channels depend on the direction of edges and patterns."
    )
    assert "some channels depend on the direction" in sentences.mirroring_sentence(0.8)
    assert "respond to either direction" in sentences.mirroring_sentence(0.95)


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
