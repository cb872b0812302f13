"""Layers of different networks that can be set beside each other, by what they have in common."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cnnviz.inspection.activations.map_layers import MapLayer
from cnnviz.inspection.receptive_field.fields import Field
from cnnviz.models.structure.counts import Count

_DIGITS = 9  # decimals in which two distances agree, so that sums of floats do not break a tie


@dataclass(frozen=True)
class Level:
    """How deep one layer with maps lies in its network.

    Attributes:
        layer: what puts out the maps.
        done: convolutions and linear layers that have run once it is done.
        every: of them in the network.
        field: pixels on the longer side of what a unit sees: as if the input had no border where a
            number tells, else of the middle unit, inside the input.
    """

    layer: MapLayer
    done: int
    every: int
    field: int

    @property
    def share(self) -> float:
        """Of the network's convolutions and linear layers, in percent."""
        return 100 * self.done / self.every

    @property
    def side(self) -> int:
        """Cells on the longer side of a map."""
        return max(self.layer.grid)


@dataclass(frozen=True)
class Measure:
    """What layers can be matched by.

    Attributes:
        key: short name.
        value: of a level.
        distance: of two values.
    """

    key: str
    value: Callable[[Level], float]
    distance: Callable[[float, float], float]


def _apart(a: float, b: float) -> float:
    return abs(a - b)


def _ratio(a: float, b: float) -> float:
    """Return how far apart two sizes are: half of one is as far from it as its double."""
    return abs(math.log(a / b))


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        one.key: one
        for one in (
            Measure("share", lambda level: level.share, _apart),
            Measure("size", lambda level: level.side, _ratio),
            Measure("field", lambda level: level.field, _ratio),
        )
    }
)


def levels(
    found: Sequence[MapLayer], count: Count, fields: Mapping[str, Field]
) -> tuple[Level, ...]:
    """Return how deep the layers of a network lie.

    Left out are layers of which nothing tells what they see on the same grid, and those whose grid
    is not square as the input is: weights of attention, which are no maps.

    Args:
        found: layers with maps, in the order of execution.
        count: of the same network.
        fields: what its units see of the input, by layer.
    """
    return tuple(
        Level(layer, *count.depth(layer.name), field=_seen(fields[layer.name]))
        for layer in found
        if _is_square(layer) and layer.name in fields and fields[layer.name].grid == layer.grid
    )


def nearest(every: Sequence[Level], measure: str, wanted: float) -> Level:
    """Return the level whose value is nearest to the wanted one.

    Of several as near it is the last among those with the finest maps: past the normalization and
    the activation, and before a pooling.

    Args:
        every: levels of one network, in the order of execution.
        measure: key of `MEASURES`.
        wanted: percent of the depth, cells on a side, or pixels on a side, above zero for sizes.

    Raises:
        ValueError: if there is no such measure, or no level.
    """
    if measure not in MEASURES:
        raise ValueError(f"unknown measure {measure!r}: choose {', '.join(MEASURES)}")
    if not every:
        raise ValueError("no layer of this network has maps")
    by = MEASURES[measure]
    far = [round(by.distance(by.value(level), wanted), _DIGITS) for level in every]
    near = [level for level, one in zip(every, far, strict=True) if one == min(far)]
    finest = max(level.side for level in near)
    return [level for level in near if level.side == finest][-1]


def _is_square(layer: MapLayer) -> bool:
    return layer.grid[0] == layer.grid[1]


def _seen(field: Field) -> int:
    if field.theoretical is not None:
        return max(field.theoretical)
    top, left, bottom, right = map(int, field.boxes[""][field.center])
    return max(bottom - top, right - left) + 1
