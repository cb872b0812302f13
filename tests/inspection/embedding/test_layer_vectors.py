"""Layer outputs as vectors, against the layers run by hand."""

import numpy as np
import pytest
import torch

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.embedding.layer_vectors import VECTOR_LIMIT, layers_to_embed, vectors
from cnnviz.models.catalog import CATALOG, architecture
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import load_network


@pytest.mark.parametrize("key", [k for k, row in CATALOG.items() if row.task == "classify"])
def test_every_network_has_layers_to_step_through(key: str) -> None:
    row = architecture(key)
    model = row.build().eval()
    network = LoadedNetwork(model, row)
    pixels = load_digits("embedded").test_images[:2]
    found = vectors(network, pixels, layers_to_embed(network))
    names = [v.layer for v in found]
    assert names[0] == ""
    assert {row.early, row.middle, row.late} <= set(names)
    assert len(names) <= 14
    for v in found:
        assert v.values.shape[0] == 2
        assert v.values.shape[1] <= max(VECTOR_LIMIT, v.shape[0])
        if v.cells is None:
            assert v.values.shape[1] == np.prod(v.shape)


def test_vectors_are_the_layers_flattened_outputs() -> None:
    network = networks.find_network("shipped-mnist_cnn")
    loaded = load_network(network)
    model = loaded.model
    pixels = load_digits("embedded").test_images[:3]
    pixel, pool1, pool2, last = vectors(loaded, pixels, ["fc2", "pool2", "pool1"])
    assert pixel.values * 255 == pytest.approx(pixels.reshape(3, -1))
    assert (pool2.cells, last.cells) == (None, None)
    x = (torch.from_numpy(pixels) / 255 - 0.1307) / 0.3081
    with torch.inference_mode():
        early = model.pool1(model.relu1(model.conv1(x)))
        late = model.pool2(model.relu2(model.conv2(early)))
        logits = model(x)
    assert torch.allclose(pool2.values, late.flatten(1), atol=1e-4)
    assert torch.allclose(last.values, logits, atol=1e-4)
    assert pool1.cells == (9, 9)  # 32 maps of 14 × 14 are too many numbers
    averaged = torch.nn.functional.adaptive_avg_pool2d(early, 9)
    assert torch.allclose(pool1.values, averaged.flatten(1), atol=1e-4)
