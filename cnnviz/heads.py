"""What becomes of a digit that is moved, or lies on a larger canvas, under different heads."""

import torch
from torch import Tensor, nn

from cnnviz.evaluate import evaluating
from cnnviz.inputs import images, normalize
from cnnviz.recording import twin


def moved(pixels: Tensor, right: int, down: int) -> Tensor:
    """Return images moved by whole pixels; what leaves the frame is lost, black comes in.

    Args:
        pixels: (N, 1, H, W).
        right, down: pixels; negative ones go left and up.
    """
    height, width = pixels.shape[-2:]
    result = torch.zeros_like(pixels)
    if abs(down) < height and abs(right) < width:
        (to_y, from_y), (to_x, from_x) = _overlap(down, height), _overlap(right, width)
        result[..., to_y, to_x] = pixels[..., from_y, from_x]
    return result


def _overlap(by: int, size: int) -> tuple[slice, slice]:
    """Return which part of a row is filled, and from which part it comes."""
    return slice(max(by, 0), size + min(by, 0)), slice(max(-by, 0), size - max(by, 0))


def scores(model: nn.Module, pixels: Tensor, *, canvas: int = 28) -> Tensor:
    """Return the logits (N, 10) for digits in the middle of a black canvas.

    Args:
        model: the network.
        pixels: uint8, (N, 1, 28, 28).
        canvas: side in pixels, 28 or more.

    Raises:
        RuntimeError: PyTorch's own, if a layer of the network cannot take that size.
    """
    with evaluating(model):
        found: Tensor = model(normalize(images(pixels), size=canvas))
    return found


def accuracy(model: nn.Module, pixels: Tensor, labels: Tensor, *, canvas: int = 28) -> float:
    """Return the share of right answers for digits in the middle of a black canvas."""
    answers = scores(model, pixels, canvas=canvas).argmax(dim=1)
    return int((answers == labels).sum()) / len(labels)


def with_average_pooling(model: nn.Module) -> nn.Module:
    """Return a copy whose global max pooling is average pooling, the weights being the same.

    Raises:
        ValueError: if the network has no global max pooling.
    """
    copy = twin(model)
    pools = [n for n, m in copy.named_modules() if isinstance(m, nn.AdaptiveMaxPool2d)]
    if not pools:
        raise ValueError("this network has no global max pooling")
    for name in pools:
        copy.set_submodule(name, nn.AdaptiveAvgPool2d(1))
    return copy
