"""How often a network is right that says it is so sure."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from cnnviz.evaluation.calibration import Bin, Calibration
from cnnviz.plots.colors import line_style, see_through, symbol

FEW = 10  # answers in a bin, below which its share says little
_LEAST, _MOST, _NEAR = 6, 16, 9  # diameters in pixels: of few and most answers, and of all bins
_FAINT = 0.3  # of the ink of a bin with few answers
_ROOM = 0.04  # of an axis, beyond its ends, so that no mark is cut


def reliability(lines: Mapping[str, Calibration | None], *, near: bool = False) -> go.Figure:
    """Draw accuracy against certainty, bin by bin, and below how many answers each bin holds.

    Larger marks stand for more answers; bins with few of them are faint.

    Args:
        lines: title of a network to its calibration; None keeps the colors of the others.
        near: show the part of the axes that holds bins, all marks of one size, rather than all
            from 0 to 1.
    """
    figure = make_subplots(2, 1, shared_xaxes=True, row_heights=[0.75, 0.25], vertical_spacing=0.05)
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": "#999999", "dash": "dash"},
        name="As often right as it says",
        hoverinfo="skip",
        row=1,
        col=1,
    )
    known = [one for one in lines.values() if one is not None]
    most = max((b.count for found in known for b in found.bins), default=1)
    widest = _NEAR if near else _MOST
    for place, (title, found) in enumerate(lines.items()):
        if found is None:
            continue
        full = [b for b in found.bins if b.count >= FEW]
        _marks(figure, place, title, full, widest / most**0.5)
        if few := [b for b in found.bins if 0 < b.count < FEW]:
            _marks(figure, place, title, few, widest / most**0.5, faint=True)
    start = _start(known) if near else 0.0
    room = _ROOM * (1 - start)
    shown = [start - room, 1 + room]
    figure.update_xaxes(range=shown, tickformat=".0%" if start < 0.9 else ".1%")
    figure.update_xaxes(title_text="mean certainty of a bin", row=2, col=1)
    figure.update_yaxes(
        title_text="answered right, share", tickformat=".0%", range=shown, row=1, col=1
    )
    figure.update_yaxes(title_text="answers", type="log", dtick=1, rangemode="normal", row=2, col=1)
    figure.update_layout(
        height=520,
        margin={"l": 60, "r": 10, "t": 10, "b": 45},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure


def _marks(
    figure: go.Figure,
    place: int,
    title: str,
    bins: Sequence[Bin],
    scale: float,
    *,
    faint: bool = False,
) -> None:
    """Add one network's bins, and their sizes in the strip below.

    Args:
        scale: pixels across a mark that stands for one answer, were it so small.
    """
    color = line_style(place)["color"]
    ink = see_through(color, _FAINT) if faint else color
    known = [(b, b.accuracy) for b in bins if b.accuracy is not None]
    mark = {"color": ink, "symbol": symbol(place)}
    shared = {"mode": "markers", "name": title, "legendgroup": title, "cliponaxis": False}
    figure.add_scatter(
        x=[b.certainty for b, _ in known],
        y=[share.value for _, share in known],
        error_y={
            "array": [share.high - share.value for _, share in known],
            "arrayminus": [share.value - share.low for _, share in known],
            "color": ink,
            "thickness": 1,
            "width": 0,
        },
        marker={
            **mark,
            "size": [max(_LEAST, scale * b.count**0.5) for b, _ in known],
        },
        customdata=[(b.count, share.low, share.high) for b, share in known],
        hovertemplate="%{customdata[0]:,} answers, %{x:.2%} sure, %{y:.2%} right "
        "(%{customdata[1]:.1%} to %{customdata[2]:.1%})",
        showlegend=not faint,
        row=1,
        col=1,
        **shared,
    )
    figure.add_scatter(
        x=[b.certainty for b, _ in known],
        y=[b.count for b, _ in known],
        marker={**mark, "size": _LEAST},
        hovertemplate="%{y:,} answers, %{x:.2%} sure",
        showlegend=False,
        row=2,
        col=1,
        **shared,
    )


def _start(known: Sequence[Calibration]) -> float:
    """Return the least certainty or lower bound of any bin."""
    found = [
        min(b.certainty, b.accuracy.low)
        for one in known
        for b in one.bins
        if b.certainty is not None and b.accuracy is not None
    ]
    return min(found, default=0.0)
