"""A fully connected head against a fully convolutional one, on one digit and on many."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.data.ink import BOX
from cnnviz.data.mnist import Digits
from cnnviz.stats.percentages import probability
from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.cached.architectures import structure
from cnnviz.ui.components.tiles import Row, Tile, tiles
from cnnviz.ui.ideas import head_accuracy
from cnnviz.ui.ideas.metrics_and_charts import metrics
from cnnviz.ui.pickers.whole_number import whole_number
from cnnviz.ui.shell.markdown import plain

if TYPE_CHECKING:
    from torch import Tensor

CONNECTED, CONVOLUTIONAL = "shipped-mnist_cnn", "shipped-mnist_fcn"
_TILE = 168  # px
_POOLED = 4  # the maps before the fully connected head are so many times smaller than the canvas


@dataclass(frozen=True)
class _Placement:
    """Where a test digit is drawn, all in pixels.

    Attributes:
        index: of the test digit.
        canvas: side of the square canvas.
        box: longer side of the digit's ink.
        right, down: shift from the center.
    """

    index: int
    canvas: int
    box: int
    right: int
    down: int

    def draw(self, digits: Digits) -> "Tensor":
        """Return the canvas, uint8, (1, 1, canvas, canvas)."""
        from cnnviz.evaluation.shift_and_scale import scaled_digits, translated_digits

        centered = scaled_digits(digits.test_images[[self.index]], self.box, side=self.canvas)
        return translated_digits(centered, self.right, self.down)


def heads_idea() -> None:
    """Show what both networks predict for one digit, and their accuracy on many."""
    try:
        connected, convolutional = map(networks.find_network, (CONNECTED, CONVOLUTIONAL))
    except ValueError as error:
        st.info(f"{plain(str(error))}: this idea needs both networks.", icon=":material/info:")
        return
    digits = loading.digits()
    placement = _controls(len(digits.test_labels))
    _predictions((connected, convolutional), digits, placement)
    metrics(
        {
            f"Parameters, {short}": (
                f"{structure(network.architecture_key, published=False).count.parameters:,}",
                network.title,
            )
            for short, network in (("FC", connected), ("FCN", convolutional))
        }
    )
    head_accuracy.accuracy_charts(
        connected,
        convolutional,
        digits,
        right=placement.right,
        canvas=placement.canvas,
        box=placement.box,
    )


def _predictions(pair: Sequence[TrainedNetwork], digits: Digits, placement: _Placement) -> None:
    """Show the digit as it is placed, and what each network predicts for it."""
    label, side = int(digits.test_labels[placement.index]), placement.canvas
    image = placement.draw(digits)
    left, right = st.columns([1, 3], vertical_alignment="center")
    with left:
        name = f"a {label} of {placement.box} pixels on {side}×{side}"
        tile = Tile(image[0, 0].numpy() / 255, name)
        tiles(
            [Row("The digit", [tile], scale=_TILE / side, note=f"labeled {label}")],
            key="heads_digit_tile",
        )
    with right:
        for network in pair:
            _prediction(network, image, label)


def _prediction(network: TrainedNetwork, image: "Tensor", label: int) -> None:
    """Write what a network predicts for an image, or why it cannot take one of that size."""
    from cnnviz.evaluation.image_predictions import classify_canvas

    title, side = network.architecture.title, image.shape[-1]
    try:
        prediction = classify_canvas(loading.model(network).model, image)
    except RuntimeError as error:
        pooled = side // _POOLED
        st.markdown(
            f"**{title}** does not accept {side}×{side} pixels. Its second pooling layer outputs "
            f"64×{pooled}×{pooled} = {64 * pooled**2:,} values, but fc1 has weights for "
            f"64×7×7 = 3,136. PyTorch's error: “{plain(str(error).splitlines()[0])}”."
        )
        return
    verdict = "correct" if prediction.digit == label else "wrong"
    sure = probability(prediction.confidence)
    st.markdown(f"**{title}** predicts **{prediction.digit}** ({sure}): {verdict}.")


def _controls(count: int) -> _Placement:
    """Return the placement that the user chooses for one of that many test digits."""
    a, b, c = st.columns(3)
    with a:
        index = whole_number(
            f"Index (0 to {count - 1:,})",
            0,
            count - 1,
            key="heads_digit",
            help="Index of the test digit that is placed on the canvas.",
        )
    canvas = b.select_slider(
        "Canvas",
        head_accuracy.CANVASES,
        28,
        key="heads_canvas",
        help="Height and width of the image that the networks receive, in pixels.",
    )
    largest = min(head_accuracy.SIZES[-1], canvas - head_accuracy.MARGIN)
    key, room = "heads_size_of_ink", "heads_room"
    # a slider of another range forgets its value; set at each rerun, it would fight who moves it
    if st.session_state.get(room) != largest or key not in st.session_state:
        st.session_state[room] = largest
        st.session_state[key] = min(st.session_state.get(key, BOX), largest)
    box = c.slider(
        "Digit size",
        head_accuracy.SIZES[0],
        largest,
        key=key,
        help=f"Longer side of the ink in pixels; {BOX} in MNIST. A larger canvas allows up to "
        f"{head_accuracy.SIZES[-1]}.",
    )
    d, e = st.columns(2)
    right = d.slider(
        "Shift right",
        -10,
        10,
        0,
        key="heads_right",
        help="Pixels from the center; negative numbers shift to the left.",
    )
    down = e.slider(
        "Shift down",
        -10,
        10,
        0,
        key="heads_down",
        help="Pixels from the center; negative numbers shift upward.",
    )
    return _Placement(index, canvas, box, right, down)
