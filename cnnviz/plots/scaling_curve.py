"""Accuracy against MACs for a family of networks of growing size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from cnnviz.plots.colors import CATEGORICAL
from cnnviz.plots.escaping import literal
from cnnviz.plots.layout import margins
from cnnviz.plots.log_axis import log_axis
from cnnviz.stats.percentages import percent


@dataclass(frozen=True)
class ScalingPoint:
    """One network of the family.

    Attributes:
        label: written beside the point.
        gmacs: billions of MACs for one image, above zero.
        accuracy: 0 to 1.
        parameters: number of parameters, as shown in the tooltip.
    """

    label: str
    gmacs: float
    accuracy: float
    parameters: str


def scaling_curve(
    points: Sequence[ScalingPoint], *, y_title: str, chosen_gmacs: float
) -> go.Figure:
    """Draw accuracy against MACs, with a dotted line at the MACs of a choice.

    Args:
        points: smallest network first.
        y_title: what the accuracy is of.
        chosen_gmacs: where the dotted line stands, above zero.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=[point.gmacs for point in points],
        y=[point.accuracy for point in points],
        text=[literal(point.label) for point in points],
        customdata=[(percent(point.accuracy, 2), literal(point.parameters)) for point in points],
        mode="lines+markers+text",
        textposition="top left",
        name="published",
        line_color=CATEGORICAL[0],
        hovertemplate="%{text}: %{customdata[0]}, %{x:.3f} GMACs, %{customdata[1]} parameters"
        "<extra></extra>",
    )
    figure.add_vline(
        x=chosen_gmacs,
        line_dash="dot",
        line_color=CATEGORICAL[1],
        annotation_text="your choice",
        annotation_x=math.log10(
            chosen_gmacs
        ),  # on a logarithmic axis, where a shape takes x itself
    )
    gmacs = [*(point.gmacs for point in points), chosen_gmacs]
    axis = log_axis(gmacs, prefixes=False)
    figure.update_xaxes(title_text="MACs for one image, billions", **axis)
    figure.update_yaxes(title_text=y_title, tickformat=".0%")
    figure.update_layout(height=340, margin=margins())
    return figure
