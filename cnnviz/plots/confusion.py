"""Confusion matrix: how often each digit is classified as each other."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from cnnviz.plots.colors import plotly_scale
from cnnviz.plots.layout import margins


def most_mistakes(counts: NDArray[np.int64]) -> int:
    """Return the largest count of a confusion matrix (K, K) off its diagonal."""
    return int((counts - np.diag(np.diag(counts))).max(initial=0))


def confusion_matrix(counts: NDArray[np.int64], *, theme: str = "light") -> go.Figure:
    """Draw a confusion matrix with errors in color and every count as a number.

    Args:
        counts: (10, 10); rows are true digits, columns predicted ones.
        theme: "light" or "dark".

    Raises:
        ValueError: if `counts` is not square.
    """
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"a confusion matrix must be square, got {counts.shape}")
    errors = counts.astype(float)
    np.fill_diagonal(errors, np.nan)  # correct answers are so many that errors would look alike
    digits = [str(digit) for digit in range(len(counts))]
    figure = go.Figure(
        go.Heatmap(
            z=errors,
            x=digits,
            y=digits,
            zmin=0,
            zmax=max(1, most_mistakes(counts)),
            colorscale=plotly_scale("sequential", theme),
            text=counts,
            texttemplate="%{text}",
            customdata=counts,
            hovertemplate="%{customdata} digits %{y} classified as %{x}<extra></extra>",
            showscale=False,
            xgap=1,
            ygap=1,
        )
    )
    figure.update_xaxes(
        title_text="predicted digit", side="bottom", constrain="domain", type="category"
    )
    figure.update_yaxes(
        title_text="true digit", autorange="reversed", scaleanchor="x", type="category"
    )
    figure.update_layout(height=360, margin=margins(left=50))
    return figure
