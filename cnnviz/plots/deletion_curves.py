"""Deletion and insertion curves: the probability of a class as ink is removed or added."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from cnnviz.plots.colors import LINES
from cnnviz.plots.escaping import literal
from cnnviz.plots.layout import GRAY, lay_out


def deletion_curves(
    lines: Mapping[str, NDArray[np.float32]],
    chance: Sequence[NDArray[np.float32]],
    *,
    shares: NDArray[np.float32],
    x_title: str,
) -> go.Figure:
    """Draw one line per attribution map over a band for random orders.

    Args:
        lines: title of a map to the probability, (S,).
        chance: the same for each random order, (S,).
        shares: fraction of the ink, (S,), 0 to 1.
        x_title: what the fraction is of.

    Raises:
        ValueError: if a line and `shares` differ in length.
    """
    for title, line in lines.items():
        if line.shape != shares.shape:
            raise ValueError(
                f"{title}: there must be one value per share, got {line.shape} for {shares.shape}"
            )
    orders = np.stack(chance)  # (orders, S)
    mean, deviation = orders.mean(axis=0), orders.std(axis=0, ddof=1)  # (S,)
    band = np.concatenate([mean + deviation, (mean - deviation)[::-1]]).clip(0, 1)  # (2 S,)
    figure = go.Figure()
    figure.add_scatter(
        x=np.concatenate([shares, shares[::-1]]),
        y=band,
        fill="toself",
        fillcolor="rgba(153, 153, 153, 0.25)",
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_scatter(
        x=shares,
        y=mean,
        name="Random order, ± 1 standard deviation",
        line={"color": GRAY, "dash": "dash"},
    )
    for (title, line), color in zip(lines.items(), LINES, strict=False):
        figure.add_scatter(x=shares, y=line, name=literal(title), line={"color": color})
    figure.update_xaxes(title_text=x_title, tickformat=".0%", range=[0, 1])
    figure.update_yaxes(title_text="probability of the class", tickformat=".0%", range=[0, 1.02])
    lay_out(figure, height=360, hovermode="x unified")
    return figure
