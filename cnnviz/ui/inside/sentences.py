"""Sentences about feature maps and attention, each computed from measured values."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnviz.models.structure.counts import size_text

if TYPE_CHECKING:
    from cnnviz.inspection.activations.attention import AttentionMap
    from cnnviz.inspection.activations.channel_statistics import ChannelStatistics
    from cnnviz.inspection.activations.forward_pass import FeatureMaps
    from cnnviz.models.structure.trace import TraceStep

ROLLOUT = "rollout"  # the name that `attention.rollout` gives to all layers together

_SHARED, _OWN = 0.25, 0.5  # shares of variance: below the first channels respond to all digits,
# from the second to few of them


def map_sentences(
    maps: "FeatureMaps",
    statistics: "ChannelStatistics",
    before: "FeatureMaps | None",
    steps: "Sequence[TraceStep]",
) -> tuple[str, ...]:
    """Return what changed since the layer before, what to look for, and what the maps hold.

    Args:
        maps: of the layer.
        statistics: of the layer's channels.
        before: maps of the layer shown before it; None for the first.
        steps: what the network computes between the two.
    """
    learned = before is None or _with_weights(steps)
    return (
        *([change_sentence(before, maps, steps)] if before else []),
        *([look_for_sentence(statistics)] if learned else []),  # else what the layer before says
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
    if not _with_weights(steps):
        kinds = " and ".join(dict.fromkeys(step.kind for step in steps))
        return f"{start}the same {channels} channels, from {sizes}. {kinds} has no weights."
    count = len(_with_weights(steps))
    layers = f"{count} layer{'' if count == 1 else 's'} with weights"
    size = f"maps from {sizes}" if old != new else f"maps still {size_text(new)}"
    return f"{start}{layers}, {len(before.values)} to {channels} channels, {size}."


def _with_weights(steps: "Sequence[TraceStep]") -> "list[TraceStep]":
    return [step for step in steps if step.parameters]


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
