"""Sentences and tables about receptive fields, each computed from the exact fields."""

from typing import TYPE_CHECKING

import pandas as pd

from cnnviz.models.structure.counts import size_text
from cnnviz.stats.percentages import percent
from cnnviz.ui.shell.units import format_pair, quantity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnnviz.inspection.receptive_field.effective import EffectiveField
    from cnnviz.inspection.receptive_field.fields import Field
    from cnnviz.inspection.receptive_field.paths import Window


def unit_sentence(field: "Field", unit: tuple[int, int], side: tuple[int, int]) -> str:
    """Return what one unit of a layer can see of the input.

    Args:
        field: of the layer.
        unit: row and column of the unit.
        side: rows and columns of the input.
    """
    top, left, bottom, right = map(int, field.boxes[""][unit])
    rows, columns = bottom - top + 1, right - left + 1
    who = "central unit" if field.center == unit else f"unit in row {unit[0]}, column {unit[1]}"
    start = f"The {who} of {field.layer} can see"
    if (rows, columns) == side:
        return f"{start} the whole input: all of its pixels are the unit's receptive field."
    share = percent(rows * columns / (side[0] * side[1]), 0)
    return (
        f"{start} only the {rows} × {columns} pixels in the frame on the input, {share} of it: "
        "its theoretical receptive field."
    )


def effective_sentence(field: "Field", trained: "EffectiveField", untrained: int) -> str:
    """Return from how much of what the central unit can see half of its reaction comes.

    Args:
        field: theoretical one of the layer.
        trained: effective one of the trained network.
        untrained: side of the square with half of the reaction before training.
    """
    start = f"The central unit of {field.layer} can see"
    sees = "the whole input" if field.sees_everything else f"{size_text(field.center_size)} pixels"
    if not trained.values.any():
        return f"{start} {sees}, but on these digits no pixel changes it."
    half = f"{trained.half} × {trained.half}"
    before = f"before training {untrained} × {untrained}"
    if trained.half >= min(field.center_size):
        return f"{start} {sees}, and its reaction is spread over all of it ({before})."
    return (
        f"{start} {sees}, but half of its reaction comes from the middle {half} pixels: its "
        f"effective receptive field ({before})."
    )


def spread_sentence(pixel: tuple[int, int], counts: "Mapping[str, tuple[int, int]]") -> str:
    """Return how far the change of one pixel spreads, from the first layer to the last map.

    Args:
        pixel: row and column.
        counts: by layer, in order, how many of how many units change; one without maps has one.
    """
    maps = {layer: count for layer, count in counts.items() if count[1] > 1} or counts
    (first, (few, all_first)), (last, (many, all_last)) = (list(maps.items())[i] for i in (0, -1))
    start = f"Changing the pixel in row {pixel[0]}, column {pixel[1]} changes {few} of {all_first} "
    if not many:
        return f"{start}units in {first}, and none in {last}."
    return f"{start}units in {first} and {many} of {all_last} in {last}."


def growth_sentence(fields: "Mapping[str, Field]", first: str | None) -> str:
    """Return how the receptive field of the central unit grows with depth.

    Args:
        fields: by layer, in order of execution.
        first: the first layer whose central unit sees the whole input; None if there is none.
    """
    start, *_, end = fields.values()
    grows = f"The central unit's receptive field grows from {size_text(start.center_size)} pixels "
    if first is None:
        return f"{grows}in {start.layer} to {size_text(end.center_size)} in {end.layer}."
    if first == start.layer:
        return f"The central unit sees the whole input from the first layer on, {start.layer}."
    return f"{grows}in {start.layer} to the whole input in {first}."


def layer_sentences(field: "Field", side: tuple[int, int], first: str | None) -> list[str]:
    """Return sentences that describe one layer's receptive fields.

    Args:
        field: of the layer.
        side: rows and columns of the input.
        first: the first layer whose central unit sees the whole input; None if there is none.
    """
    rows, columns = field.center_size
    whole = (
        f"the whole {format_pair(side)}" if field.sees_everything else f"{rows} × {columns} pixels"
    )
    sentences = [f"The central unit sees {whole} ({percent(field.share, 0)} of the input)."]
    if field.theoretical is None:
        sentences.append(
            "There is no size for all units: it grows with the input, or depends on the position."
        )
    elif field.theoretical != (rows, columns):
        sentences.append(
            f"Away from the border the side is {format_pair(field.theoretical)} pixels."
        )
    if field.gates:
        sentences.append(
            f"Through {quantity(len(field.gates), 'squeeze-excitation gate')} the whole image "
            "scales it too; this is not counted here."
        )
    if first == field.layer:
        sentences.append("It is the first layer whose central unit sees the whole input.")
    return sentences


def border_sentence(first: str | None) -> str:
    """Return which layer is the first whose central unit sees the whole input."""
    if first is None:
        return "No layer sees the whole input."
    return f"First layer whose central unit sees the whole input: {first}."


def rule_of_thumb(field: "Field", side: tuple[int, int]) -> str:
    """Return the lecture's rule of thumb and the exact size."""
    per = side[0] / field.grid[0], side[1] / field.grid[1]
    rows, columns = field.center_size
    return (
        f"Rule of thumb: {format_pair(side)} pixels over {format_pair(field.grid)} units, so a "
        f"unit covers {per[0]:.3g} × {per[1]:.3g} pixels, and a 3×3 kernel on this map "
        f"covers {3 * per[0]:.3g} × {3 * per[1]:.3g}. The exact size is {rows} × {columns}."
    )


def recurrence_table(path: "Sequence[Window]") -> pd.DataFrame:
    """Return the recurrence of r, jump and start along rows, one row per layer."""
    rows = []
    size, jump = 1, 1
    for window in path:
        kernel, dilation, stride = window.kernel[0], window.dilation[0], window.stride[0]
        apart = f"{dilation} · {jump}" if dilation > 1 else f"{jump}"
        rows.append(
            {
                "Layer": window.layer + (" (after branches join)" if window.joined else ""),
                "Kind": window.kind,
                "Kernel": format_pair(window.kernel),
                "Stride": format_pair(window.stride),
                "Padding": format_pair(window.padding),
                "r": f"{size} + ({kernel} − 1) · {apart} = {window.size[0]}",
                "Jump": f"{jump} · {stride} = {window.jump[0]}",
                "Start": f"{window.start[0]:g}",
            }
        )
        size, jump = window.size[0], window.jump[0]
    return pd.DataFrame(rows)


def field_table(fields: "Mapping[str, Field]") -> pd.DataFrame:
    """Return one row per layer, in order of execution."""
    return pd.DataFrame(
        [
            {
                "Layer": field.layer,
                "Kind": field.kind,
                "Map": f"{field.grid[0]} × {field.grid[1]}",
                "r": format_pair(field.theoretical, "unbounded"),
                "Jump": format_pair(field.jump),
                "Padding": format_pair(field.padding),
                "Sees": "{} × {}".format(*field.center_size),
                "Share": field.share,
                "Whole input": field.sees_everything,
                "Gates": len(field.gates),
            }
            for field in fields.values()
        ]
    )
