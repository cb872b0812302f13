"""Compound scaling: an EfficientNet of any width, depth and resolution, counted."""

import copy
import functools
from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import EfficientNet, efficientnet, get_model_weights

ALPHA, BETA, GAMMA = 1.2, 1.1, 1.15  # depth, width and resolution of one step, the paper's
BASE_SIZE = 224


@dataclass(frozen=True)
class EfficientNetSize:
    """A network of the family.

    Attributes:
        name: "EfficientNet-B0" to "B7", or what was asked for.
        parameters: how many.
        gmacs: billions of multiply-adds for one picture.
        top1: published ImageNet accuracy, 0 to 1; None for one that nobody has trained.
    """

    name: str
    parameters: int
    gmacs: float
    top1: float | None


@functools.lru_cache(maxsize=64)
def scaled_efficientnet(width: float, depth: float, size: int) -> EfficientNetSize:
    """Count an EfficientNet-B0 of that width, depth and picture size, on the meta device.

    Args:
        width: factor of the channels.
        depth: factor of the layers.
        size: side of the picture in pixels.

    Reference:
        Tan & Le 2019, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
        https://arxiv.org/abs/1905.11946
    """
    setting, last = efficientnet._efficientnet_conf(
        "efficientnet_b0", width_mult=width, depth_mult=depth
    )
    with torch.device("meta"):
        network = EfficientNet(copy.deepcopy(setting), dropout=0.2, last_channel=last)
        network.eval().requires_grad_(False)
        with FlopCounterMode(display=False) as counter:
            network(torch.empty(1, 3, size, size))
    parameters = sum(p.numel() for p in network.parameters())
    name = f"width {width:.2f}, depth {depth:.2f}, {size} pixels"
    return EfficientNetSize(name, parameters, counter.get_total_flops() / 2e9, None)


def published_efficientnets() -> list[EfficientNetSize]:
    """Return B0 to B7 as torchvision publishes them; reads metadata only, downloads nothing."""
    found = []
    for number in range(8):
        meta = get_model_weights(f"efficientnet_b{number}")["IMAGENET1K_V1"].meta
        found.append(
            EfficientNetSize(
                f"EfficientNet-B{number}",
                meta["num_params"],
                meta["_ops"],
                meta["_metrics"]["ImageNet-1K"]["acc@1"] / 100,
            )
        )
    return found


def compound_factors(phi: float) -> tuple[float, float, int]:
    """Return width, depth and picture size of the compound coefficient phi."""
    return BETA**phi, ALPHA**phi, round(BASE_SIZE * GAMMA**phi)


def predicted_growth(width: float, depth: float, size: int) -> float:
    """Return the multiply-adds against B0 that the paper predicts: depth, width² and size²."""
    return depth * width**2 * (size / BASE_SIZE) ** 2
