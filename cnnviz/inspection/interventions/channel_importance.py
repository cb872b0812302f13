"""How much each channel of a layer counts for one prediction: the effect of muting it alone."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cnnviz.data.mnist import Pixels
from cnnviz.inspection.activations.map_layers import MapLayer, feature_maps
from cnnviz.inspection.activations.partial_forward import Prefix, resumed_logits
from cnnviz.inspection.interventions.edits import Scale, apply_edits
from cnnviz.inspection.interventions.effects import VISIBLE, moved_share
from cnnviz.models.hooks import change_output
from cnnviz.models.inference import evaluating
from cnnviz.models.loaded_network import LoadedNetwork

_BATCH = 64  # channels at a time


@dataclass(frozen=True, eq=False)
class ChannelImportance:
    """The prediction for one image with each channel of a layer muted alone.

    Attributes:
        layer: dotted name.
        unchanged: float32, (K,), the probabilities with no channel muted.
        muted: float32, (C, K), the probabilities with channel c muted.
        responds: bool, (C,), whether the positive part of the map has a larger mean for the image
            than for an empty one.
    """

    layer: str
    unchanged: NDArray[np.float32]
    muted: NDArray[np.float32]
    responds: NDArray[np.bool_]

    @property
    def changes(self) -> NDArray[np.float32]:
        """Share of the probability that muting a channel moves to other classes, (C,), 0 to 1."""
        return moved_share(self.unchanged, self.muted)

    @property
    def visible(self) -> NDArray[np.bool_]:
        """Whether muting a channel changes the bars of the probabilities visibly, (C,)."""
        return self.changes >= VISIBLE

    @property
    def predicted(self) -> int:
        """Class predicted with no channel muted."""
        return int(self.unchanged.argmax())

    @property
    def certainty(self) -> float:
        """Probability of the predicted class with no channel muted."""
        return float(self.unchanged[self.predicted])

    @property
    def largest_change(self) -> int:
        """Index of the channel whose muting moves the largest share."""
        return int(self.changes.argmax())

    @property
    def most_important(self) -> int:
        """Index of the channel to mute first.

        It moves the largest share. One that responds to the image is preferred, unless only muting
        another one is visible: a channel that the background activates says little about the image.
        """
        responding = np.where(self.responds, self.changes, -1)
        unseen = self.visible.any() and not (self.visible & self.responds).any()
        if unseen or not self.responds.any():
            return self.largest_change
        return int(responding.argmax())


def channel_importance(network: LoadedNetwork, layer: MapLayer, image: Pixels) -> ChannelImportance:
    """Return the prediction for an image with each channel of a layer muted alone.

    Args:
        network: any network.
        layer: one of its `map_layers`.
        image: uint8, (1, 28, 28).
    """
    muted = [
        _probabilities(network, layer, image, chunk)
        for chunk in torch.arange(layer.channels).split(_BATCH)
    ]
    unchanged = _probabilities(network, layer, image, torch.tensor([-1]))[0]  # (K,)
    positive, background = (
        feature_maps(network, layer, pixels).clip(min=0).mean(axis=(1, 2))
        for pixels in (image, np.zeros_like(image))
    )  # (C,) each
    return ChannelImportance(
        layer.name, unchanged, np.concatenate(muted), responds=positive > background
    )


def changes_by_image(
    network: LoadedNetwork,
    layer: MapLayer,
    channel: int,
    *,
    before: Prefix,
    logits: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return the share of the probability that muting a channel moves, per image, (N,), 0 to 1.

    Args:
        network: any network.
        layer: one of its `map_layers`.
        channel: of the layer.
        before: the forward pass of the images up to the layer.
        logits: of the images with no channel muted, (N, K).
    """
    muted = apply_edits(network, [Scale(layer.name, channel, 0.0)], [layer])
    after = torch.cat(list(resumed_logits(muted, before))).softmax(dim=1)  # (N, K)
    unchanged = torch.from_numpy(logits).softmax(dim=1)  # (N, K)
    return moved_share(unchanged.numpy(), after.numpy())


def most_changed_image(
    network: LoadedNetwork,
    layer: MapLayer,
    channel: int,
    *,
    before: Prefix,
    logits: NDArray[np.float32],
) -> tuple[int, float]:
    """Return the image whose prediction muting a channel changes most, and the share that moves.

    Arguments as in `changes_by_image`.
    """
    changes = changes_by_image(network, layer, channel, before=before, logits=logits)
    return int(changes.argmax()), float(changes.max())


def _probabilities(
    network: LoadedNetwork, layer: MapLayer, image: Pixels, channels: Tensor
) -> NDArray[np.float32]:
    """Return the probabilities with each of n channels muted, (n, K); -1 mutes none."""
    network = network.copy()
    kept = torch.arange(layer.channels) != channels[:, None]  # (n, C)

    def mute(output: Tensor) -> Tensor:
        shape = [len(channels)] + [1] * (output.dim() - 1)
        shape[layer.dimension] = layer.channels
        return output * kept.view(shape)

    change_output(network.model.get_submodule(layer.name), mute)
    x = network.input(image).expand(len(channels), -1, -1, -1)  # (n, 1, S, S)
    with evaluating(network.model):
        return np.asarray(network.model(x).softmax(dim=1).numpy())  # (n, K)
