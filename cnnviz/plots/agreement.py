"""Tables of shares in color: how often networks agree, and what each says of one digit."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from cnnviz.plots.colors import CATEGORICAL, plotly_scale
from cnnviz.plots.wrapping import wrapped
from cnnviz.stats.intervals import RARE, wilson

DARKEST = 0.1
"""Share of digits answered differently from which on a cell is of the darkest color."""
_ROW, _TEXT, _AROUND = 36, 15, 90  # pixels: height of a row, of a line in it, and around them


def agreement(
    counts: NDArray[np.int64], asked: int, titles: Sequence[str], *, theme: str
) -> go.Figure:
    """Draw how many digits each two networks answer differently, on a scale that stays the same.

    Args:
        counts: (K, K) digits; what is on the diagonal is left out.
        asked: how many digits they were asked about.
        titles: of the networks, K.
        theme: "light" or "dark".

    Raises:
        ValueError: if there are not K times K counts.
    """
    if counts.shape != (len(titles), len(titles)):
        raise ValueError(f"{counts.shape} counts for {len(titles)} networks")
    others = counts.astype(float)
    np.fill_diagonal(others, np.nan)
    shares = [[wilson(int(count), asked) for count in line] for line in counts]
    figure = _heat(others, titles, titles, theme=theme, form=",.0f")
    figure.update_traces(
        zmin=0,
        zmax=DARKEST * asked,
        customdata=[[(one.value, one.low, one.high) for one in line] for line in shares],
        hovertemplate="%{y} and %{x} answer %{z:,.0f} digits differently: %{customdata[0]:.2%} "
        "(%{customdata[1]:.2%} to %{customdata[2]:.2%})<extra></extra>",
    )
    figure.update_xaxes(title_text="and this one", autotickangles=[0, 90])
    figure.update_yaxes(title_text="this network", autorange="reversed")
    figure.update_layout(height=_AROUND + 60 + _rows(titles))
    return figure


def differences(
    points: NDArray[np.float64], chances: NDArray[np.float64], titles: Sequence[str], *, theme: str
) -> go.Figure:
    """Draw by how much each network is better than each other, those beyond chance in bold.

    Args:
        points: (K, K), the row's accuracy less the column's, percentage points.
        chances: (K, K), p-values; what is on the diagonals is left out.
        titles: of the networks, K.
        theme: "light" or "dark".

    Raises:
        ValueError: if there are not K times K of both.
    """
    if points.shape != (len(titles),) * 2 or chances.shape != points.shape:
        raise ValueError(f"{points.shape} and {chances.shape} numbers for {len(titles)} networks")
    shown = points.astype(float).copy()
    np.fill_diagonal(shown, np.nan)
    figure = _heat(shown, titles, titles, theme=theme, form="+.2f", scale="diverging")
    most = float(np.abs(points).max(initial=0)) or 1.0
    text = [
        ["" if i == j else _bold(points[i, j], chances[i, j]) for j in range(len(titles))]
        for i in range(len(titles))
    ]
    figure.update_traces(
        zmin=-most,
        zmax=most,
        text=text,
        texttemplate="%{text}",
        customdata=chances,
        hovertemplate="%{y} less %{x}: %{z:+.2f} points, p = %{customdata:.2g}<extra></extra>",
    )
    figure.update_xaxes(title_text="less this one", autotickangles=[0, 90])
    figure.update_yaxes(title_text="this network", autorange="reversed")
    figure.update_layout(height=_AROUND + 60 + _rows(titles))
    return figure


def _bold(points: float, chance: float) -> str:
    return f"<b>{points:+.2f}</b>" if chance < RARE else f"{points:+.2f}"


def what_they_say(
    probabilities: NDArray[np.float32],
    titles: Sequence[str],
    *,
    label: int | None = None,
    theme: str,
) -> go.Figure:
    """Draw the probability that each network gives each class of one digit.

    Args:
        probabilities: (K, 10).
        titles: of the networks, K.
        label: the true class, to be framed; None where nobody knows it.
        theme: "light" or "dark".

    Raises:
        ValueError: if there are not as many lines as networks.
    """
    if probabilities.ndim != 2 or len(probabilities) != len(titles):
        raise ValueError(f"{probabilities.shape} probabilities for {len(titles)} networks")
    digits = [str(digit) for digit in range(probabilities.shape[1])]
    figure = _heat(probabilities, digits, titles, theme=theme, form=".0%")
    figure.update_traces(
        zmin=0,
        zmax=1,
        text=[[_percent(value) for value in line] for line in probabilities.tolist()],
        texttemplate="%{text}",
        hovertemplate="%{y} gives the %{x} %{z:.2%}<extra></extra>",
    )
    named = "class (cells: percent)"
    if label is not None:
        named = "class (cells: percent; framed: true)"
        frame = {"line": {"color": CATEGORICAL[1], "width": 3}, "fillcolor": "rgba(0,0,0,0)"}
        figure.add_shape(x0=label - 0.5, x1=label + 0.5, y0=-0.5, y1=len(titles) - 0.5, **frame)
    figure.update_xaxes(title_text=named, type="category")
    figure.update_yaxes(autorange="reversed")
    figure.update_layout(height=_AROUND + _rows(titles))
    return figure


def _rows(titles: Sequence[str]) -> int:
    """Return the height of so many rows, each with room for the longest of the titles."""
    lines = max(wrapped(title).count("<br>") + 1 for title in titles) if titles else 0
    return len(titles) * max(_ROW, 6 + _TEXT * lines)


def _percent(value: float) -> str:
    """Return a probability in whole percent, nothing below one half, and never a whole 100."""
    return "" if value < 0.005 else f"{100 * value:.0f}" if value < 0.995 else "> 99"


def _heat(
    values: NDArray[np.floating],
    x: Sequence[str],
    y: Sequence[str],
    *,
    theme: str,
    form: str,
    scale: str = "sequential",
) -> go.Figure:
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=list(map(wrapped, x)),
            y=list(map(wrapped, y)),
            colorscale=plotly_scale(scale, theme),
            texttemplate=f"%{{z:{form}}}",
            showscale=False,
            xgap=1,
            ygap=1,
            hoverongaps=False,
        )
    )
    figure.update_layout(margin={"l": 10, "r": 10, "t": 10, "b": 45})
    figure.update_yaxes(automargin=True)
    figure.update_xaxes(automargin=True)
    return figure
