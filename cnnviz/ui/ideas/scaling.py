"""EfficientNet's compound scaling: any width, depth and resolution, counted."""

import streamlit as st

from cnnviz.plots.scaling_curve import ScalingPoint, scaling_curve
from cnnviz.ui.components.figures import show_figure
from cnnviz.ui.ideas.findings import scaling_finding
from cnnviz.ui.ideas.metrics_and_charts import metrics, short
from cnnviz.ui.shell.glossary import with_common_terms


def scaling_idea() -> None:
    """Count the network of the chosen factors, and compare it with the published family."""
    from cnnviz.models.structure.compound_scaling import (
        ALPHA,
        BASE_SIZE,
        BETA,
        GAMMA,
        published_efficientnets,
        scaled_efficientnet,
    )

    width, depth, size = _controls()
    network = scaled_efficientnet(width, depth, size)
    base = scaled_efficientnet(1.0, 1.0, BASE_SIZE)
    st.markdown(
        scaling_finding(
            width,
            depth,
            size,
            macs=network.gmacs / base.gmacs,
            parameters=network.parameters / base.parameters,
        )
    )
    points = [
        ScalingPoint(row.name[-2:], row.gmacs, row.top1, short(row.parameters))
        for row in published_efficientnets()
        if row.top1 is not None
    ]
    figure = scaling_curve(points, y_title="ImageNet top-1 accuracy", chosen_gmacs=network.gmacs)
    show_figure(figure, key="scaling_family")
    _counts(width, depth, size)
    st.caption(
        with_common_terms(
            "Parameters and MACs are counted on the network of your choice, built without "
            "allocating its weights. The accuracies are those that torchvision publishes with its "
            "weights for B0 to B7; yours has not been trained. One step of φ should double the "
            f"computation: α · β² · γ² = {ALPHA * BETA**2 * GAMMA**2:.2f} (Tan & Le 2019)."
        )
    )


def _controls() -> tuple[float, float, int]:
    """Return the chosen width, depth and resolution."""
    from cnnviz.models.structure.compound_scaling import BASE_SIZE, compound_factors

    if st.toggle(
        "Scale all three together",
        value=True,
        key="scaling_together",
        help="By one coefficient, as EfficientNet does; otherwise each on its own.",
    ):
        phi = st.slider(
            "Compound coefficient φ",
            0.0,
            5.0,
            1.0,
            0.25,
            key="scaling_phi",
            help="Depth grows by α to the power of φ, width by β, resolution by γ.",
        )
        return compound_factors(phi)
    a, b, c = st.columns(3)
    width = a.slider(
        "Width: channels",
        0.5,
        2.0,
        1.0,
        0.1,
        key="scaling_width",
        help="Factor on the number of channels of each layer.",
    )
    depth = b.slider(
        "Depth: layers",
        0.5,
        3.0,
        1.0,
        0.1,
        key="scaling_depth",
        help="Factor on the number of layers.",
    )
    size = c.slider(
        "Resolution: pixels",
        96,
        512,
        BASE_SIZE,
        16,
        key="scaling_size",
        help="Height and width of the input image.",
    )
    return width, depth, size


def _counts(width: float, depth: float, size: int) -> None:
    """Show the factors, and the size of the network against EfficientNet-B0."""
    from cnnviz.models.structure.compound_scaling import (
        ALPHA,
        BASE_SIZE,
        BETA,
        GAMMA,
        predicted_growth,
        scaled_efficientnet,
    )

    network = scaled_efficientnet(width, depth, size)
    base = scaled_efficientnet(1.0, 1.0, BASE_SIZE)
    metrics(
        {
            "Width": (f"{width:.2f}×", f"β = {BETA}"),
            "Depth": (f"{depth:.2f}×", f"α = {ALPHA}"),
            "Resolution": (f"{size}", f"pixels; γ = {GAMMA}"),
            "MACs": (
                f"{network.gmacs:.3g} G",
                f"{network.gmacs / base.gmacs:.2f} times B0; depth · width² · resolution² predicts "
                f"{predicted_growth(width, depth, size):.2f}. Channels are rounded to multiples of "
                "8, layers up.",
            ),
            "Parameters": (short(network.parameters), f"B0 has {short(base.parameters)}"),
        }
    )
