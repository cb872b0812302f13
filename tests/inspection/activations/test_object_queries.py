from dataclasses import replace

import numpy as np
import pytest
import torch

from cnnviz.data.canvases import held_out_canvases
from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.object_queries import QueryPredictions, query_predictions
from cnnviz.models.catalog import architecture
from cnnviz.models.inference import outputs
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.training.engine.detection import decode_detections


def test_each_layer_answers_as_the_network_does_and_attention_sums_to_one() -> None:
    torch.manual_seed(0)
    model = architecture("detr").build().eval()
    canvas = held_out_canvases(load_digits("embedded")).images[3]
    found = query_predictions(LoadedNetwork(model, architecture("detr")), canvas)
    answer = outputs(model, torch.from_numpy(canvas)[None], size=64)
    assert len(found) == 2
    for layer, look in enumerate(found):
        expected = decode_detections(answer[:, : layer + 1])
        assert look.labels.tolist() == expected.labels[0].tolist()
        assert look.confidences == pytest.approx(expected.confidences[0].numpy(), abs=1e-5)
        shares = answer[0, layer, :, :11].softmax(dim=-1)
        assert look.nothing == pytest.approx(shares[:, 10].numpy(), abs=1e-5)
        assert look.attention.shape == (4, 8, 8, 8)
        assert look.attention.sum(axis=(2, 3)) == pytest.approx(np.ones((4, 8)), abs=1e-5)


def test_the_model_is_not_touched() -> None:
    model = architecture("detr").build().train()
    query_predictions(LoadedNetwork(model, architecture("detr")), np.zeros((1, 64, 64), np.uint8))
    assert all(module.training for module in model.modules())
    assert not any(module._forward_hooks for module in model.modules())


def test_attention_follows_the_canvas_place_by_place() -> None:
    """With keys that see one place alone, that place gets the attention."""
    torch.manual_seed(0)
    model = architecture("detr").build().eval()
    heads = model.get_submodule("decoder.1.cross_attention")
    heads.register_forward_pre_hook(lambda _, inputs: (inputs[0], spiked(inputs[1]), inputs[2]))

    def spiked(keys: torch.Tensor) -> torch.Tensor:
        keys = torch.zeros_like(keys)
        keys[:, 8 * 2 + 5] = 100.0  # row 2, column 5
        return keys

    network = LoadedNetwork(model, architecture("detr"))
    attention = query_predictions(network, np.zeros((1, 64, 64), np.uint8))[1].attention
    others = np.delete(attention.reshape(4, 8, 64), 21, axis=2)
    assert np.allclose(others, others[:, :, :1], atol=1e-7)  # all alike
    assert (np.abs(attention[:, :, 2, 5] - others[:, :, 0]) > 1e-3).all()


def test_what_was_found_is_sure_and_in_order() -> None:
    shares = np.array([0.2, 0.6, 0.5, 0.9], np.float32)
    none = np.zeros(0)
    look = QueryPredictions(np.arange(4), shares, 1 - shares, none, none)
    assert look.detected == [3, 1]


def test_detected_digits_are_read_from_left_to_right_and_attention_is_averaged_over_heads() -> None:
    shares = np.array([0.9, 0.4, 0.6], np.float32)
    attention = np.array([[[[1.0, 0.0]]] * 3, [[[0.0, 1.0]], [[1.0, 0.0]], [[0.5, 0.5]]]])
    boxes = np.array([[0.1, 0, 0.5, 1], [0, 0, 0.1, 1], [0.2, 0, 0.3, 1]], np.float32)
    predictions = QueryPredictions(
        np.array([3, 1, 7]), shares, 1 - shares, boxes, attention
    )  # attention (2, 3, 1, 2)
    assert predictions.digits == [7, 3]  # the center counts; 1 is not probable enough
    mirrored = replace(predictions, boxes=1 - boxes[:, [2, 3, 0, 1]])
    assert mirrored.digits == [3, 7]
    assert predictions.mean_attention.tolist() == [[[0.5, 0.5]], [[1, 0]], [[0.75, 0.25]]]
