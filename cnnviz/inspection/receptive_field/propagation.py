"""One forward pass on the meta device that carries intervals beside tensors."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakTensorKeyDictionary

from cnnviz.inspection.receptive_field.intervals import (
    NOTHING,
    Array,
    Intervals,
    Path,
    combined,
    hull,
    nothing,
    places,
    union,
    write,
)
from cnnviz.inspection.receptive_field.operator_rules.elementwise import assume_all, pointwise
from cnnviz.inspection.receptive_field.operator_rules.operation import Operation
from cnnviz.inspection.receptive_field.operator_rules.table import CONSTANTS, output_intervals
from cnnviz.models.feature_maps import Layout, layout_of
from cnnviz.models.hooks import hooked
from cnnviz.models.structure.meta_dispatch import BATCH_NORMS, on_meta, tensors_in

Size = tuple[int, int, int]
Pair = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Seen:
    """What was found of one layer: first and -last, (2, S, h or 1, w or 1)."""

    layer: str
    kind: str
    grid: Pair
    rows: Array
    columns: Array
    intervals: Intervals
    known: frozenset[str]  # sources that had run

    def along(self, axis: int) -> tuple[Array, Array]:
        """Return first and last along one dimension of the input for the units along it."""
        v = (self.rows, self.columns)[axis][:, 0]
        v = v.min(axis=2 - axis)
        v = np.broadcast_to(v, (2, self.grid[axis]))
        return v[0].astype(np.int64), -v[1].astype(np.int64)


class _Enough(BaseException):
    """All that was asked for is found; the rest of the forward pass is not needed."""


class Pass(TorchDispatchMode):
    """One forward pass on the meta device that carries intervals beside tensors."""

    def __init__(
        self,
        model: nn.Module,
        wanted: Sequence[str],
        slots: Mapping[str, int],
        *,
        channels_last: bool,
        gates: bool = False,
        stop: bool = False,
    ) -> None:
        """Take a network on the meta device, to be hooked for the time of `run`.

        Args:
            model: the network; nobody else uses it.
            wanted: names of the layers to look at.
            slots: names of the sources, "" for the input, and their places among them.
            channels_last: whether four-dimensional outputs have their channels at the end.
            gates: whether a gate counts as the whole image.
            stop: whether to leave off once each wanted layer has run.
        """
        super().__init__()  # type: ignore[no-untyped-call]
        self.found: dict[str, Seen] = {}
        self._model = model
        self._wanted = frozenset(wanted)
        self._slots = slots
        self._channels_last = channels_last
        self._gates = gates
        self._stop = stop
        self._stack = [""]
        self._ran: set[str] = {""}
        self._known = WeakTensorKeyDictionary()
        self._warned: set[str] = set()

    def run(self, size: Size) -> None:
        """Send one example through the network."""
        if max(size[1:]) >= NOTHING:
            raise ValueError(f"{size[1]} × {size[2]} pixels are too many: below {NOTHING} a side")
        kinds = (p.dtype for p in self._model.parameters() if p.is_floating_point())
        x = torch.empty(1, *size, device="meta", dtype=next(kinds, torch.float32))
        start = replace(nothing(len(self._slots), 4), path=Path())
        self._known[x] = _sown(start, 0, x.dim(), Layout((2, 3), (size[1], size[2])))
        inside = [name for name, _ in self._model.named_modules() if name]
        hooks = hooked(self._model, inside, before=self._enter, after=self._leave)
        with hooks, torch.no_grad(), self, suppress(_Enough):
            self._model(x)

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Answer one operation, and do to the intervals what it does to tensors."""
        del types
        kwargs = kwargs or {}
        read = list(tensors_in((args, kwargs)))
        known = [(t, found) for t in read if (found := self._known.get(t)) is not None]
        packet = func.overloadpacket.__name__
        given = {a.name: v for a, v in zip(func._schema.arguments, args, strict=False)} | kwargs
        args, kwargs = on_meta(args, kwargs, read)
        name = packet if packet.startswith("__") else packet.rstrip("_")
        quick = _QUICK.get(name) if known else None
        out = quick(given, in_place=packet != name) if quick else None
        if out is None:
            out = func(*args, **kwargs)
        if known and name not in CONSTANTS:
            outputs = list(tensors_in(out))
            if outputs:
                op = Operation(name, given, known, outputs, self._stack[-1], self._gates)
                self._keep(op, func)
        return out

    def _keep(self, op: Operation, func: Any) -> None:
        result = output_intervals(op)
        if result is None and torch.Tag.pointwise in func.tags:
            result = pointwise(op)
        if result is None:
            self._warn(op.name)
            result = assume_all(op)
        each = result if isinstance(result, list) else [result] * len(op.outputs)
        for tensor, found in zip(op.outputs, each, strict=False):
            if found is not None:
                if func._schema.is_mutable and found is not op.intervals_of(tensor):
                    self._write(tensor, found)
                self._known[tensor] = found

    def _write(self, part: Tensor, found: Intervals) -> None:
        """Let what is written into a part of a tensor come into the whole."""
        base = part._base
        if base is None:
            return
        before = self._known.get(base, nothing(len(self._slots), base.dim()))
        region = _region(part, base)
        if region is None:
            self._warn("writing into a part of a tensor")
            hulls = found.apply(lambda v: hull(v, base.dim()))
            self._known[base] = union([before, hulls], base.dim())
            return
        rows, columns = (
            write(v, w, region, tuple(base.shape))
            for v, w in zip(before.both, found.both, strict=True)
        )
        parts = [before, found] if base in self._known else [found]
        self._known[base] = combined(parts, rows, columns)

    def _warn(self, what: str) -> None:
        if what not in self._warned:
            self._warned.add(what)
            warnings.warn(f"no rule for {what}: everything is assumed", stacklevel=2)

    def _enter(self, name: str, *_: object) -> None:
        self._stack.append(name)

    def _leave(self, name: str, module: nn.Module, _inputs: object, output: object) -> None:
        self._stack.pop()
        if name in self._wanted or name in self._slots:
            self._look(name, module, output)

    def _look(self, name: str, module: nn.Module, output: object) -> None:
        """Keep what was found of a layer, and let its map be a source from here on."""
        found = self._known.get(output) if isinstance(output, Tensor) else None
        if found is None or not isinstance(output, Tensor):
            return
        shape = tuple(output.shape)
        layout = layout_of(module, shape, channels_last=self._channels_last)
        if layout is not None and len(layout.dimensions) == 2:
            layout = _borne_out(layout, shape, found)
        if layout is None:
            return
        if name in self._wanted:
            self.found.pop(name, None)  # so that the last run counts, in its place
            self.found[name] = self._seen(name, module, output, found, layout)
        if name in self._slots:
            slot = self._slots[name]
            if name in self._ran:
                self._forget(slot)
                found = self._known[output]
            self._ran.add(name)
            self._known[output] = _sown(found, slot, output.dim(), layout)
        if self._stop and len(self.found) == len(self._wanted):
            raise _Enough

    def _seen(
        self, name: str, module: nn.Module, output: Tensor, found: Intervals, layout: Layout
    ) -> Seen:
        rows, columns = (_on_grid(layout, v, output.dim()) for v in found.both)
        ran = frozenset(self._ran)
        return Seen(name, type(module).__name__, layout.grid, rows, columns, found, ran)

    def _forget(self, slot: int) -> None:
        """Take away what came from an earlier run of a source."""
        for tensor, found in list(self._known.items()):
            self._known[tensor] = found.apply(lambda v: _cleared(v, slot))
        for name, seen in self.found.items():
            rows, columns = _cleared(seen.rows, slot), _cleared(seen.columns, slot)
            self.found[name] = replace(seen, rows=rows, columns=columns)


