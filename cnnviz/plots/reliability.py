"""Reliability diagram: accuracy against confidence, bin by bin."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from cnnviz.evaluation.calibration import Bin, Calibration
from cnnviz.plots.colors import line_style, marker_symbol, with_opacity
from cnnviz.plots.escaping import literal
from cnnviz.plots.layout import GRAY, error_bars, lay_out
from cnnviz.stats.percentages import percent, probability

FEW = 10  # predictions in a bin below which its accuracy says little
_SMALLEST, _LARGEST, _EQUAL = 6, 16, 9  # marker diameters in pixels; the last if all are alike
_FAINT = 0.3  # opacity of a bin with few predictions
_ROOM = 0.04  # of an axis, beyond its ends, so that no marker is cut off


def reliability_diagram(
    lines: Mapping[str, Calibration | None], *, zoom: bool = False
) -> go.Figure:
    """Draw accuracy against confidence per bin, and below it the number of predictions per bin.

    Larger markers stand for more predictions; bins with few of them are faint.

    Args:
        lines: title of a network to its calibration; None keeps the colors of the others.
        zoom: show only the part of the axes that holds bins, with markers of one size, instead of
            the whole range from 0 to 1.
    """
    figure = make_subplots(2, 1, shared_xaxes=True, row_heights=[0.75, 0.25], vertical_spacing=0.05)
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": GRAY, "dash": "dash"},
        name="Perfect calibration",
        hoverinfo="skip",
        row=1,
        col=1,
    )
    measured = [line for line in lines.values() if line is not None]
    most = max((b.count for line in measured for b in line.bins), default=1)
    scale = (_EQUAL if zoom else _LARGEST) / most**0.5
    for index, (title, line) in enumerate(lines.items()):
        if line is None:
            continue
        _add_bins(figure, index, title, [b for b in line.bins if b.count >= FEW], scale)
        if few := [b for b in line.bins if 0 < b.count < FEW]:
            _add_bins(figure, index, title, few, scale, faint=True)
    start = _lowest(measured) if zoom else 0.0
    room = _ROOM * (1 - start)
    limits = [start - room, 1 + room]
    figure.update_xaxes(range=limits, tickformat=".0%" if start < 0.9 else ".1%")
    figure.update_xaxes(title_text="mean confidence of a bin", row=2, col=1)
    figure.update_yaxes(title_text="accuracy", tickformat=".0%", range=limits, row=1, col=1)
    figure.update_yaxes(
        title_text="predictions", type="log", dtick=1, rangemode="normal", row=2, col=1
    )
    lay_out(figure, height=520)
    return figure


def _add_bins(
    figure: go.Figure,
    index: int,
    title: str,
    bins: Sequence[Bin],
    scale: float,
    *,
    faint: bool = False,
) -> None:
    """Add one network's bins to both panels.

    Args:
        scale: marker diameter in pixels per square root of the number of predictions.
    """
    color = line_style(index)["color"]
    color = with_opacity(color, _FAINT) if faint else color
    filled = [(b, b.accuracy) for b in bins if b.accuracy is not None]
    confidences = [probability(b.confidence or 0, 2) for b, _ in filled]
    marker = {"color": color, "symbol": marker_symbol(index)}
    shared = {"mode": "markers", "name": literal(title), "legendgroup": title, "cliponaxis": False}
    figure.add_scatter(
        x=[b.confidence for b, _ in filled],
        y=[share.value for _, share in filled],
        error_y=error_bars(
            [share.value for _, share in filled],
            [(share.low, share.high) for _, share in filled],
            color=color,
            thickness=1,
            width=0,
        ),
        marker={**marker, "size": [max(_SMALLEST, scale * b.count**0.5) for b, _ in filled]},
        customdata=[
            (b.count, confidence, percent(share.value, 2), percent(share.low), percent(share.high))
            for (b, share), confidence in zip(filled, confidences, strict=True)
        ],
        hovertemplate="%{customdata[0]:,} predictions, confidence %{customdata[1]}, accuracy "
        "%{customdata[2]} (%{customdata[3]} to %{customdata[4]})",
        showlegend=not faint,
        row=1,
        col=1,
        **shared,
    )
    figure.add_scatter(
        x=[b.confidence for b, _ in filled],
        y=[b.count for b, _ in filled],
        marker={**marker, "size": _SMALLEST},
        customdata=confidences,
        hovertemplate="%{y:,} predictions, confidence %{customdata}",
        showlegend=False,
        row=2,
        col=1,
        **shared,
    )


def _lowest(lines: Sequence[Calibration]) -> float:
    """Return the lowest confidence or lower accuracy bound of any bin."""
    ends = [
        min(b.confidence, b.accuracy.low)
        for line in lines
        for b in line.bins
        if b.confidence is not None and b.accuracy is not None
    ]
    return min(ends, default=0.0)
