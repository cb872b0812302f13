"""What the pages share and need not make twice.

PyTorch is imported on first use, so that a page can be on the screen before it.
"""

from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.data import canvases, mnist
from cnnviz.models.catalogue import Architecture, architecture
from cnnviz.training.runs import networks
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.caching import cached
from cnnviz.ui.shell.markdown import plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.comparison.layer_matching import LayerDepth
    from cnnviz.inspection.activations.attention import AttentionMap
    from cnnviz.inspection.activations.channel_statistics import Survey
    from cnnviz.inspection.activations.forward_pass import ForwardPass
    from cnnviz.inspection.activations.layer_activations import Activation
    from cnnviz.inspection.activations.map_layers import MapLayer
    from cnnviz.inspection.activations.object_queries import Look
    from cnnviz.inspection.attribution.grad_cam_layers import Place
    from cnnviz.inspection.attribution.methods import Explanation, Target
    from cnnviz.inspection.receptive_field.effective import EffectiveField
    from cnnviz.inspection.receptive_field.fields import Field
    from cnnviz.inspection.unit_arithmetic import LayerRun, WeightGradient, Workable
    from cnnviz.models.loaded_network import LoadedNetwork
    from cnnviz.models.structure.shapes import Shape
    from cnnviz.models.structure.summary import Structure
    from cnnviz.models.structure.trace import Trace

SURVEYED = 500  # digits; more change the second decimal of a layer's figures
_STRIDE = 389  # coprime to 1,000 and 10,000, so that a walk meets every test digit


@cached
def load(network: networks.TrainedNetwork) -> "LoadedNetwork":
    """Return the network ready to use, the same object to everyone.

    Raises:
        ValueError: if the file is missing or damaged, or the run has been deleted.
    """
    return networks.load_network(networks.find_network(network.key))


def model(network: networks.TrainedNetwork) -> "LoadedNetwork":
    """Return the network as `load` does; a damaged file becomes a sentence, and ends the page."""
    try:
        return load(network)
    except ValueError as error:
        st.error(
            f"{plain(str(error).rstrip('.'))}. Choose another network, or train one.",
            icon=":material/error:",
        )
        st.stop()


def digits() -> mnist.Digits:
    """Return the digits of this machine, warning on the page when the full MNIST is damaged."""
    found, problem = mnist.digits_for_display()
    if problem:
        st.warning(plain(problem), icon=":material/warning:")
    return found


def device() -> str:
    """Return the device in words; before PyTorch is there, say that it is coming."""
    if not warmup.ready():
        return "PyTorch is loading, once after each start."
    return _device()


def walk(digits: mnist.Digits, position: int) -> int:
    """Return the test digit at a position of a walk that changes class at each step."""
    return position * _STRIDE % len(digits.test_labels)


@cached
def forward_pass(network: networks.TrainedNetwork, image: mnist.Pixels) -> "ForwardPass":
    """Return what the network makes of a digit, uint8, (28, 28)."""
    from cnnviz.inspection.activations.forward_pass import forward_pass

    return forward_pass(model(network), image[None])


@cached
def maps(
    network: networks.TrainedNetwork, image: mnist.Pixels, layer: "MapLayer"
) -> "NDArray[np.float32]":
    """Return what one layer makes of a digit, (C, h, w)."""
    from cnnviz.inspection.activations.map_layers import maps_for

    return maps_for(model(network), layer, image[None])


@cached
def activations(
    network: networks.TrainedNetwork,
    image: mnist.Pixels,
    *,
    names: tuple[str, ...] | None = None,
    target: int | None = None,
) -> "list[Activation]":
    """Return what the network's layers put out for a digit, uint8, (28, 28), with gradients."""
    from cnnviz.inspection.activations.layer_activations import activations

    return activations(model(network), image[None], names=names, target=target)