def _on_grid(layout: Layout, v: Array, dims: int) -> Array:
    """Return the hull over all dimensions but those of the grid, (2, S, h or 1, w or 1)."""
    kept = [2 + d for d in layout.dimensions]
    v = v.reshape(*v.shape[:2], *(1,) * (dims + 2 - v.ndim), *v.shape[2:])
    v = v.min(axis=tuple(a for a in range(2, v.ndim) if a not in kept), keepdims=True)
    if len(kept) == 2:
        order = [0, 1, *kept]
        return v.transpose(*order, *(a for a in range(2, v.ndim) if a not in kept)).reshape(
            *v.shape[:2], *(v.shape[a] for a in kept)
        )
    flat = v.reshape(*v.shape[:2], -1)
    if flat.shape[2] == 1:
        return flat[..., None]
    return flat[..., layout.class_tokens :].reshape(*v.shape[:2], *layout.grid)


def _borne_out(layout: Layout, shape: tuple[int, ...], found: Intervals) -> Layout | None:
    """Return the layout of a four-dimensional output that its intervals bear out.

    Inside a block it may be another than the network's: channels come last within ConvNeXt's, and
    MaxViT's lay windows side by side, which are no map. Where every number sees the same, or
    nothing fits, as after a rotation, the layout stays as it was.
    """
    down, across = (_changing(v[:, 0]) for v in found.both)  # dimensions along which they change
    for rows, columns in (layout.dimensions, (2, 3), (1, 2)):
        (channels,) = {1, 2, 3} - {rows, columns}
        crossed = columns in down or rows in across
        beside = any(
            channels in seen and own not in seen and shape[own] > 1
            for seen, own in ((down, rows), (across, columns))
        )
        if not crossed and not beside:
            return Layout((rows, columns), (shape[rows], shape[columns]))
    return layout if 3 in down | across else None


