"""What the pages share and need not make twice.

PyTorch is imported on first use, so that a page can be on the screen before it.
"""

from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.data import canvases, mnist
from cnnviz.models.catalogue import Architecture, architecture
from cnnviz.training.runs import networks
from cnnviz.ui.shell import warmup
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


@st.cache_resource(max_entries=32, show_spinner=False)
def _model(key: str, version: str) -> "LoadedNetwork":
    del version  # part of the cache's key
    return networks.load(networks.network(key))


def load(network: networks.TrainedNetwork) -> "LoadedNetwork":
    """Return the network ready to use, the same object to everyone.

    Raises:
        ValueError: if the file is missing or damaged, or the run has been deleted.
    """
    return _model(network.key, network.version)


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


@st.cache_data(show_spinner=False)
def _device() -> str:
    from cnnviz.system.hardware import describe

    return describe()


def walk(digits: mnist.Digits, position: int) -> int:
    """Return the test digit at a position of a walk that changes class at each step."""
    return position * _STRIDE % len(digits.test_labels)


def forward_pass(network: networks.TrainedNetwork, image: mnist.Pixels) -> "ForwardPass":
    """Return what the network makes of a digit, uint8, (28, 28)."""
    model(network)
    return _forward_pass(network.key, network.version, image.tobytes(), network, image)


def maps(
    network: networks.TrainedNetwork, image: mnist.Pixels, layer: "MapLayer"
) -> "NDArray[np.float32]":
    """Return what one layer makes of a digit, (C, h, w)."""
    model(network)
    return _maps(network.key, network.version, image.tobytes(), layer.name, network, image, layer)


def activations(
    network: networks.TrainedNetwork,
    image: mnist.Pixels,
    *,
    names: tuple[str, ...] | None = None,
    target: int | None = None,
) -> "list[Activation]":
    """Return what the network's layers put out for a digit, uint8, (28, 28), with gradients."""
    model(network)
    return _activations(
        network.key, network.version, image.tobytes(), names, target, network, image
    )


def attention(network: networks.TrainedNetwork, image: mnist.Pixels) -> "tuple[AttentionMap, ...]":
    """Return the network's attention maps for a digit, rollout last where it is defined."""
    model(network)
    return _attention(network.key, network.version, image.tobytes(), network, image)


def no_rollout(maps: "tuple[AttentionMap, ...]") -> str:
    """Return why a network's attention cannot be followed through its layers."""
    from cnnviz.inspection.activations.attention import no_rollout

    return no_rollout(maps)


def places(network: networks.TrainedNetwork) -> "tuple[Place, ...]":
    """Return the layers that Grad-CAM can look into."""
    model(network)
    return _places(network.key, network.version, network)


def explanation(
    network: networks.TrainedNetwork, image: mnist.Pixels, target: "Target", layer: str
) -> "Explanation":
    """Return why the network gives a digit that score, by all methods."""
    model(network)
    parts = network.key, network.version, image.tobytes(), target.digit, target.against, layer
    return _explanation(parts, network, image, target)


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
    model(network)
    parts = network.key, network.version, image.tobytes(), digit, layer, method
    return _explained_by(parts, network, image)


def held_out_canvases(digits: mnist.Digits) -> canvases.Canvases:
    """Return the canvases that detectors are tested on, of these digits."""
    return _held_out_canvases(digits.source, digits)


def looks(network: networks.TrainedNetwork, digits: mnist.Digits, index: int) -> "tuple[Look, ...]":
    """Return what each decoder layer of a detector makes of a test canvas."""
    model(network)
    return _looks(network.key, network.version, digits.source, index, network, digits)


def survey(network: networks.TrainedNetwork, digits: mnist.Digits) -> "dict[str, Survey]":
    """Return what the network's three layers do over `SURVEYED` test digits of all classes."""
    model(network)
    return _survey(network.key, network.version, digits.source, network, digits)


def workable(network: networks.TrainedNetwork) -> "list[Workable]":
    """Return the network's layers that can be worked out, softmax last."""
    from cnnviz.inspection.unit_arithmetic import workable

    return workable(model(network).model)


def layer_run(network: networks.TrainedNetwork, image: mnist.Pixels, layer: str) -> "LayerRun":
    """Return what a layer that can be worked out receives and puts out for a digit."""
    model(network)
    return _layer_run(network.key, network.version, image.tobytes(), layer, network, image)


