"""The gradient of one weight, term by term, and the effect of a gradient step."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from cnnviz.data.mnist import CLASSES, Pixels
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.components.tiles import Row, Tile, tiles
from cnnviz.ui.convolution.pickers import choose_weight
from cnnviz.ui.pickers.image import InputImage
from cnnviz.ui.shell.caching import cached
from cnnviz.ui.shell.glossary import with_common_terms

if TYPE_CHECKING:
    from cnnviz.inspection.unit_arithmetic import LayerRun, Update, WeightGradient

_SIDE = 168  # screen pixels of a heat map


def backward_view(
    network: TrainedNetwork, image: InputImage, run: "LayerRun", channel: int
) -> None:
    """Show the gradient of a weight that the user chooses, and the effect of a gradient step.

    Args:
        network: with the weight.
        image: its input.
        run: of a convolution or a fully connected layer.
        channel: output channel that the weight belongs to.
    """
    from cnnviz.inspection.unit_arithmetic import steepest_weight, weight_update

    loaded = loading.model(network)
    pixels = image.pixels[None]
    where = st.container()
    left, right = st.columns(2)
    st.session_state.setdefault("worked_rate", 0.1)
    label = left.selectbox(
        "Label",
        range(CLASSES),
        index=image.label or 0,
        key=f"worked_label_{hash(image.key)}",
        help="The class that the loss treats as true. Choose a wrong one to see large gradients: "
        "if the network is confident and correct, the loss is almost flat.",
    )
    rate = right.number_input(
        "Learning rate",
        step=0.1,
        format="%g",
        key="worked_rate",
        persist_state="session",
        help="The size of the step: it multiplies the gradient.",
    )
    if rate < 0:
        st.error(f"Learning rate must be 0 or more, got {rate:g}.", icon=":material/error:")
        return
    with where:
        weight = choose_weight(
            run,
            channel,
            lambda: steepest_weight(loaded, pixels, label, run.name, channel),
        )
    gradient = weight_gradient(network, image.pixels, label, run.name, weight)
    step = weight_update(loaded, pixels, label, gradient, rate)
    _show_terms(gradient)
    _show_step(gradient, step)


@cached
def weight_gradient(
    network: TrainedNetwork,
    image: Pixels,
    label: int,
    layer: str,
    weight: tuple[int, ...],
) -> "WeightGradient":
    """Return the gradient of one weight for a digit with that label, term by term."""
    from cnnviz.inspection.unit_arithmetic import gradient_of_weight

    return gradient_of_weight(loading.model(network), image[None], label, layer, weight)


def _show_terms(weight: "WeightGradient") -> None:
    height, width = weight.products.shape
    st.markdown(
        with_common_terms(
            f"**Gradient = {weight.gradient:.6g}**: the sum of {weight.products.size:,} products, "
            "one for each position of the output map. PyTorch's own backward pass gives "
            f"{weight.autograd:.6g}."
        )
    )
    scale = min(24.0, _SIDE / max(height, width))
    maps = (
        ("Gradient at the output", weight.outputs),
        ("Input at the weight", weight.inputs),
        ("Products", weight.products),
    )
    for column, (title, values) in zip(st.columns(3), maps, strict=True):
        largest = float(np.abs(values).max())
        with column:
            tiles(
                [Row(title, [Tile(values, title)], f"up to ±{largest:.3g}", scale, signed=True)],
                key=f"worked_terms_{title}",
            )
    with st.expander(f"All {weight.products.size:,} terms, largest first"):
        rows, columns = weight.ranked()
        st.dataframe(
            pd.DataFrame(
                {
                    "Row": rows,
                    "Column": columns,
                    "Gradient at the output": weight.outputs[rows, columns],
                    "Input": weight.inputs[rows, columns],
                    "Product": weight.products[rows, columns],
                }
            ),
            hide_index=True,
            width="content",
            column_config={
                name: st.column_config.NumberColumn(format="%.6g")
                for name in ("Gradient at the output", "Input", "Product")
            },
        )


def _show_step(gradient: "WeightGradient", step: "Update") -> None:
    weight, predicted, actual, ratio = st.columns(4)
    weight.metric("Weight", f"{step.after:.6g}", help=f"Before the step: {step.before:.6g}.")
    predicted.metric(
        "Predicted loss change",
        f"{step.predicted + 0.0:.4g}",
        help="Minus learning rate times the squared gradient: exact for an infinitely small step.",
    )
    actual.metric(
        "Actual loss change",
        f"{step.real:.4g}",
        help="The loss computed again with the changed weight, minus the loss before.",
    )
    ratio.metric(
        "Actual / predicted",
        "n/a" if step.ratio is None else f"{step.ratio:.4f}",
        help="Near 1 if the step is small enough for the gradient to describe it.",
    )
    st.caption(
        f"Loss {gradient.loss:.6g} nats before the step. "
        f"{step.before:.6g} - learning rate · ({gradient.gradient:.6g}) = {step.after:.6g}. "
        f"{_step_remark(gradient, step)}"
    )


def _step_remark(gradient: "WeightGradient", step: "Update") -> str:
    if not gradient.products.any():
        return (
            "All products are zero: wherever the input of this weight is not zero, the loss does "
            "not depend on the output. This digit does not change the weight."
        )
    if step.ratio is None:
        return "The change is within rounding error: choose a larger learning rate."
    return (
        "The prediction, -learning rate · gradient², treats the loss as linear: a good "
        "approximation for small steps."
    )
