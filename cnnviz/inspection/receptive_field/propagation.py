"""One forward pass on the meta device that computes intervals beside tensors."""

import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakTensorKeyDictionary

from cnnviz.inspection.receptive_field.constant_values import OF_SHAPES, ConstantValues
from cnnviz.inspection.receptive_field.intervals import (
    NOTHING,
    Array,
    Intervals,
    combined,
    empty_intervals,
    hull,
    overwrite,
    union,
)
from cnnviz.inspection.receptive_field.map_grids import (
    cleared,
    consistent_layout,
    on_grid,
    with_source,
)
from cnnviz.inspection.receptive_field.operator_rules.elementwise import assume_all, pointwise
from cnnviz.inspection.receptive_field.operator_rules.masks import MASKING, with_masks
from cnnviz.inspection.receptive_field.operator_rules.operator_call import OperatorCall
from cnnviz.inspection.receptive_field.operator_rules.table import output_intervals
from cnnviz.inspection.receptive_field.paths import Path
from cnnviz.models.feature_maps import Layout
from cnnviz.models.hooks import hooked
from cnnviz.models.loaded_network import InspectedNetwork
from cnnviz.models.structure.meta_dispatch import (
    named_arguments,
    on_meta,
    operator_name,
    tensors_in,
)
from cnnviz.models.structure.meta_shortcuts import shortcut_output

InputSize = tuple[int, int, int]
Pair = tuple[int, int]


@dataclass(frozen=True, eq=False)
class LayerIntervals:
    """The intervals of one layer's map.

    Attributes:
        layer: dotted name.
        kind: class of the module.
        grid: rows and columns of the map.
        rows, columns: first and -last on each source, (2, S, h or 1, w or 1).
        intervals: of the layer's output tensor.
        sources: names of the sources that had run.
    """

    layer: str
    kind: str
    grid: Pair
    rows: Array
    columns: Array
    intervals: Intervals
    sources: frozenset[str]

    def along(self, axis: int) -> tuple[Array, Array]:
        """Return first and last input row (axis 0) or column (axis 1) of the units along it."""
        v = (self.rows, self.columns)[axis][:, 0]  # (2, h or 1, w or 1)
        v = v.min(axis=2 - axis)  # (2, h) or (2, w)
        v = np.broadcast_to(v, (2, self.grid[axis]))  # (2, units)
        return v[0].astype(np.int64), -v[1].astype(np.int64)  # first and last, (h,) or (w,) each


class _AllFound(BaseException):
    """All wanted layers have run; the rest of the forward pass is skipped."""


