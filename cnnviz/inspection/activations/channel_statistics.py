"""Statistics of a layer's channels over many digits: dead channels, class selectivity."""

from dataclasses import dataclass

import torch
from torch import Tensor

from cnnviz.data.mnist import CLASSES, Labels, Pixels
from cnnviz.models.hooks import recording
from cnnviz.models.inference import evaluating
from cnnviz.models.loaded_network import LoadedNetwork

_BATCH = 100


@dataclass(frozen=True)
class ChannelStatistics:
    """Statistics of one layer's channels over many digits.

    Attributes:
        channels: number of channels.
        dead: indices of channels that are constant over all positions and digits; after a ReLU
            the constant is zero.
        class_share: share of the variance of a channel's maximum that the digit's class explains
            (eta squared), 0 to 1, mean over channels.
        digits: number of digits.
    """

    channels: int
    dead: frozenset[int]
    class_share: float
    digits: int


def channel_statistics(
    network: LoadedNetwork, pixels: Pixels, labels: Labels
) -> dict[str, ChannelStatistics]:
    """Return statistics of the early, middle and late layer over many digits, by role.

    Args:
        network: any network.
        pixels: uint8, (N, 1, 28, 28).
        labels: (N,), the digits' classes.
    """
    names = network.architecture.layers_by_role
    model = network.copy().model
    minima: dict[str, list[Tensor]] = {role: [] for role in names}  # (n, C) each
    maxima: dict[str, list[Tensor]] = {role: [] for role in names}  # (n, C) each
    with evaluating(model), recording(model, names.values()) as outputs:
        for batch in torch.split(torch.from_numpy(pixels), _BATCH):
            model(network.input(batch))
            for role, name in names.items():
                maps = network.maps(name, outputs[name])  # (n, C, H, W)
                minima[role].append(maps.amin(dim=(2, 3)))
                maxima[role].append(maps.amax(dim=(2, 3)))
    classes = torch.from_numpy(labels)  # (N,)
    return {
        role: _statistics(torch.cat(minima[role]), torch.cat(maxima[role]), classes)
        for role in names
    }


def class_share(values: Tensor, classes: Tensor) -> Tensor:
    """Return the share of each column's variance that the classes explain (eta squared), (C,).

    0 for a constant column.

    Args:
        values: (N, C).
        classes: int64, (N,), 0 to 9.
    """
    member = torch.nn.functional.one_hot(classes, CLASSES).to(values.dtype)  # (N, 10)
    count = member.sum(dim=0)[:, None]  # (10, 1)
    means = member.T @ values / count.clamp(min=1)  # (10, C)
    between = (count * (means - values.mean(dim=0)) ** 2).sum(dim=0)  # (C,)
    total = ((values - values.mean(dim=0)) ** 2).sum(dim=0)  # (C,)
    return torch.where(total > 0, between / total, torch.zeros_like(total))  # (C,)


def _statistics(minima: Tensor, maxima: Tensor, classes: Tensor) -> ChannelStatistics:
    constant = minima.amin(dim=0) == maxima.amax(dim=0)  # (C,)
    return ChannelStatistics(
        channels=maxima.shape[1],
        dead=frozenset(constant.nonzero().flatten().tolist()),
        class_share=float(class_share(maxima, classes).mean()),
        digits=len(maxima),
    )
