"""How often a network is right that says it is so sure."""

from collections.abc import Mapping

import plotly.graph_objects as go

from cnnviz.calibration import Calibration
from cnnviz.plots.colours import line_style, symbol

_LEAST, _MOST = 6, 20  # diameters in pixels, of few and of many answers


def reliability(lines: Mapping[str, Calibration]) -> go.Figure:
    """Draw accuracy against certainty, bin by bin; larger marks stand for more answers.

    Args:
        lines: title of a network to its calibration.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": "#999999", "dash": "dash"},
        name="As often right as it says",
        hoverinfo="skip",
    )
    most = max((b.count for found in lines.values() for b in found.bins), default=1)
    for place, (title, found) in enumerate(lines.items()):
        known = [(b, b.accuracy) for b in found.bins if b.accuracy is not None]
        style = line_style(place)
        figure.add_scatter(
            x=[b.certainty for b, _ in known],
            y=[share.value for _, share in known],
            error_y={
                "array": [share.high - share.value for _, share in known],
                "arrayminus": [share.value - share.low for _, share in known],
                "thickness": 1,
                "width": 0,
            },
            mode="markers",  # lines between bins of one answer each would be noise
            marker={
                "color": style["color"],
                "symbol": symbol(place),
                "size": [_LEAST + (_MOST - _LEAST) * (b.count / most) ** 0.5 for b, _ in known],
            },
            customdata=[b.count for b, _ in known],
            hovertemplate="%{customdata} answers, %{x:.1%} sure, %{y:.1%} right",
            name=title,
        )
    figure.update_xaxes(title_text="mean certainty of a bin", tickformat=".0%", range=[0, 1.02])
    figure.update_yaxes(title_text="answered right, share", tickformat=".0%", range=[0, 1.02])
    figure.update_layout(
        height=420,
        margin={"l": 60, "r": 10, "t": 10, "b": 45},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure
