"""A component for rows of small images, filters or digits, that shows the value pointed at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.plots import colors
from cnnviz.ui.components.component import component, pack
from cnnviz.ui.components.received import Index, ignore, pass_on

_TILES = component("tiles", beside=__file__)


@dataclass(frozen=True)
class Tile:
    """One small image.

    Attributes:
        values: (height, width); digits from 0 to 1, filters signed.
        name: for screen readers and the readout.
        label: text below, if any; lines end with a newline.
        wrong: whether to mark it as a mistake.
        boxes: left, top, right and bottom of rectangles drawn on it, as shares of its sides.
    """

    values: NDArray[Any]
    name: str
    label: str = ""
    wrong: bool = False
    boxes: Sequence[Sequence[float]] = ()


@dataclass(frozen=True)
class Row:
    """Images of one size under one title, which share a color scale.

    Attributes:
        title: of the row.
        note: beside the title.
        tiles: at least one.
        scale: screen pixels per value.
        signed: whether colors diverge around zero, instead of black to white from 0 to 1.
    """

    title: str
    tiles: Sequence[Tile]
    note: str = ""
    scale: float = 1.0
    signed: bool = False


def tiles(
    rows: Sequence[Row], *, key: str, on_choose: Callable[[int, int], None] | None = None
) -> None:
    """Show rows of small images, redrawn in place when they change.

    Args:
        rows: of images.
        key: Streamlit's key of the component.
        on_choose: called with the row and index of the clicked image; None makes none clickable.
    """
    header = [
        {
            "title": row.title,
            "note": row.note,
            "width": row.tiles[0].values.shape[1],
            "height": row.tiles[0].values.shape[0],
            "scale": row.scale,
            "signed": row.signed,
            "tiles": [
                {"label": t.label, "wrong": t.wrong, "name": t.name, "boxes": t.boxes}
                for t in row.tiles
            ],
        }
        for row in rows
    ]
    values = {
        f"{i}.{j}": tile.values.astype(np.float32)
        for i, row in enumerate(rows)
        for j, tile in enumerate(row.tiles)
    }
    choose = on_choose or ignore

    def choose_shown(place: tuple[int, int]) -> None:
        row, tile = place
        if row < len(rows) and tile < len(rows[row].tiles):
            choose(row, tile)

    _TILES(
        key=key,
        data=pack(
            {"chooses": on_choose is not None, "groups": header},
            values | colors.lookup_tables("diverging", "ink"),
        ),
        on_choose_change=pass_on(key, "choose", tuple[Index, Index], choose_shown),
    )
