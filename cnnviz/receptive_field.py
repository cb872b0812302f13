"""Which pixels a unit can see, exactly, for any layer of any network.

One forward pass on the meta device carries, beside each tensor, the closed intervals of rows and
columns that can reach each of its numbers: of the input, and of the maps of chosen layers, the
*sources*. What the pass does to tensors, `interval_rules` does to intervals. So branches, strides,
dilation, padding, shifted windows and attention come out right without a word about any network.

The reading is *local*: a gate that pools the whole image and scales a map with the result, as
squeeze-excitation does, is named and left out, since all would be the whole image otherwise.
"""

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.weak import WeakTensorKeyDictionary

from cnnviz.interval_rules import CONSTANTS, Operation, assume_all, pointwise, rule
from cnnviz.intervals import NOTHING, Array, Intervals, Path, Window, nothing, places
from cnnviz.recording import layers as innermost
from cnnviz.recording import twin

Size = tuple[int, int, int]
Pair = tuple[int, int]

_CANVASES = (512, 2048, 8192)  # sides in pixels
_BATCH_NORMS = {"cudnn_batch_norm", "native_batch_norm", "_native_batch_norm_legit_no_training"}
_CHANNELS_FIRST = (
    nn.modules.conv._ConvNd,
    nn.modules.batchnorm._BatchNorm,
    nn.modules.pooling._MaxPoolNd,
    nn.modules.pooling._AvgPoolNd,
    nn.modules.pooling._AdaptiveAvgPoolNd,
    nn.modules.pooling._AdaptiveMaxPoolNd,
)
_SPARE_TOKENS = 2  # class and distillation token


class Boxes(Mapping[str, NDArray[np.int32]]):
    """What each unit of a layer sees, by source: (h, w, 4), made when it is asked for.

    A box is first row, first column, last row, last column, all inclusive and inside the source's
    map; an empty one has its last before its first.
    """

    def __init__(self, grid: Pair, rows: Array, columns: Array, slots: Mapping[str, int]) -> None:
        """Keep first and -last, (2, S, h or 1, w or 1), and the sources' places among the S."""
        self.grid = grid
        self._rows, self._columns = rows, columns
        self._slots = dict(slots)

    def __getitem__(self, source: str) -> NDArray[np.int32]:
        """Return the boxes on one source's map."""
        slot = self._slots[source]
        shape = (2, *self.grid)
        rows = np.broadcast_to(self._rows[:, slot], shape).astype(np.int32)
        columns = np.broadcast_to(self._columns[:, slot], shape).astype(np.int32)
        boxes = np.stack([rows[0], columns[0], -rows[1], -columns[1]], axis=-1)
        boxes[(boxes[..., 2] < boxes[..., 0]) | (boxes[..., 3] < boxes[..., 1])] = (0, 0, -1, -1)
        return boxes

    def __iter__(self) -> Iterator[str]:
        """Yield the sources' names."""
        return iter(self._slots)

    def __len__(self) -> int:
        """Return how many sources there are."""
        return len(self._slots)


@dataclass(frozen=True, eq=False)
class Field:
    """The receptive fields of one layer's units.

    Attributes:
        layer: dotted name.
        kind: class of the module.
        grid: rows and columns of the layer's map, as `grids.as_maps` lays it out.
        boxes: what each unit sees, by source, "" for the input; only sources that ran before.
        theoretical: rows and columns that a unit far from every border sees; None where no number
            tells, since the reach grows with the input or depends on the place.
        jump: rows and columns from one unit's field to the next one's; None with `theoretical`.
        padding: how far the first unit's field reaches beyond the border: unit c spans
            c * jump - padding to c * jump - padding + theoretical - 1; None with `theoretical`.
        gates: modules on the way that let the whole image scale or shift the map; left out of all
            the other numbers.
        sees_everything: whether the centre unit sees the whole input at this size.
        path: the windows on the way from the input; empty where it is no chain of windows.
    """

    layer: str
    kind: str
    grid: Pair
    boxes: Boxes
    theoretical: Pair | None
    jump: Pair | None
    padding: Pair | None
    gates: tuple[str, ...]
    sees_everything: bool
    path: tuple[Window, ...]

    @property
    def gated(self) -> bool:
        """Whether the whole image acts on the layer through a gate."""
        return bool(self.gates)

    @property
    def centre(self) -> Pair:
        """Row and column of the centre unit."""
        return self.grid[0] // 2, self.grid[1] // 2


