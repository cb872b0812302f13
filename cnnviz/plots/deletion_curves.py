"""What becomes of a class while ink goes or comes."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from cnnviz.plots.colors import CATEGORICAL

_GRAY = "#999999"
_NOT_YELLOW = tuple(color for color in CATEGORICAL if color not in ("#f0e442", _GRAY))


def followed(
    lines: Mapping[str, NDArray[np.float32]],
    chance: Sequence[NDArray[np.float32]],
    *,
    shares: NDArray[np.float32],
    x_title: str,
) -> go.Figure:
    """Draw one line per map over a band for random orders.

    Args:
        lines: title of a map to the probability, (S,).
        chance: of each random order, (S,).
        shares: of the ink, (S,), 0 to 1.
        x_title: what the share is of.

    Raises:
        ValueError: if a line has another length than `shares`.
    """
    for title, line in lines.items():
        if line.shape != shares.shape:
            raise ValueError(f"{title}: {line.shape} values at {shares.shape} shares")
    every = np.stack(chance)  # (orders, S)
    mean, spread = every.mean(axis=0), every.std(axis=0, ddof=1)
    band = np.concatenate([mean + spread, (mean - spread)[::-1]]).clip(0, 1)
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
        x=shares, y=mean, name="At random, ± 1 deviation", line={"color": _GRAY, "dash": "dash"}
    )
    for (title, line), color in zip(lines.items(), _NOT_YELLOW, strict=False):
        figure.add_scatter(x=shares, y=line, name=title, line={"color": color})
    figure.update_xaxes(title_text=x_title, tickformat=".0%", range=[0, 1])
    figure.update_yaxes(title_text="probability of the class", tickformat=".0%", range=[0, 1.02])
    figure.update_layout(
        height=360,
        margin={"l": 60, "r": 10, "t": 10, "b": 45},
        hovermode="x unified",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure
