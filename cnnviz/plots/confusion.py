"""Which digits are taken for which."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from cnnviz.plots.colors import plotly_scale


def confusion_matrix(counts: NDArray[np.int64], *, theme: str = "light") -> go.Figure:
    """Draw mistakes in color and all counts in numbers.

    Args:
        counts: (10, 10); rows are true digits, columns answers.
        theme: "light" or "dark".

    Raises:
        ValueError: if `counts` is not square.
    """
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"a confusion matrix is square, not {counts.shape}")
    mistakes = counts.astype(float)
    np.fill_diagonal(mistakes, np.nan)  # right answers would drown the mistakes
    digits = [str(digit) for digit in range(len(counts))]
    figure = go.Figure(
        go.Heatmap(
            z=mistakes,
            x=digits,
            y=digits,
            zmin=0,
            zmax=max(1.0, float(np.nanmax(mistakes))),
            colorscale=plotly_scale("sequential", theme),
            text=counts,
            texttemplate="%{text}",
            customdata=counts,
            hovertemplate="%{customdata} digits %{y} answered as %{x}<extra></extra>",
            showscale=False,
            xgap=1,
            ygap=1,
        )
    )
    figure.update_xaxes(title_text="answer", side="bottom", constrain="domain", type="category")
    figure.update_yaxes(
        title_text="true digit", autorange="reversed", scaleanchor="x", type="category"
    )
    figure.update_layout(height=360, margin={"l": 50, "r": 10, "t": 10, "b": 45})
    return figure
