"""What a layer's channels do over many digits."""

from dataclasses import dataclass

import torch
from torch import Tensor

from cnnviz.data.mnist import CLASSES, Labels, Pixels
from cnnviz.models.feature_maps import as_maps
from cnnviz.models.hooks import recording
from cnnviz.models.inference import evaluating
from cnnviz.models.loaded_network import LoadedNetwork

_BATCH = 100


@dataclass(frozen=True)
class Survey:
    """What one layer's channels do over many digits.

    Attributes:
        channels: how many there are.
        dead: those that put out one and the same value everywhere, for every digit; where the
            layer is a ReLU that value is zero.
        class_share: how much the digit's class explains of a channel's strongest answer: the
            variance between classes over the whole variance, 0 to 1, mean over the channels.
        digits: how many digits were looked at.
    """

    channels: int
    dead: frozenset[int]
    class_share: float
    digits: int


def survey(network: LoadedNetwork, pixels: Pixels, labels: Labels) -> dict[str, Survey]:
    """Look at the early, middle and late layer over many digits.

    Args:
        network: any network.
        pixels: uint8, (N, 1, 28, 28).
        labels: (N,), the digits' classes.
    """
    names = network.architecture.layers_by_role
    last = network.architecture.channels_last
    model = network.copy().model
    least: dict[str, list[Tensor]] = {role: [] for role in names}  # each (n, C)
    most: dict[str, list[Tensor]] = {role: [] for role in names}
    with evaluating(model), recording(model, names.values()) as outputs:
        for part in torch.split(torch.from_numpy(pixels), _BATCH):
            model(network.input(part))
            for role, name in names.items():
                maps = as_maps(outputs[name], channels_last=last)  # (n, C, H, W)
                least[role].append(maps.amin(dim=(2, 3)))
                most[role].append(maps.amax(dim=(2, 3)))
    classes = torch.from_numpy(labels)
    return {role: _survey(torch.cat(least[role]), torch.cat(most[role]), classes) for role in names}


def class_share(answers: Tensor, classes: Tensor) -> Tensor:
    """Return which share of each column's variance the classes explain (eta squared), (C,).

    A column that never changes counts as 0.

    Args:
        answers: (N, C).
        classes: int64, (N,), 0 to 9.
    """
    member = torch.nn.functional.one_hot(classes, CLASSES).to(answers.dtype)  # (N, 10)
    count = member.sum(dim=0)[:, None]
    means = member.T @ answers / count.clamp(min=1)
    between = (count * (means - answers.mean(dim=0)) ** 2).sum(dim=0)
    whole = ((answers - answers.mean(dim=0)) ** 2).sum(dim=0)
    return torch.where(whole > 0, between / whole, torch.zeros_like(whole))


def _survey(least: Tensor, most: Tensor, classes: Tensor) -> Survey:
    constant = least.amin(dim=0) == most.amax(dim=0)
    return Survey(
        channels=most.shape[1],
        dead=frozenset(constant.nonzero().flatten().tolist()),
        class_share=float(class_share(most, classes).mean()),
        digits=len(most),
    )