@cached
def attention(network: networks.TrainedNetwork, image: mnist.Pixels) -> "tuple[AttentionMap, ...]":
    """Return the network's attention maps for a digit, rollout last where it is defined."""
    from cnnviz.inspection.activations.attention import attention, rollout

    maps = attention(model(network), image[None])
    try:
        return (*maps, rollout(maps))
    except ValueError:  # tokens change on the way, or there is no attention at all
        return maps


def no_rollout(maps: "tuple[AttentionMap, ...]") -> str:
    """Return why a network's attention cannot be followed through its layers."""
    from cnnviz.inspection.activations.attention import no_rollout

    return no_rollout(maps)


@cached
def places(network: networks.TrainedNetwork) -> "tuple[Place, ...]":
    """Return the layers that Grad-CAM can look into."""
    from cnnviz.inspection.attribution.grad_cam_layers import places

    return places(model(network))


@cached
def explanation(
    network: networks.TrainedNetwork, image: mnist.Pixels, target: "Target", layer: str
) -> "Explanation":
    """Return why the network gives a digit that score, by all methods."""
    from cnnviz.inspection.attribution.methods import explain

    return explain(model(network), image[None], target, layer=layer)


@cached
def explained_by(
    network: networks.TrainedNetwork, image: mnist.Pixels, digit: int, layer: str, method: str
) -> "NDArray[np.float32]":
    """Return what speaks for a digit's logit by one method, on the image's own pixels.

    Args:
        network: trained.
        image: uint8, (28, 28), or as large as what the network receives, with its padding.
        digit: the class.
        layer: for Grad-CAM.
        method: key of `attribution.METHODS`.
    """
    from cnnviz.inspection.attribution.methods import Target, ask, explain_by

    return explain_by(ask(model(network), Target(digit), layer), image[None], method)


@cached
def held_out_canvases(digits: mnist.Digits) -> canvases.Canvases:
    """Return the canvases that detectors are tested on, of these digits."""
    return canvases.held_out_canvases(digits)


@cached
def looks(network: networks.TrainedNetwork, digits: mnist.Digits, index: int) -> "tuple[Look, ...]":
    """Return what each decoder layer of a detector makes of a test canvas."""
    from cnnviz.inspection.activations.object_queries import looks

    return looks(model(network), held_out_canvases(digits).images[index])


@cached
def survey(network: networks.TrainedNetwork, digits: mnist.Digits) -> "dict[str, Survey]":
    """Return what the network's three layers do over `SURVEYED` test digits of all classes."""
    from cnnviz.inspection.activations.channel_statistics import survey

    chosen = [walk(digits, position) for position in range(SURVEYED)]
    return survey(model(network), digits.test_images[chosen], digits.test_labels[chosen])


def workable(network: networks.TrainedNetwork) -> "list[Workable]":
    """Return the network's layers that can be worked out, softmax last."""
    from cnnviz.inspection.unit_arithmetic import workable

    return workable(model(network).model)


@cached
def layer_run(network: networks.TrainedNetwork, image: mnist.Pixels, layer: str) -> "LayerRun":
    """Return what a layer that can be worked out receives and puts out for a digit."""
    from cnnviz.inspection.unit_arithmetic import layer_run

    return layer_run(model(network), image[None], layer)


@cached
def gradient(
    network: networks.TrainedNetwork,
    image: mnist.Pixels,
    label: int,
    layer: str,
    weight: tuple[int, ...],
) -> "WeightGradient":
    """Return the gradient of one weight for a digit with that label, term by term."""
    from cnnviz.inspection.unit_arithmetic import gradient

    return gradient(model(network), image[None], label, layer, weight)


@cached
def shapes(key: str) -> "tuple[list[Shape], str]":
    """Return the shapes inside an architecture of the catalogue, and its trunk's in one line."""
    from cnnviz.models.structure.shapes import one_line, outline, shapes

    row = architecture(key)
    return shapes(row), one_line(outline(row))


