"""A component that shows the tensor shapes of a forward pass as boxes."""

from collections.abc import Sequence
from math import prod
from typing import Any

from cnnviz.models.structure.activation_volumes import ActivationVolume
from cnnviz.models.structure.convolution.arithmetic import BYTES
from cnnviz.models.structure.counts import size_text
from cnnviz.models.structure.trace import Size
from cnnviz.ui.components.component import component
from cnnviz.ui.shell.units import as_bytes

_VOLUMES = component("volumes", beside=__file__)
_SHORT = 17  # letters of a name below a box
_NAMED = 3  # layers that a stage names before it counts


def volumes(stages: Sequence[ActivationVolume], *, key: str) -> None:
    """Show each stage of a forward pass as a box: channels to the right, rows down, columns in.

    Parallel branches are drawn one above the other.

    Args:
        stages: at least one, in the order of execution.
        key: Streamlit's key of the component.
    """
    before = [None, *stages]
    described = [_describe(stage, last) for last, stage in zip(before, stages, strict=False)]
    _VOLUMES(key=key, data={"stages": described})


def box(size: Size) -> tuple[int, int, int]:
    """Return channels, rows and columns of a tensor's shape, for drawing.

    Maps are square, (C, H, W) or (H, W, C). Tokens (T, C) are rows of one column, in several
    groups (G, T, C) one behind the other, and a vector (C,) is one row.
    """
    *groups, tokens, channels = (1, *size)
    if form(size) != "maps":
        return channels, tokens, prod(groups)
    first, second, third = size
    return (third, first, second) if first == second != third else (first, second, third)


def form(size: Size) -> str:
    """Return the kind of tensor by its shape: "maps", "tokens" or "vector"."""
    if len(size) == 3 and (size[1] == size[2] or size[0] == size[1]):
        return "maps"
    return "vector" if len(size) == 1 else "tokens"


def shape_text(size: Size) -> str:
    """Return a shape in words, such as "6 channels of 28 × 28"."""
    channels, rows, columns = box(size)
    kind = form(size)
    if kind == "vector":
        return f"{channels:,} values"
    if kind == "tokens":
        groups = f"{columns} groups of " if columns > 1 else ""
        return f"{groups}{rows:,} tokens of {channels:,} values"
    return f"{channels:,} {'channel' if channels == 1 else 'channels'} of {rows} × {columns}"


def short_name(name: str) -> str:
    """Return the longest end of a dotted name that fits below a box and begins with a word."""
    words = name.split(".")
    ends = [".".join(words[i:]) for i in range(len(words)) if not words[i][:1].isdigit()]
    return next((end for end in ends if len(end) <= _SHORT), ends[-1] if ends else name)


def _describe(stage: ActivationVolume, before: ActivationVolume | None) -> dict[str, Any]:
    sizes = (stage.size, *stage.beside)
    operation = "reshaped" if before is None or before.values == stage.values else "selected"
    names = list(stage.layers) or [operation]
    title = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"
    several = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return {
        "name": short_name(names[0]),
        "title": title,
        "layers": ", ".join(names[:_NAMED]) + several,
        "sizes": [size_text(size) for size in sizes],
        "words": [shape_text(size) for size in sizes],
        "values": f"{stage.values:,} values",
        "bytes": f"{as_bytes(stage.values * BYTES)} in float32",
        "boxes": [_box(size) for size in sizes],
    }


def _box(size: Size) -> dict[str, Any]:
    channels, rows, columns = box(size)
    return {"channels": channels, "rows": rows, "columns": columns, "form": form(size)}
