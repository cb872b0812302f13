"""Which pixels a unit can see, exactly, for any layer of any network.

One forward pass on the meta device carries, beside each tensor, the closed intervals of rows and
columns that can reach each of its numbers: of the input, and of the maps of chosen layers, the
*sources*. What the pass does to tensors, `interval_rules` does to intervals. So branches, strides,
dilation, padding, shifted windows and attention come out right without a word about any network.

The reading is *local*: a gate that pools the whole image and scales a map with the result, as
squeeze-excitation does, is named and left out, since all would be the whole image otherwise.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn
from torch.nn.parameter import UninitializedParameter

from cnnviz.inspection.receptive_field.intervals import Array, Path, Window
from cnnviz.inspection.receptive_field.propagation import Pair, Pass, Seen, Size
from cnnviz.models.copies import shared_copy
from cnnviz.models.layers import layers_and_blocks

_CANVASES = (512, 1024, 2048, 4096, 8192)  # sides in pixels


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
        grid: rows and columns of the layer's map, as `feature_maps.layout_of` has it.
        boxes: what each unit sees, by source, "" for the input; only sources that ran before.
        theoretical: rows and columns that a unit far from every border sees; None where no number
            tells, since the reach grows with the input or depends on the place.
        jump: rows and columns from one unit's field to the next one's; None with `theoretical`.
        padding: how far the first unit's field reaches beyond the border: unit c spans
            c * jump - padding to c * jump - padding + theoretical - 1; None with `theoretical`.
        share: of the input's pixels that the center unit sees at this size, 0 to 1.
        gates: modules on the way that let the whole image scale or shift the map; left out of all
            the other numbers.
        sees_everything: whether the center unit sees the whole input at this size.
        path: the windows on the way from the input; empty where it is no chain of windows.
    """

    layer: str
    kind: str
    grid: Pair
    boxes: Boxes
    theoretical: Pair | None
    jump: Pair | None
    padding: Pair | None
    share: float
    gates: tuple[str, ...]
    sees_everything: bool
    path: tuple[Window, ...]

    @property
    def gated(self) -> bool:
        """Whether the whole image acts on the layer through a gate."""
        return bool(self.gates)

    @property
    def center(self) -> Pair:
        """Row and column of the center unit."""
        return self.grid[0] // 2, self.grid[1] // 2

    @property
    def center_box(self) -> tuple[int, int, int, int]:
        """First row and column and last row and column of the input that the center unit sees."""
        top, left, bottom, right = map(int, self.boxes[""][self.center])
        return top, left, bottom, right


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
            tokens of one image; if the size is none; if a lazy layer has not got its shape yet.
        RuntimeError: from PyTorch, where the forward pass asks what number a tensor holds: on the
            meta device there are none.

    Warns:
        UserWarning: names operations without a rule, behind which everything is assumed.

    Reference:
        Araujo et al. 2019, "Computing Receptive Fields of Convolutional Neural Networks",
        https://distill.pub/2019/computing-receptive-fields
    """
    wanted = list(layers_and_blocks(model) if layers is None else layers)
    _check(model, [*wanted, *filter(None, sources)])
    if len(size) != 3 or min(size) < 1:
        raise ValueError(f"no size {size}: give channels, rows and columns, (C, H, W)")
    slots = {name: i for i, name in enumerate(dict.fromkeys(["", *sources]))}
    model = shared_copy(model).to("meta").eval().requires_grad_(False)
    watched = Pass(model, wanted, slots, channels_last=channels_last, gates=gates)
    watched.run(size)
    missing = [name for name in wanted if name not in watched.found]
    if missing and layers is not None:
        raise ValueError(f"layer {missing[0]!r} puts out no maps and no tokens of one image")
    windows = _windows(model, size, watched, channels_last=channels_last)
    shown = {source: slots[source] for source in sources}
    return {
        name: _field(seen, size, windows.get(name), shown) for name, seen in watched.found.items()
    }


def border_layer(fields: Mapping[str, Field]) -> str | None:
    """Return the first layer whose center unit sees the whole input; None if there is none.

    Layers behind it see nothing new, and in Richter's measurements hardly add to the accuracy.
    Layers within a gate do not count, which sees everything at any depth.

    Args:
        fields: from `receptive_fields`, in the order in which the layers run.

    Reference:
        Richter et al. 2021, "Should You Go Deeper? Optimizing Convolutional Neural Network
        Architectures without Training by Receptive Field Analysis",
        https://arxiv.org/abs/2106.12307
    """
    gates = tuple(f"{gate}." for field in fields.values() for gate in field.gates)
    seeing = (name for name, field in fields.items() if field.sees_everything)
    return next((name for name in seeing if not name.startswith(gates)), None)


def recurrence(fields: Mapping[str, Field]) -> tuple[Window, ...]:
    """Return the windows along the main path, as far as the network is made of them.

    Each adds (k - 1) * dilation * jump to the size, and multiplies the jump by its stride. Where
    branches meet, the one with the largest field is followed, and the next step is `joined`; sizes
    are those of `Field.theoretical` wherever the branches have the same middle.

    Args:
        fields: from `receptive_fields`, in the order in which the layers run.

    Reference:
        Araujo et al. 2019, "Computing Receptive Fields of Convolutional Neural Networks",
        https://distill.pub/2019/computing-receptive-fields
    """
    paths = [field.path for field in fields.values() if field.path]
    return max(paths, key=lambda path: (*path[-1].size, len(path)), default=())


@dataclass(frozen=True)
class _Regular:
    """Size, jump and padding along rows and columns."""

    size: Pair
    jump: Pair
    padding: Pair


def _check(model: nn.Module, names: Sequence[str]) -> None:
    known = dict(model.named_modules())
    for name in names:
        if not name or name not in known:
            raise ValueError(f"no layer {name!r}: choose {', '.join(filter(None, known))}")
    if any(isinstance(parameter, UninitializedParameter) for parameter in model.parameters()):
        raise ValueError("a lazy layer has no shape yet: send one batch through the network first")


def _windows(
    model: nn.Module, size: Size, watched: Pass, *, channels_last: bool
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
        if side < _needed(watched.found[name] for name in left) or side <= max(size[1:]):
            continue
        canvas = (size[0], side, side)
        larger = Pass(model, sorted(left), {"": 0}, channels_last=channels_last, stop=True)
        with suppress(RuntimeError, ValueError, AssertionError):
            larger.run(canvas)  # up to where a network bound to one size refuses
        found |= _regular(larger, left, canvas)
    return found


def _needed(left: Iterable[Seen]) -> int:
    """Return the side of a canvas on which the recurrence expects the middle to be free."""
    paths = [path for seen in left if (path := seen.intervals.path) is not None]
    return max((max(path.size) + 4 * max(path.jump) for path in paths), default=0)


def _regular(watched: Pass, names: set[str], size: Size) -> dict[str, _Regular]:
    found = {}
    for name in names & watched.found.keys():
        seen = watched.found[name]
        if seen.intervals.unbounded:  # adaptive pooling, which changes nothing at one size
            continue
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
    if not jump or first[c + 1] - first[c] != jump:
        return None  # after upsampling neighbors may see the same
    return int(last[c] - first[c]) + 1, jump, int(c * jump - first[c])


def _field(seen: Seen, size: Size, regular: _Regular | None, slots: Mapping[str, int]) -> Field:
    known = {source: slot for source, slot in slots.items() if source in seen.known}
    boxes = Boxes(seen.grid, seen.rows, seen.columns, known)
    all_boxes = Boxes(seen.grid, seen.rows, seen.columns, {"": 0})[""]
    top, left, bottom, right = all_boxes[seen.grid[0] // 2, seen.grid[1] // 2].tolist()
    pixels = (bottom - top + 1) * (right - left + 1)
    return Field(
        layer=seen.layer,
        kind=seen.kind,
        grid=seen.grid,
        boxes=boxes,
        theoretical=regular.size if regular else None,
        jump=regular.jump if regular else None,
        padding=regular.padding if regular else None,
        share=pixels / (size[1] * size[2]),
        gates=tuple(sorted(seen.intervals.gates)),
        sees_everything=pixels == size[1] * size[2],
        path=_path(seen.intervals.path),
    )


def _path(path: Path | None) -> tuple[Window, ...]:
    steps = []
    step = path.step if path else None
    while step is not None:
        steps.append(step)
        step = step.before
    return tuple(reversed(steps))
