"""Choose which layers of different networks to show side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.ui.cached import architectures
from cnnviz.ui.pickers.options import choose_key, select_key
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

_ROLE = "role"  # the catalog's own three layers, which may lie at different depths
_SHARES = tuple(map(str, range(5, 101, 5)))
_FIELDS = tuple(map(str, (3, 5, 7, 11, 15, 21, 31, 43, 63, 91, 127, 181, 255, 363, 511)))


@dataclass(frozen=True)
class _Criterion:
    """One criterion by which layers are matched.

    Attributes:
        title: of the criterion.
        slider: label of the slider.
        default: of the slider.
        value: format of the chosen value.
        far: note if the nearest layer is not near, with the chosen value as {}.
    """

    title: str
    slider: str
    default: str
    value: str
    far: str


_CRITERIA: Mapping[str, _Criterion] = MappingProxyType(
    {
        "share": _Criterion(
            "Relative depth",
            "Share of the layers",
            "50",
            "{}%",
            "No layer with maps is nearer to {}.",
        ),
        "size": _Criterion("Map size", "Size", "14", "{0} × {0}", "None of its maps are {}."),
        "field": _Criterion(
            "Receptive field",
            "Size of the receptive field",
            "15",
            "{0} × {0}",
            "No unit has a receptive field of about {} pixels.",
        ),
    }
)
_TITLES = {key: criterion.title for key, criterion in _CRITERIA.items()} | {
    _ROLE: "Early, middle, late"
}
_ROLES = ("Early", "Middle", "Late")
_SLIDERS = {"share": COMPARE_SHARE, "size": COMPARE_SIZE, "field": COMPARE_FIELD}


@dataclass(frozen=True)
class LayerChoice:
    """How a layer is chosen in each network.

    Attributes:
        by: key of `layer_matching.DEPTH_MEASURES`, or "role".
        wanted: percent, cells or pixels; for a role its index among the three.
    """

    by: str
    wanted: int

    def layer_of(self, key: str) -> "LayerDepth":
        """Return the matching layer of an architecture."""
        from cnnviz.comparison.layer_matching import match_layer

        depths = architectures.layer_depths(key)
        if self.by != _ROLE:
            return match_layer(depths, self.by, self.wanted)
        role = _ROLES[self.wanted].lower()
        return next(depth for depth in depths if depth.layer.role == role)

    def title(self) -> str:
        """Return the heading of the maps."""
        return _ROLES[self.wanted] if self.by == _ROLE else "Maps"

    def notes(self, depth: "LayerDepth") -> tuple[str, ...]:
        """Return how deep a layer lies, and whether it is far from the wanted value."""
        from cnnviz.comparison.layer_matching import is_near

        position = (
            f"After {depth.done} of {depth.total} convolutions and linear layers, "
            f"{depth.share:.0f}%."
        )
        if self.by == _ROLE or is_near(depth, self.by, self.wanted):
            return (position,)
        criterion = _CRITERIA[self.by]
        return (position, criterion.far.format(criterion.value.format(self.wanted)))


def choose_layers(keys: Sequence[str]) -> LayerChoice:
    """Return how the user wants layers to be matched.

    Args:
        keys: of the compared architectures.
    """
    left, right = st.columns(2)
    with left:
        by = select_key(
            "Match layers by",
            _TITLES,
            COMPARE_MATCH,
            help="Networks differ in depth: which of their layers count as corresponding.",
        )
    if by == _ROLE:
        with right:
            role = choose_key(
                "Depth",
                {name: name for name in _ROLES},
                COMPARE_ROLE,
                help="The layer of each network that plays this role.",
            )
        return LayerChoice(by, _ROLES.index(role))
    criterion, options = _CRITERIA[by], _options(by, keys)
    default = criterion.default
    if default not in options:
        default = options[len(options) // 2]
    chosen = right.select_slider(
        criterion.slider,
        options,
        format_func=criterion.value.format,
        **address.bind(_SLIDERS[by], OneOf.keys(options), default=default),
        help="The layer of each network that comes closest is shown.",
    )
    return LayerChoice(by, int(str(chosen)))


def _options(by: str, keys: Sequence[str]) -> list[str]:
    """Return the options of the slider: map sizes only if one of the networks has them."""
    if by == "share":
        return list(_SHARES)
    depths = [depth for key in keys for depth in architectures.layer_depths(key)]
    if by == "size":
        return [str(side) for side in sorted({depth.side for depth in depths}, reverse=True)]
    largest = max(depth.field for depth in depths)
    return [size for size in _FIELDS if int(size) <= largest] or [_FIELDS[0]]
