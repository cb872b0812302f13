"""Which layer of each network to show beside the others'."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.ui.cached import architectures
from cnnviz.ui.shell import address
from cnnviz.ui.shell.parameter_types import OneOf
from cnnviz.ui.shell.parameters import (
    COMPARE_FIELD,
    COMPARE_MATCH,
    COMPARE_ROLE,
    COMPARE_SHARE,
    COMPARE_SIZE,
)

if TYPE_CHECKING:
    from cnnviz.comparison.layer_matching import LayerDepth

_ROLE = "role"  # by the catalogue's own three layers, which need not match
_SHARES = tuple(map(str, range(5, 101, 5)))
_FIELDS = tuple(map(str, (3, 5, 7, 11, 15, 21, 31, 43, 63, 91, 127, 181, 255, 363, 511)))


@dataclass(frozen=True)
class _Way:
    """One way to choose a layer in each network.

    Attributes:
        title: on the control.
        slider: its label; {value} is what it is set to.
        default: of the slider.
        value: what is chosen, in words.
        far: what to say where the nearest layer is not near.
        near: how much of the wanted value, or percentage points of the depth, counts as near.
    """

    title: str
    slider: str
    default: str
    value: str
    far: str
    near: float


_WAYS: Mapping[str, _Way] = MappingProxyType(
    {
        "share": _Way(
            "Share of the depth",
            "After so much of the layers",
            "50",
            "{}%",
            "It has no maps nearer to {}.",
            10,
        ),
        "size": _Way("Size of the maps", "Size", "14", "{0} × {0}", "None of its maps are {}.", 0),
        "field": _Way(
            "Receptive field",
            "A unit sees",
            "15",
            "{0} × {0}",
            "None of its units sees about {} pixels.",
            0.25,
        ),
    }
)
_TITLES = {key: way.title for key, way in _WAYS.items()} | {_ROLE: "Early, middle, late"}
_ROLES = ("Early", "Middle", "Late")
_DEPTHS = {"share": COMPARE_SHARE, "size": COMPARE_SIZE, "field": COMPARE_FIELD}


@dataclass(frozen=True)
class Depth:
    """How the layers are chosen.

    Attributes:
        by: key of `depths.MEASURES`, or "role".
        wanted: percent, cells or pixels; of a role its place among the three.
    """

    by: str
    wanted: int

    def level(self, key: str) -> "LayerDepth":
        """Return the layer of an architecture to show."""
        from cnnviz.comparison.layer_matching import nearest_layer

        levels = architectures.layer_depths(key)
        if self.by != _ROLE:
            return nearest_layer(levels, self.by, self.wanted)
        role = _ROLES[self.wanted].lower()
        return next(level for level in levels if level.layer.role == role)

    def title(self) -> str:
        """Return what to call the maps."""
        return _ROLES[self.wanted] if self.by == _ROLE else "Maps"

    def notes(self, level: "LayerDepth") -> tuple[str, ...]:
        """Say how deep a layer lies, and whether it is far from what is wanted."""
        place = (
            f"After {level.done} of its {level.total} convolutions and linear layers, "
            f"{level.share:.0f}%."
        )
        if self.by == _ROLE or self._is_near(level):
            return (place,)
        way = _WAYS[self.by]
        return (place, way.far.format(way.value.format(self.wanted)))

    def _is_near(self, level: "LayerDepth") -> bool:
        from cnnviz.comparison.layer_matching import MEASURES

        off = abs(MEASURES[self.by].value(level) - self.wanted)
        near = _WAYS[self.by].near
        return off <= (near if self.by == "share" else near * self.wanted)


def choose_depth(keys: Sequence[str]) -> Depth:
    """Return the user's choice.

    Args:
        keys: of the architectures that are compared.
    """
    left, right = st.columns(2)
    by = left.selectbox(
        "Match the layers by",
        list(_TITLES),
        format_func=_TITLES.__getitem__,
        **address.bind(COMPARE_MATCH, OneOf(_TITLES)),
    )
    if by == _ROLE:
        role = right.segmented_control(
            "Depth", _ROLES, required=True, **address.bind(COMPARE_ROLE, OneOf.keys(_ROLES))
        )
        return Depth(by, _ROLES.index(str(role)))
    way, options = _WAYS[by], _options(by, keys)
    default = way.default if way.default in options else options[len(options) // 2]
    chosen = right.select_slider(
        way.slider,
        options,
        format_func=way.value.format,
        **address.bind(_DEPTHS[by], OneOf.keys(options), default=default),
    )
    return Depth(by, int(str(chosen)))


def _options(by: str, keys: Sequence[str]) -> list[str]:
    """Return what the slider offers: of sizes those that one of the networks has."""
    if by == "share":
        return list(_SHARES)
    every = [level for key in keys for level in architectures.layer_depths(key)]
    if by == "size":
        return [str(side) for side in sorted({level.side for level in every}, reverse=True)]
    most = max(level.field for level in every)
    within = [size for size in _FIELDS if int(size) <= most]
    return within or [_FIELDS[0]]
