"""Outputs at nodes as maps, against plain hooks."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from cnnviz.data.mnist import Pixels, load_digits
from cnnviz.inspection.activations.node_output import node_output
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.models.structure.graph import Node, graph
from cnnviz.models.structure.trace import trace_architecture
from cnnviz.training.runs import networks


def loaded(key: str) -> tuple[LoadedNetwork, Node]:
    network = networks.load_network(networks.find_network(f"shipped-{key}"))
    return network, graph(trace_architecture(network.architecture, published=False))


def hooked(network: LoadedNetwork, layer: str, image: Pixels) -> Tensor:
    outputs: list[Tensor] = []
    model = network.copy().model
    module = model.get_submodule(layer)
    module.register_forward_hook(lambda _m, _i, output: outputs.append(output.clone()))
    with torch.no_grad():
        model(network.input(image))
    return outputs[-1]


@pytest.mark.parametrize(
    ("key", "layer"), [("resnet8", "layer2.0"), ("lenet5", "c3"), ("lenet5", "c5")]
)
def test_a_node_has_the_layers_maps(key: str, layer: str) -> None:
    network, root = loaded(key)
    image = load_digits("embedded").test_images[4]
    node = next(node for node in root.walk() if node.name == layer)
    output = node_output(network, image, node)
    expected = hooked(network, layer, image)[0].numpy()
    assert output.shape == expected.shape == node.output
    np.testing.assert_allclose(output.maps.reshape(expected.shape), expected, rtol=1e-5)


def test_the_sum_of_a_residual_block_is_what_its_last_relu_reads() -> None:
    network, root = loaded("resnet8")
    image = load_digits("embedded").test_images[4]
    add = next(node for node in root.walk() if node.role == "add")
    block = next(node for node in root.walk() if add in node.children)
    maps = node_output(network, image, add).maps
    after = hooked(network, block.name, image)[0].numpy()
    assert maps.min() < 0
    np.testing.assert_allclose(np.maximum(maps, 0), after, rtol=1e-5, atol=1e-6)


def test_tokens_become_maps_and_heads_channels() -> None:
    network, root = loaded("vit")
    image = load_digits("embedded").test_images[4]
    for node in root.walk():
        maps = node_output(network, image, node).maps if node.role == "attention" else None
        if maps is not None:
            assert maps.ndim == 3
            assert maps.size == node.values


def test_tokens_stand_where_their_patches_are() -> None:
    network, root = loaded("vit")
    image = load_digits("embedded").test_images[4]
    node = next(n for n in root.walk() if n.name and len(n.output) == 2 and n.output[0] == 50)
    tokens = hooked(network, node.name, image)[0].numpy()  # (1 + 49, C), the class token first
    maps = node_output(network, image, node).maps
    assert maps.shape == (tokens.shape[1], 7, 7)
    np.testing.assert_allclose(maps[:, 2, 3], tokens[1 + 2 * 7 + 3], rtol=1e-5)


def test_an_unknown_node_is_named() -> None:
    network, root = loaded("lenet5")
    image = load_digits("embedded").test_images[4]
    with pytest.raises(ValueError, match="got 's999'"):
        node_output(network, image, replace(root, id="s999"))