def receptive_fields(
    model: nn.Module,
    size: Size,
    *,
    layers: Sequence[str] | None = None,
    sources: Sequence[str] = ("",),
    channels_last: bool = False,
    gates: bool = False,
) -> dict[str, Field]:
    """Return what the units of a network's layers see, in the order in which the layers run.

    Exact but for holes, as a dilated kernel leaves them: what lies between is inside the box. A
    layer that runs several times counts with its last run.

    Args:
        model: any network; it is not touched, other threads may use it meanwhile.
        size: of the input, (C, H, W).
        layers: dotted names; None for all layers and blocks that put out maps or tokens of one
            image.
        sources: "" for the input and names of layers onto whose maps boxes are wanted.
        channels_last: whether four-dimensional outputs have their channels at the end.
        gates: count a gate as what it is, the whole image.

    Raises:
        ValueError: if the network has no such layer, or a named one puts out neither maps nor
            tokens of one image.

    Warns:
        UserWarning: names operations without a rule, behind which everything is assumed.

    Reference:
        Araujo et al. 2019, "Computing Receptive Fields of Convolutional Neural Networks",
        https://distill.pub/2019/computing-receptive-fields
    """
    wanted = list(_worth(model) if layers is None else layers)
    _check(model, [*wanted, *filter(None, sources)])
    slots = {name: i for i, name in enumerate(dict.fromkeys(["", *sources]))}
    model = twin(model).to("meta").eval().requires_grad_(False)
    watched = _Pass(model, wanted, slots, channels_last=channels_last, gates=gates)
    watched.run(size)
    missing = [name for name in wanted if name not in watched.found]
    if missing and layers is not None:
        raise ValueError(f"layer {missing[0]!r} puts out no maps and no tokens of one image")
    windows = _windows(model, size, watched, channels_last=channels_last)
    shown = {source: slots[source] for source in sources}
    return {
        name: _field(seen, size, windows.get(name), shown) for name, seen in watched.found.items()
    }


@dataclass(frozen=True, eq=False)
class _Seen:
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


@dataclass(frozen=True)
class _Regular:
    """Size, jump and padding along rows and columns."""

    size: Pair
    jump: Pair
    padding: Pair


class _Enough(BaseException):
    """All that was asked for is found; the rest of the forward pass is not needed."""