def gradient(
    network: networks.TrainedNetwork,
    image: mnist.Pixels,
    label: int,
    layer: str,
    weight: tuple[int, ...],
) -> "WeightGradient":
    """Return the gradient of one weight for a digit with that label, term by term."""
    model(network)
    return _gradient(
        network.key, network.version, image.tobytes(), label, layer, weight, network, image
    )


@st.cache_data(max_entries=64, show_spinner=False)
def shapes(key: str) -> "tuple[list[Shape], str]":
    """Return the shapes inside an architecture of the catalogue, and its trunk's in one line."""
    from cnnviz.models.structure.shapes import one_line, outline, shapes

    row = architecture(key)
    return shapes(row), one_line(outline(row))


@st.cache_resource(max_entries=64, show_spinner="Tracing the network, once…")
def structure(key: str, *, published: bool) -> "Structure":
    """Return what a forward pass of an architecture tells; the same object to everyone."""
    from cnnviz.models.structure.summary import structure

    return structure(architecture(key), published=published)


@st.cache_resource(max_entries=64, show_spinner=False)
def trace(key: str) -> "Trace":
    """Return the forward pass of an architecture at the scale of MNIST, the same to everyone."""
    from cnnviz.models.structure.trace import trace_row

    return trace_row(architecture(key), published=False)


@st.cache_resource(max_entries=64, show_spinner=False)
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
    model(network)
    found = digits()
    return _effective_field(
        network.key, network.version, found.source, layer, count, channel, network, found
    )


def spread(
    network: networks.TrainedNetwork, image: mnist.Pixels, pixel: tuple[int, int], change: float
) -> "dict[str, NDArray[np.float64]]":
    """Return how much a changed pixel moves each unit of each layer."""
    model(network)
    return _spread(network.key, network.version, image.tobytes(), pixel, change, network, image)


@st.cache_resource(max_entries=48, show_spinner="Following what units see, once…")
def _fields(key: str, sources: tuple[str, ...] | None, *, published: bool) -> "dict[str, Field]":
    from cnnviz.inspection.receptive_field.fields import parts, receptive_fields

    row = architecture(key)
    last = row.channels_last
    if published and row.published is not None:
        size = row.published.input_size
        model = row.published.build()
    else:
        size = (1, row.input_size, row.input_size)
        model = row.build()
    every = ("", *parts(model)) if sources is None else sources
    return receptive_fields(model, size, sources=every, channels_last=last)


@st.cache_data(max_entries=256, show_spinner=False)
def _effective_field(
    key: str,
    version: str,
    source: str,
    layer: str,
    count: int,
    channel: int | None,
    _network: networks.TrainedNetwork,
    _digits: mnist.Digits,
) -> "EffectiveField":
    del key, version  # parts of the cache's key
    from cnnviz.inspection.receptive_field.effective import effective_field

    loaded, last = model(_network), _network.architecture.channels_last
    chosen = [walk(_digits, position) for position in range(count)]
    x = loaded.input(_digits.test_images[chosen])
    kind = f"test digits ({source})"
    return effective_field(loaded.model, x, layer, channel=channel, channels_last=last, kind=kind)


@st.cache_data(max_entries=16, show_spinner=False)
def _spread(
    key: str,
    version: str,
    pixels: bytes,
    pixel: tuple[int, int],
    change: float,
    _network: networks.TrainedNetwork,
    _image: mnist.Pixels,
) -> "dict[str, NDArray[np.float64]]":
    del key, version, pixels  # parts of the cache's key
    from cnnviz.inspection.receptive_field.effective import difference

    return difference(model(_network), _image[None], pixel, change)


@st.cache_data(max_entries=8, show_spinner=False)
def _activations(
    key: str,
    version: str,
    pixels: bytes,
    names: tuple[str, ...] | None,
    target: int | None,
    _network: networks.TrainedNetwork,
    _image: mnist.Pixels,
) -> "list[Activation]":
    del key, version, pixels  # parts of the cache's key
    from cnnviz.inspection.activations.layer_activations import activations

    return activations(model(_network), _image[None], names=names, target=target)


@st.cache_data(max_entries=64, show_spinner=False)
def _forward_pass(
    key: str, version: str, pixels: bytes, _network: networks.TrainedNetwork, _image: mnist.Pixels
) -> "ForwardPass":
    del key, version, pixels  # parts of the cache's key
    from cnnviz.inspection.activations.forward_pass import forward_pass

    return forward_pass(model(_network), _image[None])


