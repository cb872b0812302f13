"""Outputs of the layers of a network for one digit."""

from typing import TYPE_CHECKING

from cnnviz.data.mnist import Pixels
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import architectures
from cnnviz.ui.cached.loading import model
from cnnviz.ui.shell.caching import cached

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.inspection.activations.attention import AttentionMap
    from cnnviz.inspection.activations.forward_pass import ForwardPass
    from cnnviz.inspection.activations.layer_activations import LayerActivation
    from cnnviz.inspection.activations.map_layers import MapLayer
    from cnnviz.inspection.activations.node_output import NodeOutput
    from cnnviz.inspection.activations.thumbnails import LayerThumbnails
    from cnnviz.inspection.interventions.channel_importance import ChannelImportance


@cached
def forward_pass(network: TrainedNetwork, image: Pixels) -> "ForwardPass":
    """Return the prediction for a digit, uint8, (28, 28), with the maps of three layers."""
    from cnnviz.inspection.activations.forward_pass import forward_pass

    return forward_pass(model(network), image[None])


@cached
def map_layers(network: TrainedNetwork) -> "tuple[MapLayer, ...]":
    """Return the layers of a network that have feature maps, in the order of execution."""
    from cnnviz.inspection.activations.map_layers import map_layers

    return map_layers(model(network))


@cached
def layer_maps(network: TrainedNetwork, image: Pixels, layer: "MapLayer") -> "NDArray[np.float32]":
    """Return the maps of one layer for a digit, (C, h, w)."""
    from cnnviz.inspection.activations.map_layers import feature_maps

    return feature_maps(model(network), layer, image[None])


@cached
def channel_importance(
    network: TrainedNetwork, image: Pixels, layer: "MapLayer"
) -> "ChannelImportance":
    """Return the prediction for a digit, uint8, (28, 28), with each channel muted alone."""
    from cnnviz.inspection.interventions.channel_importance import channel_importance

    return channel_importance(model(network), layer, image[None])


@cached
def activations(
    network: TrainedNetwork,
    image: Pixels,
    *,
    names: tuple[str, ...] | None = None,
    target: int | None = None,
) -> "list[LayerActivation]":
    """Return the outputs of the network's layers for a digit, uint8, (28, 28), with gradients."""
    from cnnviz.inspection.activations.layer_activations import layer_activations

    return layer_activations(model(network), image[None], names=names, target=target)


@cached
def layer_thumbnails(network: TrainedNetwork, image: Pixels) -> "list[LayerThumbnails]":
    """Return small maps of every layer for a digit, uint8, (28, 28)."""
    from cnnviz.inspection.activations.thumbnails import layer_thumbnails

    return layer_thumbnails(model(network), image[None])


@cached
def node_output(network: TrainedNetwork, image: Pixels, node_id: str) -> "NodeOutput":
    """Return the output at a node of the architecture's graph for a digit, uint8, (28, 28)."""
    from cnnviz.inspection.activations.node_output import node_output

    root = architectures.structure(network.architecture_key, published=False).graph
    node = next(node for node in root.walk() if node.id == node_id)
    return node_output(model(network), image[None], node)


@cached
def attention(network: TrainedNetwork, image: Pixels) -> "tuple[AttentionMap, ...]":
    """Return the network's attention maps for a digit, attention rollout last if it is defined."""
    from cnnviz.inspection.activations.attention import attention_maps, rollout

    maps = attention_maps(model(network), image[None])
    try:
        return (*maps, rollout(maps))
    except ValueError:  # the number of tokens changes, or there is no attention at all
        return maps
