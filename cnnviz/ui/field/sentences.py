"""Sentences and tables about receptive fields, each computed from the exact fields."""

from typing import TYPE_CHECKING

import pandas as pd

from cnnviz.stats.percentages import percent
from cnnviz.ui.shell.units import format_pair, quantity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnnviz.inspection.receptive_field.fields import Field
    from cnnviz.inspection.receptive_field.paths import Window


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