@st.cache_resource(max_entries=128, show_spinner=False)
def _maps(
    key: str,
    version: str,
    pixels: bytes,
    name: str,
    _network: networks.TrainedNetwork,
    _image: mnist.Pixels,
    _layer: "MapLayer",
) -> "NDArray[np.float32]":
    del key, version, pixels, name  # parts of the cache's key
    from cnnviz.inspection.activations.map_layers import maps_for

    return maps_for(model(_network), _layer, _image[None])


@st.cache_data(max_entries=32, show_spinner=False)
def _attention(
    key: str, version: str, pixels: bytes, _network: networks.TrainedNetwork, _image: mnist.Pixels
) -> "tuple[AttentionMap, ...]":
    del key, version, pixels  # parts of the cache's key
    from cnnviz.inspection.activations.attention import attention, rollout

    maps = attention(model(_network), _image[None])
    try:
        return (*maps, rollout(maps))
    except ValueError:  # tokens change on the way, or there is no attention at all
        return maps


@st.cache_data(max_entries=32, show_spinner=False)
def _places(key: str, version: str, _network: networks.TrainedNetwork) -> "tuple[Place, ...]":
    del key, version  # parts of the cache's key
    from cnnviz.inspection.attribution.grad_cam_layers import places

    return places(model(_network))


@st.cache_resource(max_entries=64, show_spinner=False)
def _explanation(
    parts: tuple[object, ...],
    _network: networks.TrainedNetwork,
    _image: mnist.Pixels,
    _target: "Target",
) -> "Explanation":
    from cnnviz.inspection.attribution.methods import explain

    return explain(model(_network), _image[None], _target, layer=str(parts[-1]))


@st.cache_resource(max_entries=128, show_spinner=False)
def _explained_by(
    parts: tuple[object, ...], _network: networks.TrainedNetwork, _image: mnist.Pixels
) -> "NDArray[np.float32]":
    from cnnviz.inspection.attribution.methods import Target, ask, explain_by

    *_, digit, layer, method = parts
    question = ask(model(_network), Target(int(str(digit))), str(layer))
    return explain_by(question, _image[None], str(method))


@st.cache_data(max_entries=64, show_spinner=False)
def _survey(
    key: str, version: str, source: str, _network: networks.TrainedNetwork, _digits: mnist.Digits
) -> "dict[str, Survey]":
    del key, version, source  # parts of the cache's key
    from cnnviz.inspection.activations.channel_statistics import survey

    chosen = [walk(_digits, position) for position in range(SURVEYED)]
    return survey(model(_network), _digits.test_images[chosen], _digits.test_labels[chosen])


@st.cache_resource(max_entries=2, show_spinner=False)
def _held_out_canvases(source: str, _digits: mnist.Digits) -> canvases.Canvases:
    del source  # part of the cache's key
    return canvases.held_out_canvases(_digits)


@st.cache_data(max_entries=64, show_spinner=False)
def _looks(
    key: str,
    version: str,
    source: str,
    index: int,
    _network: networks.TrainedNetwork,
    _digits: mnist.Digits,
) -> "tuple[Look, ...]":
    del key, version, source  # parts of the cache's key
    from cnnviz.inspection.activations.object_queries import looks

    return looks(model(_network), held_out_canvases(_digits).images[index])


@st.cache_resource(max_entries=64, show_spinner=False)
def _layer_run(
    key: str,
    version: str,
    pixels: bytes,
    layer: str,
    _network: networks.TrainedNetwork,
    _image: mnist.Pixels,
) -> "LayerRun":
    del key, version, pixels  # parts of the cache's key
    from cnnviz.inspection.unit_arithmetic import layer_run

    return layer_run(model(_network), _image[None], layer)


@st.cache_resource(max_entries=64, show_spinner=False)
def _gradient(
    key: str,
    version: str,
    pixels: bytes,
    label: int,
    layer: str,
    weight: tuple[int, ...],
    _network: networks.TrainedNetwork,
    _image: mnist.Pixels,
) -> "WeightGradient":
    del key, version, pixels  # parts of the cache's key
    from cnnviz.inspection.unit_arithmetic import gradient

    return gradient(model(_network), _image[None], label, layer, weight)