class IntervalPass(TorchDispatchMode):
    """One forward pass on the meta device that carries intervals beside tensors."""

    def __init__(
        self,
        network: InspectedNetwork,
        wanted: Sequence[str],
        slots: Mapping[str, int],
        *,
        gates: bool = False,
        stop: bool = False,
        values: Mapping[Tensor, Tensor] | None = None,
    ) -> None:
        """Prepare a pass of a network on the meta device, which is hooked only during `run`.

        Args:
            network: on the meta device; only the caller uses it.
            wanted: names of the layers to record.
            slots: indices of the sources by name, "" for the input.
            gates: whether a gate counts as the whole image.
            stop: whether to end once each wanted layer has run.
            values: of the network's buffers, as in `ConstantValues`.
        """
        super().__init__()  # type: ignore[no-untyped-call]
        self.layers: dict[str, LayerIntervals] = {}
        self.unmapped: dict[str, str] = {}  # what wanted layers without maps return instead
        self._network = network
        self._wanted = frozenset(wanted)
        self._slots = slots
        self._gates = gates
        self._stop = stop
        self._stack = [""]
        self._ran: set[str] = {""}
        self._intervals = WeakTensorKeyDictionary()
        self._constants = ConstantValues(values)
        self._warned: set[str] = set()

    def run(self, size: InputSize) -> None:
        """Run the network on one example of this size."""
        if max(size[1:]) >= NOTHING:
            raise ValueError(
                f"input must be below {NOTHING} pixels a side, got {size[1]} × {size[2]}"
            )
        model = self._network.model
        dtypes = (p.dtype for p in model.parameters() if p.is_floating_point())
        x = torch.empty(1, *size, device="meta", dtype=next(dtypes, torch.float32))  # (1, C, H, W)
        start = replace(empty_intervals(len(self._slots), 4), path=Path())
        self._intervals[x] = with_source(start, 0, x.dim(), Layout((2, 3), (size[1], size[2])))
        inside = [name for name, _ in model.named_modules() if name]
        hooks = hooked(model, inside, before=self._enter, after=self._leave)
        with hooks, torch.no_grad(), self, suppress(_AllFound):
            model(x)

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run one operator, and compute the intervals of its outputs."""
        del types
        kwargs = kwargs or {}
        tensors = tensors_in((args, kwargs))
        inputs = [(t, i) for t in tensors if (i := self._intervals.get(t)) is not None]
        arguments = named_arguments(func, args, kwargs)
        given = args, kwargs
        args, kwargs = on_meta(args, kwargs, tensors)
        out = shortcut_output(func, arguments) if inputs else None
        if out is None:
            out = func(*args, **kwargs)
        name, _ = operator_name(func)
        outputs = tensors_in(out)
        op = OperatorCall(
            name, arguments, inputs, outputs, self._stack[-1], self._gates, self._constants
        )
        if not inputs or name in OF_SHAPES:
            self._constants.follow(func, *given, out)
            if name in MASKING:
                self._hide(op)
        elif outputs:
            self._apply_rule(op, func)
        return out

    def _hide(self, op: OperatorCall) -> None:
        """Record a mask that was added to a constant without values, as to a learned bias."""
        tensor = op.outputs[0]
        constant = with_masks(op, empty_intervals(len(self._slots), tensor.dim()))
        if constant.masked is not None and self._constants.get(tensor) is None:
            self._intervals[tensor] = constant

    def _apply_rule(self, op: OperatorCall, func: Any) -> None:
        result = output_intervals(op)
        if result is None and torch.Tag.pointwise in func.tags:
            result = pointwise(op)
        if result is None:
            self._warn(op.name)
            result = assume_all(op)
        by_output = result if isinstance(result, list) else [result] * len(op.outputs)
        for tensor, intervals in zip(op.outputs, by_output, strict=False):
            if intervals is not None:
                if func._schema.is_mutable and intervals is not op.intervals_of(tensor):
                    self._write(tensor, intervals)
                self._intervals[tensor] = intervals

    def _write(self, view: Tensor, written: Intervals) -> None:
        """Update the intervals of a tensor after writing into a view of it."""
        base = view._base
        if base is None:
            return
        before = self._intervals.get(base, empty_intervals(len(self._slots), base.dim()))
        region = _region(view, base)
        if region is None:
            self._warn("writing into a part of a tensor")
            hulls = written.apply(lambda v: hull(v, base.dim()))
            self._intervals[base] = union([before, hulls], base.dim())
            return
        rows, columns = (
            overwrite(v, w, region, tuple(base.shape))
            for v, w in zip(before.both, written.both, strict=True)
        )
        operands = [before, written] if base in self._intervals else [written]
        self._intervals[base] = combined(operands, rows, columns)

    def _warn(self, what: str) -> None:
        if what not in self._warned:
            self._warned.add(what)
            warnings.warn(
                f"no rule for {what}: outputs are assumed to depend on all inputs", stacklevel=2
            )

    def _enter(self, name: str, *_: object) -> None:
        self._stack.append(name)

    def _leave(self, name: str, module: nn.Module, _inputs: object, output: object) -> None:
        self._stack.pop()
        if name in self._wanted or name in self._slots:
            self._record(name, module, output)

    def _record(self, name: str, module: nn.Module, output: object) -> None:
        """Record a wanted layer, and make the map of a source depend on itself."""
        intervals = self._intervals.get(output) if isinstance(output, Tensor) else None
        if intervals is None or not isinstance(output, Tensor):
            kind = type(output).__name__
            self.unmapped[name] = "a constant" if isinstance(output, Tensor) else f"a {kind}"
            return
        shape = tuple(output.shape)
        layout = self._network.layout(name, shape)
        if layout is not None and len(layout.dimensions) == 2:
            layout = consistent_layout(layout, shape, intervals)
        if layout is None:
            self.unmapped[name] = f"shape {shape}"
            return
        if name in self._wanted:
            self.layers.pop(name, None)  # so that the last run counts, in the order of last runs
            self.layers[name] = self._layer(name, module, output, intervals, layout)
        if name in self._slots:
            slot = self._slots[name]
            if name in self._ran:
                self._forget(slot)
                intervals = self._intervals[output]
            self._ran.add(name)
            self._intervals[output] = with_source(intervals, slot, output.dim(), layout)
        if self._stop and len(self.layers) == len(self._wanted):
            raise _AllFound

    def _layer(
        self, name: str, module: nn.Module, output: Tensor, intervals: Intervals, layout: Layout
    ) -> LayerIntervals:
        rows, columns = (on_grid(layout, v, output.dim()) for v in intervals.both)
        sources = frozenset(self._ran)
        kind = type(module).__name__
        return LayerIntervals(name, kind, layout.grid, rows, columns, intervals, sources)

    def _forget(self, slot: int) -> None:
        """Remove the dependence on an earlier run of a source."""
        for tensor, intervals in list(self._intervals.items()):
            self._intervals[tensor] = intervals.apply(lambda v: cleared(v, slot))
        for name, layer in self.layers.items():
            rows, columns = cleared(layer.rows, slot), cleared(layer.columns, slot)
            self.layers[name] = replace(layer, rows=rows, columns=columns)


def _region(view: Tensor, base: Tensor) -> list[slice] | None:
    """Return the slices of a tensor that a view covers; None if it is no such view."""
    if view.dim() != base.dim() or not base.is_contiguous():
        return None
    offset = int(view.storage_offset()) - int(base.storage_offset())
    region = []
    for size, stride, step in zip(view.shape, base.stride(), view.stride(), strict=True):
        first, offset = divmod(offset, max(stride, 1))
        pace = step // stride if size > 1 and stride else 1
        if size > 1 and (pace < 1 or step % stride):
            return None
        region.append(slice(first, first + (size - 1) * pace + 1, pace))
    return region
