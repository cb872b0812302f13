"""Match layers of different networks by depth, map size or receptive field."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cnnviz.inspection.activations.map_layers import MapLayer
from cnnviz.inspection.receptive_field.fields import Field
from cnnviz.models.structure.counts import Count

_DECIMALS = 9  # in which two distances must agree to tie, since sums of floats are not exact


@dataclass(frozen=True)
class LayerDepth:
    """Position of one layer with maps in its network.

    Attributes:
        layer: the layer.
        done: number of convolutions and linear layers that have run once it has run.
        total: number of them in the network.
        field: side length of its units' receptive field in pixels, the longer side: away from the
            borders where it has a fixed size, else that of the middle unit within the input.
    """

    layer: MapLayer
    done: int
    total: int
    field: int

    @property
    def share(self) -> float:
        """Percentage of the network's convolutions and linear layers that have run."""
        return 100 * self.done / self.total

    @property
    def side(self) -> int:
        """Cells on the longer side of a map."""
        return max(self.layer.grid)


@dataclass(frozen=True)
class DepthMeasure:
    """A property by which layers can be matched.

    Attributes:
        key: short name.
        value: function from a layer's position to the property.
        distance: between two values.
        tolerance: function from a wanted value to the difference up to which a layer counts as
            near to it.
    """

    key: str
    value: Callable[[LayerDepth], float]
    distance: Callable[[float, float], float]
    tolerance: Callable[[float], float]


def _difference(a: float, b: float) -> float:
    return abs(a - b)


def _log_ratio(a: float, b: float) -> float:
    """Return the distance of two sizes on a logarithmic scale: half is as far as double."""
    return abs(math.log(a / b))


DEPTH_MEASURES: Mapping[str, DepthMeasure] = MappingProxyType(
    {
        measure.key: measure
        for measure in (
            DepthMeasure("share", lambda depth: depth.share, _difference, lambda _: 10),
            DepthMeasure("size", lambda depth: depth.side, _log_ratio, lambda _: 0),
            DepthMeasure("field", lambda depth: depth.field, _log_ratio, lambda wanted: wanted / 4),
        )
    }
)


def layer_depths(
    layers: Sequence[MapLayer], count: Count, fields: Mapping[str, Field]
) -> tuple[LayerDepth, ...]:
    """Return the positions of a network's layers with maps.

    Layers without a receptive field on the same grid are left out, and so are layers whose grid is
    not square, such as attention weights, which are not maps.

    Args:
        layers: layers with maps, in the order of execution.
        count: layer counts of the same network.
        fields: receptive fields on the input, by layer.
    """
    return tuple(
        LayerDepth(layer, *count.depth(layer.name), field=_field_size(fields[layer.name]))
        for layer in layers
        if _is_square(layer) and layer.name in fields and fields[layer.name].grid == layer.grid
    )


def match_layer(depths: Sequence[LayerDepth], measure: str, wanted: float) -> LayerDepth:
    """Return the layer whose value is nearest to the wanted one.

    Of several equally near, it is the last among those with the largest maps: after normalization
    and activation, and before pooling.

    Args:
        depths: of one network, in the order of execution.
        measure: key of `DEPTH_MEASURES`.
        wanted: percentage of the depth, cells on a side, or pixels on a side; sizes above zero.

    Raises:
        ValueError: if the measure is unknown, or there is no layer.
    """
    by = _measure(measure)
    if not depths:
        raise ValueError("there must be a layer with maps, got none")
    distances = [round(by.distance(by.value(depth), wanted), _DECIMALS) for depth in depths]
    nearest = [
        depth
        for depth, distance in zip(depths, distances, strict=True)
        if distance == min(distances)
    ]
    largest = max(depth.side for depth in nearest)
    return [depth for depth in nearest if depth.side == largest][-1]


def is_near(depth: LayerDepth, measure: str, wanted: float) -> bool:
    """Tell whether a layer's value is near to the wanted one.

    Near is within ten percentage points of the depth, exactly the size of the maps, or within a
    quarter of the wanted receptive field.

    Args:
        depth: of the layer.
        measure: key of `DEPTH_MEASURES`.
        wanted: as for `match_layer`.

    Raises:
        ValueError: if the measure is unknown.
    """
    by = _measure(measure)
    return abs(by.value(depth) - wanted) <= by.tolerance(wanted)


def _measure(key: str) -> DepthMeasure:
    if key not in DEPTH_MEASURES:
        raise ValueError(f"measure must be one of {', '.join(DEPTH_MEASURES)}, got {key!r}")
    return DEPTH_MEASURES[key]


def _is_square(layer: MapLayer) -> bool:
    return layer.grid[0] == layer.grid[1]


def _field_size(field: Field) -> int:
    if field.theoretical is not None:
        return max(field.theoretical)
    return max(field.center_size)
