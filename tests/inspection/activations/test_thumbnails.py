"""Thumbnails against outputs recorded by plain forward hooks."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.thumbnails import layer_thumbnails
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.training.runs import networks


def loaded(key: str) -> LoadedNetwork:
    return networks.load_network(networks.find_network(f"shipped-{key}"))


@pytest.mark.parametrize("key", ["mnist_cnn", "resnet8", "lenet5"])
def test_the_maps_are_those_that_plain_hooks_record(key: str) -> None:
    network = loaded(key)
    image = load_digits("embedded").test_images[5]
    outputs: dict[str, list[Tensor]] = {}

    def record(name: str) -> Any:
        return lambda _module, _inputs, output: outputs.setdefault(name, []).append(output.clone())

    model = network.copy().model
    for name, module in model.named_modules():
        if not list(module.children()):
            module.register_forward_hook(record(name))
    with torch.no_grad():
        model(network.input(image))
    thumbnails = layer_thumbnails(network, image, most=5)
    assert len({(t.layer, t.run) for t in thumbnails}) == len(thumbnails) > 5
    for thumbnail in thumbnails:
        output = outputs[thumbnail.layer][thumbnail.run][0].numpy()  # (C, H, W), or (C,)
        assert thumbnail.shape == output.shape
        assert (thumbnail.low, thumbnail.high) == (output.min(), output.max())
        if output.shape[1:] in ((), (1, 1)):
            np.testing.assert_array_equal(thumbnail.maps[0, 0], output.ravel())
        else:
            np.testing.assert_array_equal(thumbnail.maps, output[list(thumbnail.channels)])
            rest = np.delete(output, thumbnail.channels, axis=0)
            weakest = np.abs(thumbnail.maps).max(axis=(1, 2)).min()
            assert not rest.size or np.abs(rest).max() <= weakest


def test_the_strongest_channels_stand_in_their_own_order() -> None:
    network = loaded("lenet5")
    image = load_digits("embedded").test_images[0]
    thumbnail = layer_thumbnails(network, image, most=3)[0]
    assert thumbnail.layer == "c1"
    assert list(thumbnail.channels) == sorted(set(thumbnail.channels))
    assert len(thumbnail.channels) == 3