def _changing(v: Array) -> set[int]:
    """Return the dimensions of a tensor along which intervals (2, *tensor) are not all alike."""
    some = np.where(v == NOTHING, np.iinfo(v.dtype).min, v)
    found = set()
    for dim in range(1, v.ndim - 1):
        least, most = v.min(axis=dim + 1), some.max(axis=dim + 1)
        if v.shape[dim + 1] > 1 and ((least != most) & (least != NOTHING)).any():
            found.add(dim)
    return found


def _sown(found: Intervals, slot: int, dims: int, layout: Layout) -> Intervals:
    """Return intervals in which each unit of a map also holds itself, as one source has it."""
    height, width = layout.grid
    rows, columns = places(height), places(width)
    if len(layout.dimensions) == 2:
        down, across = layout.dimensions
    else:
        rows, columns = np.repeat(rows, width, axis=1), np.tile(columns, height)
        spare = np.full((2, layout.class_tokens), NOTHING, np.int16)
        rows, columns = (np.concatenate([spare, v], axis=1) for v in (rows, columns))
        down = across = 1
    if not layout.dimensions:
        rows, columns = rows[:, :1], columns[:, :1]
    return replace(
        found,
        rows=_put(found.rows, slot, rows, down, dims),
        columns=_put(found.columns, slot, columns, across, dims),
    )


def _put(v: Array, slot: int, line: Array, dim: int, dims: int) -> Array:
    """Return a copy in which one source has its intervals along a dimension, (2, n)."""
    own = line.reshape(2, *(line.shape[1] if d == dim else 1 for d in range(dims)))
    v = v.reshape(*v.shape[:2], *(1,) * (dims + 2 - v.ndim), *v.shape[2:])
    shape = np.broadcast_shapes(v.shape[2:], own.shape[1:])
    v = np.broadcast_to(v, (*v.shape[:2], *shape)).copy()
    v[:, slot] = own
    return v


def _region(part: Tensor, base: Tensor) -> list[slice] | None:
    """Return which slices of a tensor a view of it is; None if it is no such view."""
    if part.dim() != base.dim() or not base.is_contiguous():
        return None
    offset = int(part.storage_offset()) - int(base.storage_offset())
    region = []
    for size, stride, step in zip(part.shape, base.stride(), part.stride(), strict=True):
        first, offset = divmod(offset, max(stride, 1))
        pace = step // stride if size > 1 and stride else 1
        if size > 1 and (pace < 1 or step % stride):
            return None
        region.append(slice(first, first + (size - 1) * pace + 1, pace))
    return region


def _cleared(v: Array, slot: int) -> Array:
    v = v.copy()
    v[:, slot] = NOTHING
    return v


def _same(given: Mapping[str, Any], *, in_place: bool) -> Tensor | None:
    """Return what an operation on numbers of one place puts out; None if shapes differ."""
    x, other = given["self"], given.get("other")
    if isinstance(other, Tensor) and (other.shape != x.shape or other.dtype != x.dtype):
        return None
    if in_place:
        return x if isinstance(x, Tensor) else None
    return _empty(x, x.shape)


def _normalized(given: Mapping[str, Any], *, in_place: bool) -> tuple[Tensor, Tensor, Tensor]:
    del in_place
    x = given["input"]
    spare = _empty(x, (0,))
    return _empty(x, x.shape), spare, spare


def _convolved(given: Mapping[str, Any], *, in_place: bool) -> Tensor | None:
    del in_place
    x, weight = given["input"], given["weight"]
    count = weight.dim() - 2
    how = [given[name] for name in ("stride", "padding", "dilation")]
    if given["transposed"] or x.dim() != count + 2 or any(len(h) != count for h in how):
        return None
    sizes = zip(x.shape[2:], weight.shape[2:], *how, strict=True)
    out = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in sizes]
    return _empty(x, (x.shape[0], weight.shape[0], *out))


def _empty(like: Tensor, shape: Sequence[int]) -> Tensor:
    return torch.empty(tuple(shape), dtype=like.dtype, device="meta")


# PyTorch answers these in Python too, and takes most of the time of a pass for it
_QUICK: Mapping[str, Callable[..., Any]] = {
    **dict.fromkeys(("add", "mul", "sub", "relu", "hardtanh", "hardswish", "hardsigmoid"), _same),
    **dict.fromkeys(("gelu", "sigmoid", "silu"), _same),
    **dict.fromkeys(BATCH_NORMS, _normalized),
    "convolution": _convolved,
}
