"""Heat maps of networks side by side: disagreement, accuracy differences, class probabilities."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from cnnviz.plots.colors import CATEGORICAL, plotly_scale
from cnnviz.plots.layout import margins
from cnnviz.plots.wrapping import wrapped
from cnnviz.stats.intervals import wilson
from cnnviz.stats.percentages import percent, probability
from cnnviz.stats.significance import SIGNIFICANCE_LEVEL

DARKEST = 0.1
"""Proportion of digits classified differently from which on a cell has the darkest color."""
_ROW, _TEXT_LINE, _AROUND = 36, 15, 90  # pixels: height of a row, of a line in it, and around them
_COLUMN_TITLES = 60  # pixels


def disagreement_matrix(
    counts: NDArray[np.int64], total: int, titles: Sequence[str], *, theme: str
) -> go.Figure:
    """Draw how many digits each two networks classify differently, on a fixed color scale.

    Args:
        counts: (K, K) digits; the diagonal is left empty.
        total: number of digits that were classified.
        titles: names of the K networks.
        theme: "light" or "dark".

    Raises:
        ValueError: if `counts` is not K by K.
    """
    _check_shape("counts", counts, (len(titles), len(titles)))
    values = counts.astype(float)
    np.fill_diagonal(values, np.nan)
    shares = [[wilson(int(count), total) for count in row] for row in counts]
    figure = _heat_map(values, titles, titles, theme=theme, number_format=",.0f")
    figure.update_traces(
        zmin=0,
        zmax=DARKEST * total,
        customdata=[
            [[percent(v, 2) for v in (share.value, share.low, share.high)] for share in row]
            for row in shares
        ],
        hovertemplate="%{y} and %{x} classify %{z:,.0f} digits differently: %{customdata[0]} "
        "(%{customdata[1]} to %{customdata[2]})<extra></extra>",
    )
    _label_pairs(figure, titles, row="this network", column="and this one")
    return figure


def accuracy_differences(
    points: NDArray[np.float64], p_values: NDArray[np.float64], titles: Sequence[str], *, theme: str
) -> go.Figure:
    """Draw the difference in accuracy of every pair of networks, significant ones in bold.

    Args:
        points: (K, K), the row's accuracy minus the column's, percentage points.
        p_values: (K, K); both diagonals are left empty.
        titles: names of the K networks.
        theme: "light" or "dark".

    Raises:
        ValueError: if either is not K by K.
    """
    _check_shape("points", points, (len(titles), len(titles)))
    _check_shape("p-values", p_values, (len(titles), len(titles)))
    values = points.astype(float).copy()
    np.fill_diagonal(values, np.nan)
    figure = _heat_map(values, titles, titles, theme=theme, number_format="+.2f", scale="diverging")
    largest = float(np.abs(points).max(initial=0)) or 1.0
    text = [
        ["" if i == j else _bold(points[i, j], p_values[i, j]) for j in range(len(titles))]
        for i in range(len(titles))
    ]
    figure.update_traces(
        zmin=-largest,
        zmax=largest,
        text=text,
        texttemplate="%{text}",
        customdata=p_values,
        hovertemplate="%{y} minus %{x}: %{z:+.2f} percentage points, p = %{customdata:.2g}"
        "<extra></extra>",
    )
    _label_pairs(figure, titles, row="this network", column="minus this one")
    return figure


def class_probabilities(
    probabilities: NDArray[np.float32],
    titles: Sequence[str],
    *,
    label: int | None = None,
    theme: str,
) -> go.Figure:
    """Draw the probability that each network gives each class for one digit.

    Args:
        probabilities: (K, 10).
        titles: names of the K networks.
        label: the true class, which gets a frame; None if it is unknown.
        theme: "light" or "dark".

    Raises:
        ValueError: if there is not one row of probabilities per network.
    """
    if probabilities.ndim != 2 or len(probabilities) != len(titles):
        raise ValueError(
            f"there must be one row of probabilities per network, got {probabilities.shape} "
            f"for {len(titles)} networks"
        )
    digits = [str(digit) for digit in range(probabilities.shape[1])]
    figure = _heat_map(probabilities, digits, titles, theme=theme, number_format=".0%")
    figure.update_traces(
        zmin=0,
        zmax=1,
        text=[[_cell_text(value) for value in row] for row in probabilities.tolist()],
        texttemplate="%{text}",
        customdata=[[probability(value, 2) for value in row] for row in probabilities.tolist()],
        hovertemplate="%{y}: probability of %{x} is %{customdata}<extra></extra>",
    )
    axis_title = "class (cells in percent)"
    if label is not None:
        axis_title = "class (cells in percent; frame: true class)"
        frame = {"line": {"color": CATEGORICAL[1], "width": 3}, "fillcolor": "rgba(0,0,0,0)"}
        figure.add_shape(x0=label - 0.5, x1=label + 0.5, y0=-0.5, y1=len(titles) - 0.5, **frame)
    figure.update_xaxes(title_text=axis_title, type="category")
    figure.update_yaxes(autorange="reversed")
    figure.update_layout(height=_AROUND + _row_heights(titles))
    return figure


def _check_shape(name: str, values: NDArray[Any], shape: tuple[int, int]) -> None:
    if values.shape != shape:
        raise ValueError(f"{name} for {shape[0]} networks must be {shape}, got {values.shape}")


def _bold(points: float, p_value: float) -> str:
    return f"<b>{points:+.2f}</b>" if p_value < SIGNIFICANCE_LEVEL else f"{points:+.2f}"


def _label_pairs(figure: go.Figure, titles: Sequence[str], *, row: str, column: str) -> None:
    figure.update_xaxes(title_text=column, autotickangles=[0, 90])
    figure.update_yaxes(title_text=row, autorange="reversed")
    figure.update_layout(height=_AROUND + _COLUMN_TITLES + _row_heights(titles))


def _row_heights(titles: Sequence[str]) -> int:
    """Return the height in pixels of all rows, each with room for the longest title."""
    lines = max(wrapped(title).count("<br>") + 1 for title in titles) if titles else 0
    return len(titles) * max(_ROW, 6 + _TEXT_LINE * lines)


def _cell_text(value: float) -> str:
    """Return a probability in whole percent without the sign, "" below 0.5."""
    return "" if value < 0.005 else probability(value, 0).removesuffix("%")


def _heat_map(
    values: NDArray[np.floating],
    x: Sequence[str],
    y: Sequence[str],
    *,
    theme: str,
    number_format: str,
    scale: str = "sequential",
) -> go.Figure:
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=list(map(wrapped, x)),
            y=list(map(wrapped, y)),
            colorscale=plotly_scale(scale, theme),
            texttemplate=f"%{{z:{number_format}}}",
            showscale=False,
            xgap=1,
            ygap=1,
            hoverongaps=False,
        )
    )
    figure.update_layout(margin=margins(left=10))
    figure.update_yaxes(automargin=True)
    figure.update_xaxes(automargin=True)
    return figure
