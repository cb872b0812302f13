"""EfficientNet's compound scaling: any width, depth and resolution, counted."""

import plotly.graph_objects as go
import streamlit as st

from cnnviz.plots.colors import CATEGORICAL
from cnnviz.ui.ideas.shared import numbers, short


def show() -> None:
    """Let the three factors be chosen together or one by one, and count the network."""
    from cnnviz.models.structure.compound_scaling import (
        ALPHA,
        BASE_SIZE,
        BETA,
        GAMMA,
        compound,
        published,
        scaled,
    )

    together = st.toggle("Scale all three together", value=True, key="scaling_together")
    if together:
        phi = st.slider("Compound coefficient φ", 0.0, 5.0, 1.0, 0.25, key="scaling_phi")
        width, depth, size = compound(phi)
    else:
        a, b, c = st.columns(3)
        width = a.slider("Width: channels", 0.5, 2.0, 1.0, 0.1, key="scaling_width")
        depth = b.slider("Depth: layers", 0.5, 3.0, 1.0, 0.1, key="scaling_depth")
        size = c.slider("Resolution: pixels", 96, 512, BASE_SIZE, 16, key="scaling_size")
    found, base = scaled(width, depth, size), scaled(1.0, 1.0, BASE_SIZE)
    predicted = depth * width**2 * (size / BASE_SIZE) ** 2
    numbers(
        {
            "Width": (f"{width:.2f}×", f"β = {BETA}"),
            "Depth": (f"{depth:.2f}×", f"α = {ALPHA}"),
            "Resolution": (f"{size}", f"pixels; γ = {GAMMA}"),
            "Multiply-adds": (
                f"{found.gmacs:.3g} G",
                f"{found.gmacs / base.gmacs:.2f} times B0; depth · width² · resolution² predicts "
                f"{predicted:.2f}. Channels are rounded to multiples of 8, layers upwards.",
            ),
            "Parameters": (short(found.parameters), f"B0 has {short(base.parameters)}"),
        }
    )
    family = published()
    figure = go.Figure()
    figure.add_scatter(
        x=[f.gmacs for f in family],
        y=[f.top1 for f in family],
        text=[f.name[-2:] for f in family],
        customdata=[short(f.parameters) for f in family],
        mode="lines+markers+text",
        textposition="top left",
        name="published",
        line_color=CATEGORICAL[0],
        hovertemplate="%{text}: %{y:.2%}, %{x:.3f} GMAC, %{customdata} parameters<extra></extra>",
    )
    figure.add_vline(
        x=found.gmacs, line_dash="dot", line_color=CATEGORICAL[1], annotation_text="yours"
    )
    figure.update_xaxes(title_text="multiply-adds for one picture (G)", type="log")
    figure.update_yaxes(title_text="ImageNet top-1 accuracy", tickformat=".0%")
    figure.update_layout(height=340, margin={"l": 60, "r": 10, "t": 10, "b": 45})
    st.plotly_chart(figure, key="scaling_family", config={"displayModeBar": False})
    st.caption(
        "The counts are of a real network, built without memory for your choice. The accuracies "
        "are those that torchvision publishes with its weights for B0 to B7; nobody has trained "
        "yours. One step of φ should double the work: α · β² · γ² = "
        f"{ALPHA * BETA**2 * GAMMA**2:.2f} (Tan & Le 2019)."
    )
