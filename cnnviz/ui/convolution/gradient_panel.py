"""One weight's gradient, term by term, and what a step with it does."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from cnnviz.data.mnist import CLASSES, Pixels
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.components.tiles import Row, Tile, tiles
from cnnviz.ui.convolution.pickers import choose_weight
from cnnviz.ui.pickers.image import Subject
from cnnviz.ui.shell.caching import cached

if TYPE_CHECKING:
    from cnnviz.inspection.unit_arithmetic import LayerRun, Update, WeightGradient

_SIDE = 168  # screen pixels of a heat map


def backward_view(network: TrainedNetwork, subject: Subject, run: "LayerRun", channel: int) -> None:
    """Show the gradient of a weight that the user chooses and the step with it.

    Args:
        network: whose weight it is.
        subject: what the network looks at.
        run: of a convolution or a fully connected layer.
        channel: output channel that the weight belongs to.
    """
    from cnnviz.inspection.unit_arithmetic import steepest, update

    loaded = loading.model(network)
    image = subject.image[None]
    where = st.container()
    left, right = st.columns(2)
    st.session_state.setdefault("worked_rate", 0.1)
    label = left.selectbox(
        "Label to learn",
        range(CLASSES),
        index=subject.label or 0,
        key=f"worked_label_{hash(subject.key)}",
        help="Choose a wrong one to see large gradients: a network that is sure and right has "
        "almost nothing left to learn from this digit.",
    )
    rate = right.number_input(
        "Learning rate",
        min_value=0.0,
        step=0.1,
        format="%g",
        key="worked_rate",
        persist_state="session",
    )
    with where:
        weight = choose_weight(
            run,
            channel,
            lambda: steepest(loaded, image, label, run.name, channel),
        )
    found = weight_gradient(network, subject.image, label, run.name, weight)
    step = update(loaded, image, label, found, rate)
    _terms(found)
    _step(found, step)


@cached
def weight_gradient(
    network: TrainedNetwork,
    image: Pixels,
    label: int,
    layer: str,
    weight: tuple[int, ...],
) -> "WeightGradient":
    """Return the gradient of one weight for a digit with that label, term by term."""
    from cnnviz.inspection.unit_arithmetic import gradient

    return gradient(loading.model(network), image[None], label, layer, weight)


def _terms(found: "WeightGradient") -> None:
    height, width = found.products.shape
    st.markdown(
        f"**Gradient = {found.gradient:.6g}**: the sum of {found.products.size:,} products, one "
        f"for each place of the output map. PyTorch's own backward pass gives {found.autograd:.6g}."
    )
    scale = min(24.0, _SIDE / max(height, width))
    maps = (
        ("Loss's gradient at the output", found.outputs),
        ("Input that the weight meets", found.inputs),
        ("Their products", found.products),
    )
    for column, (title, values) in zip(st.columns(3), maps, strict=True):
        largest = float(np.abs(values).max())
        with column:
            tiles(
                [Row(title, [Tile(values, title)], f"up to ±{largest:.3g}", scale, signed=True)],
                key=f"worked_terms_{title}",
            )
    with st.expander(f"All {found.products.size:,} terms, the largest first"):
        order = np.argsort(-np.abs(found.products), axis=None, kind="stable")
        rows, columns = np.unravel_index(order, found.products.shape)
        st.dataframe(
            pd.DataFrame(
                {
                    "Row": rows,
                    "Column": columns,
                    "Loss's gradient": found.outputs.flat[order],
                    "Input": found.inputs.flat[order],
                    "Product": found.products.flat[order],
                }
            ),
            hide_index=True,
            width="content",
            column_config={
                name: st.column_config.NumberColumn(format="%.6g")
                for name in ("Loss's gradient", "Input", "Product")
            },
        )


def _step(found: "WeightGradient", step: "Update") -> None:
    weight, predicted, real, ratio = st.columns(4)
    weight.metric("Weight", f"{step.after:.6g}", help=f"It was {step.before:.6g}.")
    predicted.metric("Predicted change of the loss", f"{step.predicted + 0.0:.4g}")
    real.metric("Real change of the loss", f"{step.real:.4g}")
    ratio.metric("Real / predicted", "n/a" if step.ratio is None else f"{step.ratio:.4f}")
    st.caption(
        f"Loss {found.loss:.6g} nats before the step. "
        f"{step.before:.6g} - learning rate · ({found.gradient:.6g}) = {step.after:.6g}. "
        f"{_about(found, step)}"
    )


def _about(found: "WeightGradient", step: "Update") -> str:
    if not found.products.any():
        return (
            "Every product is zero: wherever this weight meets an input, the loss does not depend "
            "on the output. This digit teaches it nothing."
        )
    if step.ratio is None:
        return "The change is too small to be told from rounding: take a larger learning rate."
    return (
        "The prediction is -learning rate · gradient²: a straight line in place of the loss's "
        "curve, good for small steps."
    )
