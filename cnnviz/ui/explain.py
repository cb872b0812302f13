"""Sentences about what is on the screen, each from what was measured."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.attention import AttentionMap
    from cnnviz.forward_pass import FeatureMaps
    from cnnviz.receptive_field import Field
    from cnnviz.survey import Survey

ROLLOUT = "rollout"  # the name that `cnnviz.attention.rollout` gives to all layers together

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
    top, left, bottom, right = map(int, field.boxes[""][field.centre])
    rows, columns = bottom - top + 1, right - left + 1
    if field.sees_everything:
        sees = "A unit in the middle sees the whole input"
    else:
        sees = (
            f"A unit in the middle sees {rows} × {columns} pixels of the input "
            f"({rows * columns / side**2:.0%})"
        )
    if field.gated:
        sees += "; through a gate, the whole image scales it too"
    return (f"{sees}.",)


def attention(found: "AttentionMap") -> str:
    """Return who looks at what in an attention map."""
    keys = f"{found.key_grid[0]} × {found.key_grid[1]} tokens"
    if found.layer == ROLLOUT:
        return (
            "How much of each input token has reached each token after all layers: the product of "
            "their attention, averaged over heads, where the residual connection counts half."
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
