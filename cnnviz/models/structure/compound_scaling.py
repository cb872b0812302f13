"""Compound scaling: parameters and MACs of EfficientNets of any size."""

import copy
import functools
from dataclasses import dataclass

import torch
from torchvision.models import EfficientNet, efficientnet, get_model_weights

from cnnviz.models.structure.counts import count
from cnnviz.models.structure.trace import trace_network

ALPHA, BETA, GAMMA = 1.2, 1.1, 1.15  # factors of depth, width and resolution, from the paper
BASE_SIZE = 224  # pixels, the input of B0


@dataclass(frozen=True)
class EfficientNetSize:
    """Size and cost of an EfficientNet.

    Attributes:
        name: "EfficientNet-B0" to "EfficientNet-B7", or width, depth and resolution.
        parameters: number of parameters.
        gmacs: billions of MACs for one image.
        top1: published ImageNet accuracy, 0 to 1; None where no network has been trained.
    """

    name: str
    parameters: int
    gmacs: float
    top1: float | None


@functools.lru_cache(maxsize=64)  # 32 kB: 64 of 0.5 kB
def scaled_efficientnet(width: float, depth: float, size: int) -> EfficientNetSize:
    """Return the cost of EfficientNet-B0 scaled in width, depth and resolution.

    Args:
        width: factor of the channels.
        depth: factor of the layers.
        size: side of the image in pixels.

    Reference:
        Tan & Le 2019, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
        https://arxiv.org/abs/1905.11946
    """
    setting, last = efficientnet._efficientnet_conf(
        "efficientnet_b0", width_mult=width, depth_mult=depth
    )
    with torch.device("meta"):
        network = EfficientNet(copy.deepcopy(setting), dropout=0.2, last_channel=last)
    # not by FlopCounterMode: its hooks are global, and disturb models in other threads
    cost = count(trace_network(network, (3, size, size)))
    name = f"width {width:.2f}, depth {depth:.2f}, {size} pixels"
    return EfficientNetSize(name, cost.parameters, cost.macs / 1e9, None)


def published_efficientnets() -> list[EfficientNetSize]:
    """Return B0 to B7 from torchvision's metadata; nothing is downloaded."""
    networks = []
    for number in range(8):
        meta = get_model_weights(f"efficientnet_b{number}")["IMAGENET1K_V1"].meta
        networks.append(
            EfficientNetSize(
                f"EfficientNet-B{number}",
                meta["num_params"],
                meta["_ops"],
                meta["_metrics"]["ImageNet-1K"]["acc@1"] / 100,
            )
        )
    return networks


def compound_factors(phi: float) -> tuple[float, float, int]:
    """Return width factor, depth factor and image size for the compound coefficient phi."""
    return BETA**phi, ALPHA**phi, round(BASE_SIZE * GAMMA**phi)


def predicted_growth(width: float, depth: float, size: int) -> float:
    """Return the MACs against B0 that the paper predicts: depth, width² and size²."""
    return depth * width**2 * (size / BASE_SIZE) ** 2