class _Pass(TorchDispatchMode):
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
        super().__init__()  # type: ignore[no-untyped-call]
        self.found: dict[str, _Seen] = {}
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
        x = torch.empty(1, *size, device="meta")
        start = replace(nothing(len(self._slots), 4), path=Path())
        self._known[x] = _sown(start, 0, x.dim(), _Layout((2, 3), (size[1], size[2])))
        with ExitStack() as stack:
            for name, module in self._model.named_modules():
                if name:
                    before = module.register_forward_pre_hook(
                        lambda _, __, name=name: self._stack.append(name)
                    )
                    after = module.register_forward_hook(
                        lambda module, _, output, name=name: self._leave(name, module, output)
                    )
                    stack.callback(before.remove)
                    stack.callback(after.remove)
            with torch.no_grad(), self:
                try:
                    self._model(x)
                except _Enough:
                    return

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        del types
        kwargs = kwargs or {}
        leaves = tree_leaves((args, kwargs))
        read = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
        known = [(t, found) for t in read if (found := self._known.get(t)) is not None]
        packet = func.overloadpacket.__name__
        given = {a.name: v for a, v in zip(func._schema.arguments, args, strict=False)} | kwargs
        if any(t.is_meta for t in read) and not all(t.is_meta for t in read):
            # constants that a network holds outside its buffers do not move with it
            args, kwargs = tree_map(_to_meta, (args, kwargs))
        if packet in _BATCH_NORMS:  # its meta kernel is Python and takes most of the time
            out: Any = (torch.empty_like(args[0]), *torch.empty(2, 0, device="meta"))
        else:
            out = func(*args, **kwargs)
        name = packet if packet.startswith("__") else packet.rstrip("_")
        if known and name not in CONSTANTS:
            outputs = [leaf for leaf in tree_leaves(out) if isinstance(leaf, Tensor)]
            if outputs:
                op = Operation(name, given, known, outputs, self._stack[-1], self._gates)
                self._keep(op, func)
        return out

    def _keep(self, op: Operation, func: Any) -> None:
        result = rule(op)
        if result is None and torch.Tag.pointwise in func.tags:
            result = pointwise(op)
        if result is None:
            if op.name not in self._warned:
                self._warned.add(op.name)
                warnings.warn(f"no rule for {op.name}: everything is assumed", stacklevel=2)
            result = assume_all(op)
        each = result if isinstance(result, list) else [result] * len(op.outputs)
        for tensor, found in zip(op.outputs, each, strict=False):
            if found is not None:
                self._known[tensor] = found

    def _leave(self, name: str, module: nn.Module, output: object) -> None:
        self._stack.pop()
        if name not in self._wanted and name not in self._slots:
            return
        found = self._known.get(output) if isinstance(output, Tensor) else None
        if found is None or not isinstance(output, Tensor):
            return
        layout = _layout(module, tuple(output.shape), channels_last=self._channels_last)
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
        self, name: str, module: nn.Module, output: Tensor, found: Intervals, layout: "_Layout"
    ) -> _Seen:
        rows, columns = (layout.flat(v, output.dim()) for v in found.both)
        ran = frozenset(self._ran)
        return _Seen(name, type(module).__name__, layout.grid, rows, columns, found, ran)

    def _forget(self, slot: int) -> None:
        """Take away what came from an earlier run of a source."""
        for tensor, found in list(self._known.items()):
            self._known[tensor] = found.apply(lambda v: _cleared(v, slot))
        for name, seen in self.found.items():
            rows, columns = _cleared(seen.rows, slot), _cleared(seen.columns, slot)
            self.found[name] = replace(seen, rows=rows, columns=columns)


@dataclass(frozen=True)
class _Layout:
    """How a layer's output lies on a grid: its dimensions for rows and columns, or tokens."""

    dims: tuple[int, ...]  # (rows, columns), (tokens,), or none
    grid: Pair
    spare: int = 0  # tokens before those on the grid

    def flat(self, v: Array, dims: int) -> Array:
        """Return the hull over all but the grid, (2, S, h or 1, w or 1)."""
        kept = [2 + d for d in self.dims]
        v = v.reshape(*v.shape[:2], *(1,) * (dims + 2 - v.ndim), *v.shape[2:])
        v = v.min(axis=tuple(a for a in range(2, v.ndim) if a not in kept), keepdims=True)
        if len(self.dims) == 2:
            order = [0, 1, *kept]
            return v.transpose(*order, *(a for a in range(2, v.ndim) if a not in kept)).reshape(
                *v.shape[:2], *(v.shape[a] for a in kept)
            )
        flat = v.reshape(*v.shape[:2], -1)
        if flat.shape[2] == 1:
            return flat[..., None]
        return flat[..., self.spare :].reshape(*v.shape[:2], *self.grid)


def _layout(module: nn.Module, shape: tuple[int, ...], *, channels_last: bool) -> _Layout | None:
    """Return how an output lies on a grid as `grids.as_maps` has it; None if it is not one map."""
    if len(shape) > 1 and shape[0] != 1:
        return None  # windows or heads beside each other, not one image
    if len(shape) == 4:
        last = channels_last and not isinstance(module, _CHANNELS_FIRST)
        dims = (1, 2) if last else (2, 3)
        return _Layout(dims, (shape[dims[0]], shape[dims[1]]))
    if len(shape) == 3:
        side = math.isqrt(shape[1])
        spare = shape[1] - side * side
        return _Layout((1,), (side, side), spare) if spare <= _SPARE_TOKENS else None
    return _Layout((), (1, 1)) if len(shape) == 2 else None