@cached(spinner="Tracing the network, once…")
def structure(key: str, *, published: bool) -> "Structure":
    """Return what a forward pass of an architecture tells; the same object to everyone."""
    from cnnviz.models.structure.summary import structure

    return structure(architecture(key), published=published)


@cached
def trace(key: str) -> "Trace":
    """Return the forward pass of an architecture at the scale of MNIST, the same to everyone."""
    from cnnviz.models.structure.trace import trace_row

    return trace_row(architecture(key), published=False)


@cached
def levels(key: str) -> "tuple[LayerDepth, ...]":
    """Return how deep the layers with maps lie in an architecture at the scale of MNIST."""
    from cnnviz.comparison.layer_matching import layer_depths
    from cnnviz.inspection.activations.map_layers import map_layers
    from cnnviz.models.loaded_network import LoadedNetwork

    row = architecture(key)
    found = map_layers(LoadedNetwork(row.build(), row))
    return layer_depths(
        found, structure(key, published=False).count, every_field(key, published=False)
    )


def input_size(row: Architecture, *, published: bool) -> tuple[int, int]:
    """Return rows and columns of what a row's network receives."""
    if published and row.published is not None:
        return row.published.input_size[1], row.published.input_size[2]
    return row.input_size, row.input_size


def fields(
    key: str, layers: tuple[str, ...], sources: tuple[str, ...] = ("",), *, published: bool = False
) -> "dict[str, Field]":
    """Return what the units of layers see of the input and of other layers' maps.

    Layers that put out no maps of one image are left out. At the scale of MNIST one pass finds what
    the units see of all layers, so that the next layer that is looked at costs none.
    """
    found = _fields(key, sources if published else None, published=published)
    return {layer: found[layer] for layer in layers if layer in found}


def every_field(key: str, *, published: bool) -> "dict[str, Field]":
    """Return what the units of every layer and block see of the input."""
    return _fields(key, ("",) if published else None, published=published)


def effective_field(
    network: networks.TrainedNetwork, layer: str, count: int, channel: int | None = None
) -> "EffectiveField":
    """Return what the middle unit of a layer listens to, over the first test digits of a walk.

    Args:
        network: trained or not.
        layer: dotted name.
        count: of the digits.
        channel: of the layer; None for the sum over all.
    """
    return _effective_field(network, digits(), layer, count, channel)


@cached
def _effective_field(
    network: networks.TrainedNetwork,
    digits: mnist.Digits,
    layer: str,
    count: int,
    channel: int | None,
) -> "EffectiveField":
    from cnnviz.inspection.receptive_field.effective import effective_field

    loaded, last = model(network), network.architecture.channels_last
    chosen = [walk(digits, position) for position in range(count)]
    x = loaded.input(digits.test_images[chosen])  # (N, C, H, W)
    kind = f"test digits ({digits.source})"
    return effective_field(loaded.model, x, layer, channel=channel, channels_last=last, kind=kind)


@cached
def spread(
    network: networks.TrainedNetwork, image: mnist.Pixels, pixel: tuple[int, int], change: float
) -> "dict[str, NDArray[np.float64]]":
    """Return how much a changed pixel moves each unit of each layer."""
    from cnnviz.inspection.receptive_field.effective import difference

    return difference(model(network), image[None], pixel, change)


@cached(spinner="Following what units see, once…")
def _fields(key: str, sources: tuple[str, ...] | None, *, published: bool) -> "dict[str, Field]":
    from cnnviz.inspection.receptive_field.fields import receptive_fields
    from cnnviz.models.layers import layers_and_blocks

    row = architecture(key)
    if published and row.published is not None:
        size = row.published.input_size
        model = row.published.build()
    else:
        size = (1, row.input_size, row.input_size)
        model = row.build()
    every = ("", *layers_and_blocks(model)) if sources is None else sources
    return receptive_fields(model, size, sources=every, channels_last=row.channels_last)


@cached
def _device() -> str:
    from cnnviz.system.hardware import describe

    return describe()
