"""Receptive fields by experiment: rows and columns are changed, one at a time, in 64 bits.

Unlike NaN, a change does not pass an attention mask: a weight of exp(-100) leaves each bit of an
output as it is.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnviz.models.feature_maps import layout_of
from tests.inspection.receptive_field.nan_probe import Boxes, boxes, outputs, plain_kernels

ROUNDING = 1e-12  # of the largest output: sums in another order
SAMPLES = 3  # random networks and inputs; each may leave a way unused


def perturbed(
    build: Callable[[], nn.Module],
    size: tuple[int, int, int],
    names: Sequence[str],
    *,
    nhwc: bool,
    source: str = "",
) -> dict[str, Boxes]:
    """Return the boxes on the input, or on a layer's map, over several random networks."""
    union: dict[str, NDArray[np.bool_]] = {}
    rows = 0
    for seed in range(SAMPLES):
        torch.manual_seed(seed)
        model = build().double().eval()
        x = torch.randn(1, *size, dtype=torch.float64)
        clean = outputs(model, x, [source])[source] if source else x
        module = model.get_submodule(source)
        layout = layout_of(module, tuple(clean.shape), nhwc=nhwc and bool(source))
        assert layout is not None
        rows, columns = layout.grid
        changes = torch.randn(1 + rows + columns, *clean.shape[1:], dtype=torch.float64)
        kept = torch.ones_like(changes)
        for i in range(rows + columns):  # the first copy stays as it is
            (at,) = layout.maps(kept[i + 1 : i + 2])  # a view
            at.select(1 if i < rows else 2, i if i < rows else i - rows).zero_()
        batch = torch.where(kept == 1, clean, changes)
        for name, hit in _hits(model, x, batch, names, nhwc=nhwc, source=source).items():
            union[name] = union.get(name, np.zeros_like(hit)) | hit
    return {name: boxes(hit, rows) for name, hit in union.items()}


def _hits(
    model: nn.Module, x: Tensor, batch: Tensor, names: Sequence[str], *, nhwc: bool, source: str
) -> dict[str, NDArray[np.bool_]]:
    """Return which units differ from those of the first copy, (rows + columns, h, w) each."""
    with plain_kernels():
        if source:
            hook = model.get_submodule(source).register_forward_hook(lambda *_: batch)
            outs = outputs(model, x.expand(len(batch), -1, -1, -1), names)
            hook.remove()
        else:
            outs = outputs(model, batch, names)
    hits = {}
    for name, output in outs.items():
        layout = layout_of(model.get_submodule(name), (1, *output.shape[1:]), nhwc=nhwc)
        assert layout is not None
        differs = (output[1:] - output[:1]).abs() > ROUNDING * output.abs().max()
        hits[name] = layout.maps(differs).any(dim=1).numpy()
    return hits
