"""What the page about channels computes, kept for whoever asks next."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from cnnviz.data import mnist
from cnnviz.models.catalogue import architecture
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.pickers.channel import layers
from cnnviz.ui.shell import cache

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.inspection.activations.map_layers import MapLayer
    from cnnviz.inspection.activations.partial_forward import Prefix
    from cnnviz.inspection.activations.top_activating import Exciting
    from cnnviz.inspection.interventions.edits import Edit
    from cnnviz.inspection.interventions.effects import Baseline, Effect

TESTED = 1000  # test digits; all 10,000 would take ten times as long, after each edit
SHOWN = 8  # digits that excite a channel most


def tested(digits: mnist.Digits) -> "NDArray[np.int64]":
    """Return which test digits the page looks at, classes mixed."""
    count = min(TESTED, len(digits.test_labels))
    return np.array([cache.walk(digits, position) for position in range(count)])


def kernels(network: TrainedNetwork, layer: "MapLayer", channel: int) -> "NDArray[np.float32]":
    """Return a channel's kernels, float32, (sources, rows, columns)."""
    weight = cache.model(network).model.get_parameter(f"{layer.name}.weight")
    return np.asarray(weight[channel].detach().numpy())


def effects(
    network: TrainedNetwork, digits: mnist.Digits, edits: "tuple[Edit, ...]", image: mnist.Pixels
) -> "Iterator[Effect]":
    """Yield what edits do, over more and more of the tested digits."""
    from cnnviz.inspection.activations.partial_forward import earliest
    from cnnviz.inspection.interventions.effects import effects

    loaded = cache.model(network)
    first = earliest(loaded, [edit.layer for edit in edits])
    before = _prefix(network.key, network.version, digits.source, first, network, digits)
    known = _baseline(network.key, network.version, digits.source, network, digits)
    yield from effects(loaded, edits, image, known, layers=layers(network), before=before)


def exciting(network: TrainedNetwork, digits: mnist.Digits, layer: "MapLayer") -> "Exciting":
    """Return the tested digits that excite each channel of a layer most."""
    return _exciting(network.key, network.version, digits.source, layer, network, digits)


def channel_map(
    network: TrainedNetwork, layer: "MapLayer", channel: int, image: mnist.Pixels
) -> "NDArray[np.float32]":
    """Return what a channel, as learned, makes of an image (28, 28): float32, (rows, columns)."""
    found: NDArray[np.float32] = cache.maps(network, image, layer)[channel]
    return found


def real(network: TrainedNetwork, digits: mnist.Digits, layer: "MapLayer") -> "NDArray[np.float32]":
    """Return the largest mean of each channel over the tested digits, (C,)."""
    return exciting(network, digits, layer).means


def logits(network: TrainedNetwork, digits: mnist.Digits) -> "NDArray[np.float32]":
    """Return what the network says of the tested digits before the softmax, (N, 10)."""
    return _logits(network.key, network.version, digits.source, network, digits)


def boxes(network: TrainedNetwork, layer: "MapLayer") -> "NDArray[np.int32]":
    """Return what each unit of a layer sees: first row and column, last row and column."""
    return _boxes(network.architecture_key, layer)


@st.cache_resource(max_entries=8, show_spinner=False)
def _baseline(
    key: str, version: str, source: str, _network: TrainedNetwork, _digits: mnist.Digits
) -> "Baseline":
    del key, version, source  # parts of the cache's key
    from cnnviz.inspection.interventions.effects import baseline

    chosen = tested(_digits)
    return baseline(
        cache.model(_network),
        _digits.test_images[chosen],
        _digits.test_labels[chosen],
    )


@st.cache_resource(max_entries=4, show_spinner="Running the layers before this one, once…")
def _prefix(
    key: str, version: str, source: str, layer: str, _network: TrainedNetwork, _digits: mnist.Digits
) -> "Prefix":
    del key, version, source  # parts of the cache's key
    from cnnviz.inspection.activations.partial_forward import prefix

    pixels = _digits.test_images[tested(_digits)]
    return prefix(cache.model(_network), pixels, layer=layer)


@st.cache_resource(max_entries=32, show_spinner="Looking at many digits, once…")
def _exciting(
    key: str,
    version: str,
    source: str,
    layer: "MapLayer",
    _network: TrainedNetwork,
    _digits: mnist.Digits,
) -> "Exciting":
    del key, version, source  # parts of the cache's key
    from cnnviz.inspection.activations.top_activating import exciting

    pixels = _digits.test_images[tested(_digits)]
    return exciting(cache.model(_network), layer, pixels, k=min(SHOWN, len(pixels)))


@st.cache_resource(max_entries=8, show_spinner=False)
def _logits(
    key: str, version: str, source: str, _network: TrainedNetwork, _digits: mnist.Digits
) -> "NDArray[np.float32]":
    del key, version, source  # parts of the cache's key
    from cnnviz.inspection.activations.partial_forward import prefix, resume

    loaded = cache.model(_network)
    pixels = _digits.test_images[tested(_digits)]
    parts = resume(loaded, prefix(loaded, pixels, layer=""))
    return np.concatenate([part.numpy() for part in parts])


@st.cache_resource(max_entries=64, show_spinner=False)
def _boxes(key: str, layer: "MapLayer") -> "NDArray[np.int32]":
    from cnnviz.inspection.receptive_field.fields import receptive_fields

    row = architecture(key)
    found = receptive_fields(
        row.build(),
        (1, row.input_size, row.input_size),
        layers=[layer.name],
        channels_last=layer.dimension == 3,
    )
    return found[layer.name].boxes[""]
