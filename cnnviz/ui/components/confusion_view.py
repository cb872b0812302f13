"""A component for confusion matrices side by side with clickable cells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.plots import colors
from cnnviz.plots.confusion import most_mistakes
from cnnviz.ui.components.component import component
from cnnviz.ui.components.received import Cell, ignore, pass_on

_VIEW = component("confusion_view", beside=__file__)

_FEW = 5  # mistakes; the color scale never ends below it

ConfusionCell = tuple[int, int, int]  # matrix, true class, predicted class


@dataclass(frozen=True, eq=False)
class Matrix:
    """The confusion matrix of one network.

    Attributes:
        title: of the network.
        note: below the title.
        counts: (10, 10); rows are true classes, columns predicted ones.
    """

    title: str
    note: str
    counts: NDArray[np.int64]


def confusion_view(
    matrices: Sequence[Matrix],
    *,
    chosen: ConfusionCell | None,
    on_choose: Callable[[ConfusionCell], None] | None,
    key: str,
) -> None:
    """Show matrices whose mistakes share a color scale.

    Args:
        matrices: one for each network.
        chosen: the marked cell.
        on_choose: called with the clicked cell; None if cells cannot be clicked.
        key: Streamlit's key of the component.
    """
    choose = on_choose or ignore

    def choose_shown(cell: ConfusionCell) -> None:
        if cell[0] < len(matrices):
            choose(cell)

    _VIEW(
        key=key,
        data={
            "names": [matrix.title for matrix in matrices],
            "notes": [matrix.note for matrix in matrices],
            "counts": [matrix.counts.tolist() for matrix in matrices],
            "most": max(_FEW, *(most_mistakes(matrix.counts) for matrix in matrices)),
            "chosen": chosen,
            "chooses": on_choose is not None,
            "scale": {
                theme: colors.lookup_table("sequential", theme).tolist() for theme in colors.THEMES
            },
        },
        on_cell_change=pass_on(key, "cell", Cell, choose_shown),
    )
