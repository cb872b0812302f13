"""Sentences about feature maps and attention, each computed from measured values."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnviz.models.structure.counts import size_text
from cnnviz.ui.shell.markdown import enumeration

if TYPE_CHECKING:
    from cnnviz.inspection.activations.attention import AttentionMap
    from cnnviz.inspection.activations.channel_statistics import ChannelStatistics
    from cnnviz.inspection.activations.forward_pass import FeatureMaps
    from cnnviz.models.structure.trace import TraceStep

_PLACES = ("early", "in the middle", "late")
ROLLOUT = "rollout"  # the name that `attention.rollout` gives to all layers together

_SHARED, _OWN = 0.25, 0.5  # shares of variance: below the first channels respond to all digits,
# from the second to few of them
_LIKE = 0.85  # correlation from which a map is said to look like the image
_UNLIKE = 0.5  # correlation up to which it is said not to
_CHANGED = 0.1  # difference of two correlations that is mentioned


def likeness_sentence(layers: "Sequence[FeatureMaps]", noun: str) -> str:
    """Return how much the maps look like the image, and whether less from layer to layer.

    Args:
        layers: early, middle and late.
        noun: for the image, such as "0".
    """
    alike = [abs(float(maps.likeness[maps.most_alike])) for maps in layers]
    values = [f"{value:.2f} {place}" for value, place in zip(alike, _PLACES, strict=True) if value]
    if not values:
        return f"Each map is constant, whatever this {noun} looks like."
    closest = f"the closest map correlates with it by {enumeration(values)} (1: the same picture)"
    if layers[-1].values[0].size == 1:
        return f"Each late map is a single number and no longer shows this {noun}: {closest}."
    early, middle, late = alike
    if max(alike) >= _LIKE and not min(early, late) <= middle <= max(early, late):
        return (
            f"How much the most similar map of a layer looks like this {noun}: "
            f"{enumeration(values)} (1: the same picture, 0: nothing in common)."
        )
    if late < early - _CHANGED:
        return f"The late maps look less like this {noun} than the early ones: {closest}."
    if late > early + _CHANGED:
        return f"The late maps look more like this {noun} than the early ones: {closest}."
    if max(alike) <= _UNLIKE:
        return f"In none of the three layers does a map look much like this {noun}: {closest}."
    if max(alike) < _LIKE:
        return f"At best, a map looks roughly like this {noun}: {closest}."
    return f"Even late, maps still look like this {noun}: {closest}."


def map_notes(
    statistics: "ChannelStatistics",
    maps: "FeatureMaps",
    before: "FeatureMaps | None",
    steps: "Sequence[TraceStep]",
) -> tuple[str, ...]:
    """Return what to look for, or what changed if nothing was learned since the layer before.

    Args:
        statistics: of the layer's channels.
        maps: of the layer.
        before: maps of the layer shown before it; None for the first.
        steps: what the network computes between the two.
    """
    if before is None or _with_weights(steps):
        return (look_for_sentence(statistics),)
    return (change_sentence(before, maps, steps),)


def map_figures(
    statistics: "ChannelStatistics",
    maps: "FeatureMaps",
    before: "FeatureMaps | None",
    steps: "Sequence[TraceStep]",
) -> tuple[str, ...]:
    """Return the exact figures of a layer's maps; arguments as in `map_notes`."""
    learned = before is None or _with_weights(steps)
    return (
        *([change_sentence(before, maps, steps)] if before and learned else []),
        *([class_share_sentence(statistics)] if learned else []),  # else that of the layer before
        maximum_sentence(maps),
        dead_channels_sentence(maps, statistics),
    )


def change_sentence(
    before: "FeatureMaps", after: "FeatureMaps", steps: "Sequence[TraceStep]"
) -> str:
    """Return what happens from one layer to a later one."""
    start = f"Since {before.layer}: "
    channels, old, new = len(after.values), before.values.shape[1:], after.values.shape[1:]
    sizes = f"{size_text(old)} to {size_text(new)}"
    if len(steps) == 1 and (kept := _pooled(steps[0])):
        return (
            f"The same {channels} maps as in {before.layer}, shrunk from {sizes}: of every "
            f"{steps[0].kernel} values {kept} is kept."
        )
    if not _with_weights(steps):
        kinds = " and ".join(dict.fromkeys(step.kind for step in steps))
        return f"{start}the same {channels} channels, from {sizes}. {kinds} has no weights."
    count = len(_with_weights(steps))
    layers = f"{count} layer{'' if count == 1 else 's'} with weights"
    size = f"maps from {sizes}" if old != new else f"maps still {size_text(new)}"
    return f"{start}{layers}, {len(before.values)} to {channels} channels, {size}."


def _pooled(step: "TraceStep") -> str:
    """Return which value is kept of each window if the step pools windows side by side, else ""."""
    if step.kernel != step.stride or step.padding.strip("0 ×"):
        return ""
    return {"MaxPool2d": "the largest", "AvgPool2d": "the mean"}.get(step.kind, "")


def _with_weights(steps: "Sequence[TraceStep]") -> "list[TraceStep]":
    return [step for step in steps if step.parameters]


def look_for_sentence(statistics: "ChannelStatistics") -> str:
    """Return what to look for, from how much of a channel's variance the class explains."""
    share = statistics.class_share
    if share < _SHARED:
        return (
            "Look for strokes and edges, which all digits share: these channels respond almost "
            f"equally to all ten digits ({share:.0%} depends on the digit)."
        )
    explains = f"{share:.0%} of how strongly a channel responds depends on which digit it is"
    if share < _OWN:
        return f"Look for parts that some digits have and others lack: {explains}."
    return f"Look for channels that respond to few digits: {explains}."


def class_share_sentence(statistics: "ChannelStatistics") -> str:
    """Return how much of the variance of a channel's maximum the class explains."""
    return (
        f"Over {statistics.digits} test digits the class explains {statistics.class_share:.0%} of "
        "the variance of a channel's maximum (mean over the channels)."
    )


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


def difference_sentence(shares: Sequence[float]) -> str:
    """Return in which layers two sets of maps differ most.

    Args:
        shares: difference of the early, middle and late maps, 0 to 1.
    """
    values = [f"{share:.0%} {place}" for share, place in zip(shares, _PLACES, strict=True)]
    measured = f"{enumeration(values)} (0% if equal, 100% if they share nothing)"
    if not any(shares):
        return "The maps of both are equal."
    if max(shares) - min(shares) < _CHANGED:
        return f"The maps differ about as much in every layer: {measured}."
    ends = ("early", "middle", "late")
    most = ends[shares.index(max(shares))]
    return f"The two differ most in the {most} maps: {measured}."


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
