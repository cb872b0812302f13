"""Tables of shares in colour: how often networks agree, and what each says of one digit."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from cnnviz.plots.colours import CATEGORICAL, plotly_scale
from cnnviz.plots.words import wrapped

_ROW, _AROUND = 36, 90  # pixels: height of a line, and of what stands around them


def agreement(shares: NDArray[np.float64], titles: Sequence[str], *, theme: str) -> go.Figure:
    """Draw how often each two networks give the same answer.

    Args:
        shares: (K, K), 0 to 1; what is on the diagonal is left out.
        titles: of the networks, K.
        theme: "light" or "dark".

    Raises:
        ValueError: if there are not K times K shares.
    """
    if shares.shape != (len(titles), len(titles)):
        raise ValueError(f"{shares.shape} shares for {len(titles)} networks")
    others = shares.astype(float).copy()
    np.fill_diagonal(others, np.nan)
    figure = _heat(others, titles, titles, theme=theme, form=".1%")
    figure.update_traces(
        zmin=float(np.nanmin(others)) if len(titles) > 1 else 0,
        zmax=1,
        hovertemplate="%{y} and %{x} agree on %{z:.2%}<extra></extra>",
    )
    figure.update_xaxes(title_text="network", tickangle=-30)
    figure.update_yaxes(title_text="network", autorange="reversed")
    figure.update_layout(height=_AROUND + 60 + _ROW * len(titles))
    return figure


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
    figure.update_layout(height=_AROUND + _ROW * len(titles))
    return figure


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
) -> go.Figure:
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=list(map(wrapped, x)),
            y=list(map(wrapped, y)),
            colorscale=plotly_scale("sequential", theme),
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
