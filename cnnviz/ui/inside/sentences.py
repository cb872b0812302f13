"""Sentences that describe what is shown, each computed from measured values."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cnnviz.inspection.activations.attention import AttentionMap
    from cnnviz.inspection.activations.channel_statistics import ChannelStatistics
    from cnnviz.inspection.activations.forward_pass import FeatureMaps
    from cnnviz.inspection.photographs.layer_response import LayerResponse
    from cnnviz.inspection.receptive_field.fields import Field

ROLLOUT = "rollout"  # the name that `attention.rollout` gives to all layers together

_DEPENDS, _SAME = 0.7, 0.9  # correlations: below the first a change matters, from the second not
_ALIKE = 0.5  # a correlation from which a map is called similar to something

_SHARED, _OWN = 0.25, 0.5  # shares of variance: below the first channels respond to all digits,
# from the second to few of them


def map_sentences(maps: "FeatureMaps", statistics: "ChannelStatistics") -> tuple[str, ...]:
    """Return what to look for in a layer, its maximum and its dead channels."""
    return (
        look_for_sentence(statistics),
        maximum_sentence(maps),
        dead_channels_sentence(maps, statistics),
    )


def look_for_sentence(statistics: "ChannelStatistics") -> str:
    """Return what to look for, from how much of a channel's variance the class explains."""
    share = statistics.class_share
    if share < _SHARED:
        look = "Look for strokes and edges, which all digits share"
    elif share < _OWN:
        look = "Look for parts that some digits have and others lack"
    else:
        look = "Look for channels that respond to few digits"
    return f"{look}: the class explains {share:.0%} of the variance of a channel's maximum."


def maximum_sentence(maps: "FeatureMaps") -> str:
    """Return the value of largest magnitude, and which map is most similar to the digit."""
    channel, row, column = maps.peak
    value = maps.values[channel, row, column]
    sentence = f"Largest magnitude: {value:.2f} in channel {channel}, row {row}, column {column}."
    alike = maps.most_alike
    likeness = maps.likeness[alike]
    if likeness == 0:
        return sentence
    return f"{sentence} Most similar to the digit: channel {alike}, correlation {likeness:.2f}."


def dead_channels_sentence(maps: "FeatureMaps", statistics: "ChannelStatistics") -> str:
    """Return how many channels are dead, and how many are zero on this digit alone."""
    dead = len(statistics.dead)
    if not dead:
        vary = f"all {statistics.channels} vary over {statistics.digits} test digits"
        return f"No dead channels: {vary}.{_zero_sentence(maps, statistics)}"
    kind = "channel" if dead == 1 else "channels"
    sentence = (
        f"{dead} dead {kind} of {statistics.channels} ({dead / statistics.channels:.0%}): "
        f"the same value on all {statistics.digits} test digits."
    )
    return sentence + _zero_sentence(maps, statistics)


def _zero_sentence(maps: "FeatureMaps", statistics: "ChannelStatistics") -> str:
    zero = len(maps.silent - statistics.dead)
    if not zero:
        return ""
    more = "more " if statistics.dead else ""
    return f" {zero} {more}{'is' if zero == 1 else 'are'} zero on this one."


def field_sentences(field: "Field | None", side: int) -> tuple[str, ...]:
    """Return what the central unit of a layer sees of an input of that many pixels a side."""
    if field is None:
        return ()
    top, left, bottom, right = field.center_box
    rows, columns = bottom - top + 1, right - left + 1
    if field.sees_everything:
        sees = "The central unit sees the whole input"
    else:
        share = rows * columns / side**2
        part = f" ({share:.0%})" if share >= 0.01 else ""
        sees = f"The central unit sees {rows} × {columns} pixels of the input{part}"
    if field.gated:
        sees += "; a squeeze-and-excitation gate also scales it by the whole image"
    return (f"{sees}.",)


def attention_sentence(attention: "AttentionMap") -> str:
    """Return which tokens attend to which in an attention map."""
    keys = f"{attention.key_grid[0]} × {attention.key_grid[1]} tokens"
    if attention.layer == ROLLOUT:
        return (
            "How much of each input token reaches each token after the last block: the product of "
            "the blocks' attention, averaged over heads, with the residual connection counted as "
            "half."
        )
    if not attention.query_grid[0]:
        return f"Cross-attention: one branch's class token attends to the other's {keys}."
    if attention.query_grid != attention.key_grid:
        queries = f"{attention.query_grid[0]} × {attention.query_grid[1]}"
        return f"Subsampling: {queries} queries, evenly spaced among {keys}, attend to all of them."
    if attention.window:
        window = f"{attention.window} × {attention.window}"
        shifted = f", shifted by {attention.shift}" if attention.shift else ""
        return f"Each of {keys} attends to its own window of {window}{shifted}."
    if attention.query_classes:
        return f"{keys} and a class token all attend to each other."
    return f"{keys} all attend to each other."


def response_sentences(layer: "LayerResponse", field: "Field", side: int) -> tuple[str, ...]:
    """Return what a layer's maps of a photograph depend on, and what its maximum shows.

    Args:
        layer: what was measured.
        field: what its units see.
        side: of the photograph, in pixels.
    """
    return (
        *field_sentences(field, side),
        mirroring_sentence(float(np.median(layer.agreement["mirror"]))),
        f"Correlation with the maps of the gray photograph {_median(layer, 'gray')}, of the "
        f"blurred one {_median(layer, 'blur')}.",
        *similarity_sentences(layer),
        maximum_channel_sentence(layer),
    )


def mirroring_sentence(agreement: float) -> str:
    """Return how well the maps of the mirrored photograph agree, and what that means."""
    sentence = f"Maps of the mirrored photograph, mirrored back, correlate by {agreement:.2f}"
    if agreement < _DEPENDS:
        return f"{sentence}: the channels depend on the direction of edges and patterns."
    if agreement < _SAME:
        return f"{sentence}: some channels depend on the direction of a pattern."
    return f"{sentence}: the channels respond to either direction."


def maximum_channel_sentence(layer: "LayerResponse") -> str:
    """Return the value of largest magnitude, its place, and what its map is similar to."""
    channel, row, column = layer.maps.peak
    _, height, width = layer.maps.values.shape
    sentence = (
        f"Largest magnitude: {layer.maps.values[channel, row, column]:.1f} in channel {channel}, "
        f"in the {_place(row / height, column / width)}"
    )
    if not layer.nearest or abs(layer.nearest[channel].correlation) < _ALIKE:
        return f"{sentence}."
    nearest = layer.nearest[channel]
    similar = f"{nearest.words} ({abs(nearest.correlation):.2f})"
    return f"{sentence}. Its map is most similar to {similar}."


def similarity_sentences(layer: "LayerResponse") -> tuple[str, ...]:
    """Return how many maps are similar to brightness, a color or edges; nothing if unknown."""
    if not layer.nearest:
        return ()
    similar = [quality for quality in layer.nearest if abs(quality.correlation) >= _ALIKE]
    return (
        f"{len(similar)} of {len(layer.nearest)} maps are similar to brightness, a color or edges "
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
