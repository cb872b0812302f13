"""The test digits that edits and channels are tested on, and the network's outputs for them."""

from typing import TYPE_CHECKING

from cnnviz.data import mnist
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.shell.caching import cached

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.inspection.activations.map_layers import MapLayer
    from cnnviz.inspection.activations.partial_forward import Prefix
    from cnnviz.inspection.activations.top_activating import TopActivating
    from cnnviz.inspection.interventions.effects import Baseline

TESTED = 1000  # test digits; all 10,000 would take ten times as long, after each edit
SHOWN = 8  # digits that activate a channel most


def tested(digits: mnist.Digits) -> "NDArray[np.int64]":
    """Return the indices of the tested digits, of all classes."""
    return mnist.mixed_indices(digits, min(TESTED, len(digits.test_labels)))


@cached
def unedited_baseline(network: TrainedNetwork, digits: mnist.Digits) -> "Baseline":
    """Return the predictions of the unedited network for the tested digits."""
    from cnnviz.inspection.interventions.effects import baseline

    indices = tested(digits)
    images, labels = digits.test_images[indices], digits.test_labels[indices]
    return baseline(loading.model(network), images, labels)


@cached(spinner="Running the layers before this one (once)…")
def tested_prefix(network: TrainedNetwork, digits: mnist.Digits, layer: str) -> "Prefix":
    """Return the forward pass of the tested digits up to a layer."""
    from cnnviz.inspection.activations.partial_forward import prefix

    return prefix(loading.model(network), digits.test_images[tested(digits)], layer=layer)


@cached(spinner="Running many test digits (once)…")
def top_activating(
    network: TrainedNetwork, digits: mnist.Digits, layer: "MapLayer"
) -> "TopActivating":
    """Return the tested digits that activate each channel of a layer most."""
    from cnnviz.inspection.activations.top_activating import top_activating

    pixels = digits.test_images[tested(digits)]
    return top_activating(loading.model(network), layer, pixels, k=min(SHOWN, len(pixels)))


def is_dead(network: TrainedNetwork, digits: mnist.Digits, layer: "MapLayer", channel: int) -> bool:
    """Tell whether a channel has the same value everywhere for all tested digits."""
    return bool(top_activating(network, digits, layer).constant[channel])


@cached
def tested_logits(network: TrainedNetwork, digits: mnist.Digits) -> "NDArray[np.float32]":
    """Return the network's logits for the tested digits, (N, 10)."""
    from cnnviz.inspection.activations.partial_forward import all_logits

    return all_logits(loading.model(network), digits.test_images[tested(digits)]).numpy()


@cached
def changed_digit(
    network: TrainedNetwork, digits: mnist.Digits, layer: "MapLayer", channel: int
) -> tuple[int, float]:
    """Return the tested digit whose prediction muting a channel changes most.

    Returns:
        Its index in the test set, and the share of the probability that moves, 0 to 1.
    """
    from cnnviz.inspection.interventions.channel_importance import most_changed_image

    most, share = most_changed_image(
        loading.model(network),
        layer,
        channel,
        before=tested_prefix(network, digits, layer.name),
        logits=tested_logits(network, digits),
    )
    return int(tested(digits)[most]), share
