"""One component that shows the list of shapes as boxes that shrink and deepen."""

from collections.abc import Sequence
from math import prod
from typing import Any

from cnnviz.models.structure.activation_volumes import ActivationVolume
from cnnviz.models.structure.convolution_arithmetic import BYTES
from cnnviz.models.structure.counts import size_text
from cnnviz.models.structure.trace import Size
from cnnviz.ui.components.component import component
from cnnviz.ui.shell.units import as_bytes

_VOLUMES = component("volumes", beside=__file__)
_SHORT = 17  # letters of a name below a box
_NAMED = 3  # layers that a stage names before it counts


def volumes(stages: Sequence[ActivationVolume], *, key: str) -> None:
    """Show each stage of a forward pass as a box: channels to the right, rows down, columns in.

    Where branches run beside each other, one box stands above the other.

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
    """Return what a shape is one of: "maps", "tokens" or a "vector"."""
    if len(size) == 3 and (size[1] == size[2] or size[0] == size[1]):
        return "maps"
    return "vector" if len(size) == 1 else "tokens"


def in_words(size: Size) -> str:
    """Return a shape with what its numbers count."""
    channels, rows, columns = box(size)
    kind = form(size)
    if kind == "vector":
        return f"{channels:,} values"
    if kind == "tokens":
        groups = f"{columns} groups of " if columns > 1 else ""
        return f"{groups}{rows:,} tokens of {channels:,} values"
    return f"{channels:,} {'channel' if channels == 1 else 'channels'} of {rows} × {columns}"


def short(name: str) -> str:
    """Return the end of a dotted name that fits below a box and begins with a word."""
    parts = name.split(".")
    ends = [".".join(parts[i:]) for i in range(len(parts)) if not parts[i][:1].isdigit()]
    return next((end for end in ends if len(end) <= _SHORT), ends[-1] if ends else name)


def _describe(stage: ActivationVolume, before: ActivationVolume | None) -> dict[str, Any]:
    sizes = (stage.size, *stage.beside)
    seen = "reshaped" if before is None or before.values == stage.values else "selected"
    names = list(stage.layers) or [seen]
    title = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"
    several = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return {
        "name": short(names[0]),
        "title": title,
        "layers": ", ".join(names[:_NAMED]) + several,
        "sizes": [size_text(size) for size in sizes],
        "words": [in_words(size) for size in sizes],
        "values": f"{stage.values:,} values",
        "bytes": f"{as_bytes(stage.values * BYTES)} in float32",
        "boxes": [_box(size) for size in sizes],
    }


def _box(size: Size) -> dict[str, Any]:
    channels, rows, columns = box(size)
    return {"channels": channels, "rows": rows, "columns": columns, "form": form(size)}
