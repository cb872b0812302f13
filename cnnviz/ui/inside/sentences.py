"""Sentences about what is on the screen, each from what was measured."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cnnviz.inspection.activations.attention import AttentionMap
    from cnnviz.inspection.activations.channel_statistics import Survey
    from cnnviz.inspection.activations.forward_pass import FeatureMaps
    from cnnviz.inspection.photographs.layer_response import LayerResponse
    from cnnviz.inspection.receptive_field.fields import Field

ROLLOUT = "rollout"  # the name that `attention.rollout` gives to all layers together

_DEPENDS, _SAME = 0.7, 0.9  # correlations: below the first a change matters, from the second not
_ALIKE = 0.5  # a correlation from which a map may be said to be like something

_SHARED, _OWN = 0.25, 0.5  # up to the first a layer serves all digits, from the second single ones


def layer(maps: "FeatureMaps", survey: "Survey") -> tuple[str, ...]:
    """Return what to look for in a layer, its strongest value and its dead channels."""
    return look_for(survey), strongest(maps), channels(maps, survey)


def look_for(survey: "Survey") -> str:
    """Return what to look for, from how much the digit decides about a channel."""
    share = survey.class_share
    if share < _SHARED:
        look = "Look for strokes and edges, which all digits have"
    elif share < _OWN:
        look = "Look for parts, which some digits have and others lack"
    else:
        look = "Look for channels that are strong for few digits and weak for the others"
    return f"{look}: which digit it is explains {share:.0%} of how strongly a channel answers."


def strongest(maps: "FeatureMaps") -> str:
    """Return where the strongest value is, and which map is most like the digit."""
    channel, row, column = maps.peak
    value = maps.values[channel, row, column]
    sentence = f"Strongest here: {value:.2f} in channel {channel}, row {row}, column {column}."
    alike = maps.most_alike
    likeness = maps.likeness[alike]
    if likeness == 0:
        return sentence
    return f"{sentence} Most like the digit: channel {alike}, correlation {likeness:.2f}."


def channels(maps: "FeatureMaps", survey: "Survey") -> str:
    """Return how many channels are dead, and how many are silent on this digit alone."""
    dead = len(survey.dead)
    kind = "channel" if dead == 1 else "channels"
    sentence = (
        f"{dead} dead {kind} of {survey.channels} ({dead / survey.channels:.0%}): "
        f"always the same value, over {survey.digits} test digits."
    )
    silent = len(maps.silent - survey.dead)
    if not silent:
        return sentence
    return f"{sentence} {silent} more {'is' if silent == 1 else 'are'} silent on this one."


def reach(field: "Field | None", side: int) -> tuple[str, ...]:
    """Return what the middle unit of a layer sees of an input of that many pixels a side."""
    if field is None:
        return ()
    top, left, bottom, right = map(int, field.boxes[""][field.center])
    rows, columns = bottom - top + 1, right - left + 1
    if field.sees_everything:
        sees = "A unit in the middle sees the whole input"
    else:
        share = rows * columns / side**2
        part = f" ({share:.0%})" if share >= 0.01 else ""
        sees = f"A unit in the middle sees {rows} × {columns} pixels of the input{part}"
    if field.gated:
        sees += "; through a gate, the whole image scales it too"
    return (f"{sees}.",)


def attention(found: "AttentionMap") -> str:
    """Return who looks at what in an attention map."""
    keys = f"{found.key_grid[0]} × {found.key_grid[1]} tokens"
    if found.layer == ROLLOUT:
        return (
            "How much of each token that enters the blocks has reached each token after them: the "
            "product of their attention, averaged over heads, where the residual connection counts "
            "half."
        )
    if not found.query_grid[0]:
        return f"Cross-attention: one branch's class token looks at the other's {keys}."
    if found.query_grid != found.key_grid:
        queries = f"{found.query_grid[0]} × {found.query_grid[1]}"
        return f"Subsampling: {queries} queries, spread evenly among {keys}, look at all of them."
    if found.window:
        window = f"{found.window} × {found.window}"
        shifted = f", shifted by {found.shift}" if found.shift else ""
        return f"Each of {keys} looks at its own window of {window}{shifted}."
    if found.query_classes:
        return f"{keys} and a class token all look at each other."
    return f"{keys} all look at each other."


def sight(layer: "LayerResponse", field: "Field", side: int) -> tuple[str, ...]:
    """Return what a layer's maps of a photograph depend on, and what its strongest channel shows.

    Args:
        layer: what was measured.
        field: what its units see.
        side: of the photograph, in pixels.
    """
    return (
        *reach(field, side),
        mirrored(float(np.median(layer.agreement["mirror"]))),
        f"Without color the correlation is {_median(layer, 'gray')}, blurred "
        f"{_median(layer, 'blur')}.",
        *simple_channels(layer),
        strongest_channel(layer),
    )


def mirrored(agreement: float) -> str:
    """Return what it means how well the maps of the mirrored photograph agree, mirrored back."""
    sentence = f"Mirror the photograph: the maps are mirrored with a correlation of {agreement:.2f}"
    if agreement < _DEPENDS:
        return f"{sentence}: which way an edge or a pattern faces matters to them."
    if agreement < _SAME:
        return f"{sentence}: which way it faces matters to some."
    return f"{sentence}: what they answer to may face either way."


def strongest_channel(layer: "LayerResponse") -> str:
    """Return which channel has the strongest value and where, and what its map is like."""
    channel = layer.strongest[0]
    values = layer.maps.values[channel]
    height, width = values.shape
    row, column = divmod(int(np.abs(values).argmax()), width)
    sentence = (
        f"Strongest: channel {channel}, {values[row, column]:.1f} in the "
        f"{_place(row / height, column / width)}"
    )
    if not layer.nearest or abs(layer.nearest[channel].correlation) < _ALIKE:
        return f"{sentence}."
    nearest = layer.nearest[channel]
    return f"{sentence}. Its map is most like {nearest.words} ({abs(nearest.correlation):.2f})."


def simple_channels(layer: "LayerResponse") -> tuple[str, ...]:
    """Return how many channels show a simple quality of the photograph; nothing if unknown."""
    if not layer.nearest:
        return ()
    found = [quality for quality in layer.nearest if abs(quality.correlation) >= _ALIKE]
    return (
        f"{len(found)} of {len(layer.nearest)} maps are like brightness, a color or edges "
        f"(correlation of at least {_ALIKE}).",
    )


def _median(layer: "LayerResponse", change: str) -> str:
    return f"{np.median(layer.agreement[change]):.2f}"


def _place(down: float, right: float) -> str:
    """Return a place, both coordinates from 0 to 1, as one of nine."""
    vertical = ("upper", "", "lower")[int(3 * down)]
    horizontal = ("left", "", "right")[int(3 * right)]
    if not vertical and not horizontal:
        return "middle"
    return " ".join(filter(None, (vertical or "middle", horizontal or "middle")))
