"""Receptive fields by experiment: rows and columns of the input are made NaN, one at a time."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from cnnviz.models.feature_maps import layout_of

Boxes = NDArray[np.int32]


@contextmanager
def plain_kernels() -> Iterator[None]:
    """Compute each output from its own inputs: no Winograd, no fused attention."""
    onednn, attention = torch.backends.mkldnn, torch.backends.mha
    before = onednn.enabled, attention.get_fastpath_enabled()
    onednn.enabled = False
    attention.set_fastpath_enabled(False)
    try:
        with (
            torch.backends.nnpack.flags(enabled=False),
            sdpa_kernel(SDPBackend.MATH),
            torch.inference_mode(),
        ):
            yield
    finally:
        onednn.enabled = before[0]
        attention.set_fastpath_enabled(before[1])


def lines(count: int, shape: Sequence[int], dim: int) -> Tensor:
    """Return masks of a map, one for each of its rows or columns: (count, *shape)."""
    mask = torch.zeros(count, *shape, dtype=torch.bool)
    for i in range(count):
        mask[i].select(dim, i).fill_(True)
    return mask


def outputs(model: nn.Module, x: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """Return the layers' outputs, their last run."""
    found: dict[str, Tensor] = {}

    def keep(name: str) -> None:
        def hook(module: nn.Module, inputs: object, output: Tensor) -> None:
            del module, inputs
            found[name] = output.clone()

        handles.append(model.get_submodule(name).register_forward_hook(hook))

    handles: list[torch.utils.hooks.RemovableHandle] = []
    for name in names:
        keep(name)
    model(x)
    for handle in handles:
        handle.remove()
    return found


def spans(hit: NDArray[np.bool_]) -> tuple[Boxes, Boxes]:
    """Return the first and the last line that each unit knows of: (lines, h, w) to (h, w)."""
    some = hit.any(axis=0)
    first = np.where(some, hit.argmax(axis=0), 0)
    last = np.where(some, len(hit) - 1 - hit[::-1].argmax(axis=0), -1)
    return first, last


def boxes(hit: NDArray[np.bool_], rows: int) -> Boxes:
    """Return the boxes of what rows, then columns, leave behind: (rows + columns, h, w)."""
    top, bottom = spans(hit[:rows])
    left, right = spans(hit[rows:])
    return np.stack([top, left, bottom, right], axis=-1).astype(np.int32)


def hits(
    model: nn.Module, outs: dict[str, Tensor], count: int, *, nhwc: bool
) -> dict[str, NDArray[np.bool_]]:
    """Return which units became NaN in any channel, (count, h, w) each."""
    found = {}
    for name, output in outs.items():
        assert len(output) == count
        layout = layout_of(model.get_submodule(name), (1, *output.shape[1:]), nhwc=nhwc)
        assert layout is not None
        bad = output.isnan()
        found[name] = layout.maps(bad).any(dim=1).numpy()
    return found


def probe(
    model: nn.Module, size: tuple[int, int, int], names: Sequence[str], *, nhwc: bool
) -> dict[str, Boxes]:
    """Return the boxes found by making rows and columns of the input NaN, one at a time."""
    _, height, width = size
    mask = torch.cat([lines(height, size, 1), lines(width, size, 2)])
    x = torch.randn(size).expand(len(mask), -1, -1, -1).masked_fill(mask, math.nan)
    with plain_kernels():
        outs = outputs(model, x, names)
    found = hits(model, outs, len(mask), nhwc=nhwc)
    return {name: boxes(hit, height) for name, hit in found.items()}


def probe_from(
    model: nn.Module, size: tuple[int, int, int], source: str, names: Sequence[str], *, last: bool
) -> dict[str, Boxes]:
    """Return the boxes on a layer's map found by making its rows and columns NaN."""
    module = model.get_submodule(source)
    clean = torch.randn(1, *size)
    with plain_kernels():
        output = outputs(model, clean, [source])[source]
    layout = layout_of(module, tuple(output.shape), nhwc=last)
    assert layout is not None
    height, width = layout.grid
    mask = torch.zeros(height + width, *output.shape[1:], dtype=torch.bool)
    for i in range(height + width):
        (at,) = layout.maps(mask[i : i + 1])  # a view
        at.select(1 if i < height else 2, i if i < height else i - height).fill_(True)

    def spoil(module: nn.Module, inputs: object, output: Tensor) -> Tensor:
        del module, inputs
        return output.masked_fill(mask, math.nan)

    handle = module.register_forward_hook(spoil)
    with plain_kernels():
        outs = outputs(model, clean.expand(len(mask), -1, -1, -1), names)
    handle.remove()
    found = hits(model, outs, len(mask), nhwc=last)
    return {name: boxes(hit, height) for name, hit in found.items()}