def _sown(found: Intervals, slot: int, dims: int, layout: "_Layout") -> Intervals:
    """Return intervals in which each unit of a map also holds itself, as one source has it."""
    height, width = layout.grid
    rows, columns = places(height), places(width)
    if len(layout.dims) == 2:
        down, across = layout.dims
    else:
        rows, columns = np.repeat(rows, width, axis=1), np.tile(columns, height)
        spare = np.full((2, layout.spare), NOTHING, np.int16)
        rows, columns = (np.concatenate([spare, v], axis=1) for v in (rows, columns))
        down = across = 1
    if not layout.dims:
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


def _cleared(v: Array, slot: int) -> Array:
    v = v.copy()
    v[:, slot] = NOTHING
    return v


def _worth(model: nn.Module) -> list[str]:
    """Return the innermost layers and all that they are parts of."""
    found: list[str] = []
    inner = innermost(model)
    for name, module in model.named_modules():
        part = bool(found) and found[-1] in inner and name.startswith(f"{found[-1]}.")
        if name and not part and not isinstance(module, nn.Identity):
            found.append(name)
    return found


def _check(model: nn.Module, names: Sequence[str]) -> None:
    known = dict(model.named_modules())
    for name in names:
        if not name or name not in known:
            raise ValueError(f"no layer {name!r}: choose {', '.join(filter(None, known))}")


def _windows(
    model: nn.Module, size: Size, watched: _Pass, *, channels_last: bool
) -> dict[str, _Regular]:
    """Return size, jump and padding of the layers that have them.

    They are read off where the middle of the map does not touch the border: at the network's own
    size where that is so, else on ever larger canvases, as far as the network takes them.
    """
    wanted = {
        name
        for name, seen in watched.found.items()
        if not seen.intervals.unbounded and seen.intervals.rows.ndim > 4
    }
    found = _regular(watched, wanted, size)
    for side in _CANVASES:
        left = wanted - found.keys()
        if not left:
            break
        if side <= max(size[1:]):
            continue
        canvas = (size[0], side, side)
        larger = _Pass(model, sorted(left), {"": 0}, channels_last=channels_last, stop=True)
        with suppress(RuntimeError, ValueError, AssertionError):
            larger.run(canvas)  # up to where a network bound to one size refuses
        found |= _regular(larger, left, canvas)
    return found


def _regular(watched: _Pass, names: set[str], size: Size) -> dict[str, _Regular]:
    found = {}
    for name in names & watched.found.keys():
        seen = watched.found[name]
        both = [_along(*seen.along(axis), size[1 + axis]) for axis in (0, 1)]
        if None not in both:
            found[name] = _Regular(*zip(*filter(None, both), strict=True))
    return found


def _along(first: NDArray[Any], last: NDArray[Any], size: int) -> tuple[int, int, int] | None:
    """Return size, jump and padding along one dimension; None if the middle touches the border."""
    c = len(first) // 2
    if len(first) < 3 or first[c - 1] <= 0 or last[c] >= size - 1:
        return None
    if last[c] < first[c] or last[c] - last[c - 1] != first[c] - first[c - 1]:
        return None
    jump = int(first[c] - first[c - 1])
    return int(last[c] - first[c]) + 1, jump, int(c * jump - first[c])


def _field(seen: _Seen, size: Size, regular: _Regular | None, slots: Mapping[str, int]) -> Field:
    known = {source: slot for source, slot in slots.items() if source in seen.known}
    everything = []
    for axis in (0, 1):
        first, last = seen.along(axis)
        c = len(first) // 2
        everything.append(first[c] == 0 and last[c] == size[1 + axis] - 1)
    return Field(
        layer=seen.layer,
        kind=seen.kind,
        grid=seen.grid,
        boxes=Boxes(seen.grid, seen.rows, seen.columns, known),
        theoretical=regular.size if regular else None,
        jump=regular.jump if regular else None,
        padding=regular.padding if regular else None,
        gates=tuple(sorted(seen.intervals.gates)),
        sees_everything=all(everything),
        path=_path(seen.intervals.path),
    )


def _path(path: Path | None) -> tuple[Window, ...]:
    steps = []
    step = path.step if path else None
    while step is not None:
        steps.append(step)
        step = step.before
    return tuple(reversed(steps))


def _to_meta(value: Any) -> Any:
    return value.to("meta") if isinstance(value, Tensor) else value
