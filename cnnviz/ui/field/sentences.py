"""Sentences and tables about receptive fields, each from what was computed."""

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnnviz.inspection.receptive_field.fields import Field
    from cnnviz.inspection.receptive_field.intervals import Window


def both(pair: tuple[int, int] | tuple[float, float] | None, unknown: str = "–") -> str:
    """Return a number for rows and columns, once where they agree."""
    if pair is None:
        return unknown
    rows, columns = (f"{value:g}" for value in pair)
    return rows if rows == columns else f"{rows} × {columns}"


def covered(field: "Field", side: tuple[int, int]) -> tuple[int, int, float]:
    """Return rows, columns and the share of the input that the middle unit sees."""
    top, left, bottom, right = map(int, field.boxes[""][field.center])
    rows, columns = bottom - top + 1, right - left + 1
    return rows, columns, rows * columns / (side[0] * side[1])


def sentences(field: "Field", side: tuple[int, int], first: str | None) -> list[str]:
    """Return what there is to say about one layer's fields.

    Args:
        field: of the layer.
        side: rows and columns of the input.
        first: the first layer that sees everything; None if there is none.
    """
    rows, columns, share = covered(field, side)
    whole = f"the whole {both(side)}" if field.sees_everything else f"{rows} × {columns} pixels"
    said = [f"The unit in the middle sees {whole} ({share:.0%} of the input)."]
    if field.theoretical is None:
        said.append(
            "No size holds for all units: the reach grows with the input, or depends on the place."
        )
    elif field.theoretical != (rows, columns):
        said.append(f"Without a border it would be {both(field.theoretical)} pixels a side.")
    if field.gates:
        said.append(
            f"Through {len(field.gates)} squeeze-excitation gate"
            f"{'s' if len(field.gates) > 1 else ''} the whole image scales it too; that is left "
            "out here."
        )
    if first == field.layer:
        said.append("It is the first layer that sees everything.")
    return said


def rule_of_thumb(field: "Field", side: tuple[int, int]) -> str:
    """Return the lecture's estimate beside the exact size."""
    per = side[0] / field.grid[0], side[1] / field.grid[1]
    rows, columns, _ = covered(field, side)
    return (
        f"Rule of thumb: {both(side)} pixels over {both(field.grid)} units, so a unit stands for "
        f"{per[0]:.3g} × {per[1]:.3g} pixels, and a 3×3 kernel on this map for "
        f"{3 * per[0]:.3g} × {3 * per[1]:.3g}. Exactly, the unit sees {rows} × {columns}."
    )


def recurrence_table(path: "Sequence[Window]") -> pd.DataFrame:
    """Return r, jump and start step by step, with the numbers put in, along rows."""
    rows = []
    size, jump = 1, 1
    for window in path:
        kernel, dilation, stride = window.kernel[0], window.dilation[0], window.stride[0]
        apart = f"{dilation} · {jump}" if dilation > 1 else f"{jump}"
        rows.append(
            {
                "Layer": window.layer + (" (branches met before)" if window.joined else ""),
                "Kind": window.kind,
                "Kernel": both(window.kernel),
                "Stride": both(window.stride),
                "Padding": both(window.padding),
                "r": f"{size} + ({kernel} − 1) · {apart} = {window.size[0]}",
                "Jump": f"{jump} · {stride} = {window.jump[0]}",
                "Start": f"{window.start[0]:g}",
            }
        )
        size, jump = window.size[0], window.jump[0]
    return pd.DataFrame(rows)


def field_table(fields: "Mapping[str, Field]", side: tuple[int, int]) -> pd.DataFrame:
    """Return one row for each layer, in the order in which they run."""
    return pd.DataFrame(
        [
            {
                "Layer": field.layer,
                "Kind": field.kind,
                "Map": f"{field.grid[0]} × {field.grid[1]}",
                "r": both(field.theoretical, "no bound"),
                "Jump": both(field.jump),
                "Padding": both(field.padding),
                "Sees": "{} × {}".format(*covered(field, side)),
                "Share": covered(field, side)[2],
                "Everything": field.sees_everything,
                "Gates": len(field.gates),
            }
            for field in fields.values()
        ]
    )
