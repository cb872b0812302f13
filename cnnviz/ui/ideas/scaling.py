"""EfficientNet's compound scaling: any width, depth and resolution, counted."""

import streamlit as st

from cnnviz.plots.scaling_curve import ScalingPoint, scaling_curve
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
    network, base = scaled(width, depth, size), scaled(1.0, 1.0, BASE_SIZE)
    predicted = depth * width**2 * (size / BASE_SIZE) ** 2
    numbers(
        {
            "Width": (f"{width:.2f}×", f"β = {BETA}"),
            "Depth": (f"{depth:.2f}×", f"α = {ALPHA}"),
            "Resolution": (f"{size}", f"pixels; γ = {GAMMA}"),
            "Multiply-adds": (
                f"{network.gmacs:.3g} G",
                f"{network.gmacs / base.gmacs:.2f} times B0; depth · width² · resolution² predicts "
                f"{predicted:.2f}. Channels are rounded to multiples of 8, layers upwards.",
            ),
            "Parameters": (short(network.parameters), f"B0 has {short(base.parameters)}"),
        }
    )
    points = [
        ScalingPoint(row.name[-2:], row.gmacs, row.top1, short(row.parameters))
        for row in published()
        if row.top1 is not None
    ]
    figure = scaling_curve(points, y_title="ImageNet top-1 accuracy", chosen_gmacs=network.gmacs)
    st.plotly_chart(figure, key="scaling_family", config={"displayModeBar": False})
    st.caption(
        "The counts are of a real network, built without memory for your choice. The accuracies "
        "are those that torchvision publishes with its weights for B0 to B7; nobody has trained "
        "yours. One step of φ should double the work: α · β² · γ² = "
        f"{ALPHA * BETA**2 * GAMMA**2:.2f} (Tan & Le 2019)."
    )
