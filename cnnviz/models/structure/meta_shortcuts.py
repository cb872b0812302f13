"""Outputs of frequent operators on the meta device, faster than PyTorch computes them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from cnnviz.models.structure.meta_dispatch import operator_name


def shortcut_output(operator: Any, arguments: Mapping[str, Any]) -> Any | None:
    """Return what an operator returns on the meta device; None if PyTorch has to compute it.

    Args:
        operator: an overload, such as `torch.ops.aten.add.Tensor`.
        arguments: by their names in its schema; the tensors among them are on the meta device.
    """
    name, in_place = operator_name(operator)
    shortcut = SHORTCUTS.get(name)
    return shortcut(arguments, in_place=in_place) if shortcut else None


def _elementwise(arguments: Mapping[str, Any], *, in_place: bool) -> Tensor | None:
    """Return an elementwise operator's output; None if shape or dtype may change."""
    x: Tensor = arguments["self"]
    other = arguments.get("other")
    if not x.is_floating_point():
        return None  # integers may become floating-point numbers
    if isinstance(other, Tensor) and (other.shape != x.shape or other.dtype != x.dtype):
        return None
    if in_place:
        return x  # the very tensor: later operations find its source by its id
    return _empty(x, x.shape)


def _batch_norm(arguments: Mapping[str, Any], *, in_place: bool) -> tuple[Tensor, Tensor, Tensor]:
    del in_place
    x = arguments["input"]
    unused = _empty(x, (0,))  # statistics
    return _empty(x, x.shape), unused, unused


def _convolution(arguments: Mapping[str, Any], *, in_place: bool) -> Tensor | None:
    del in_place
    x, weight = arguments["input"], arguments["weight"]
    count = weight.dim() - 2  # spatial dimensions: weight is (F, C / groups, *kernel)
    window = [arguments[name] for name in ("stride", "padding", "dilation")]
    if arguments["transposed"] or x.dim() != count + 2 or any(len(w) != count for w in window):
        return None
    sizes = zip(x.shape[2:], weight.shape[2:], *window, strict=True)
    out = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in sizes]  # (h, w)
    return _empty(x, (x.shape[0], weight.shape[0], *out))  # (N, F, h, w)


def _empty(like: Tensor, shape: Sequence[int]) -> Tensor:
    return torch.empty(tuple(shape), dtype=like.dtype, device="meta")


# PyTorch runs these in Python on the meta device, which takes most of the time of a pass
SHORTCUTS: Mapping[str, Callable[..., Any]] = {
    **dict.fromkeys(
        ("add", "mul", "sub", "relu", "hardtanh", "hardswish", "hardsigmoid"), _elementwise
    ),
    **dict.fromkeys(("gelu", "sigmoid", "silu"), _elementwise),
    **dict.fromkeys(
        ("cudnn_batch_norm", "native_batch_norm", "_native_batch_norm_legit_no_training"),
        _batch_norm,
    ),
    "convolution": _convolution,
}
