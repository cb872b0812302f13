"""Charts of the accuracy of both heads on shifted and scaled digits and on larger canvases."""

import streamlit as st

from cnnviz.data.mnist import Digits, Labels, Pixels
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.ideas.metrics_and_charts import lines
from cnnviz.ui.shell.caching import cached
from cnnviz.ui.shell.glossary import with_common_terms

CANVASES = (28, 32, 36, 40, 48, 56)  # sides in pixels
SIZES = (12, 16, 20, 24, 28, 32, 36)  # longer sides of the ink in pixels; MNIST's is 20
MARGIN = 4  # pixels that a digit leaves free, both sides together
_SHIFTS = tuple(range(-10, 11, 2))  # pixels to the right
_SMALL, _LARGE = 28, 40  # sides of MNIST's canvas, and of one on which digits of all sizes fit
_MEASURED = 300  # test digits


def accuracy_charts(
    connected: TrainedNetwork,
    convolutional: TrainedNetwork,
    digits: Digits,
    *,
    right: int,
    canvas: int,
    box: int,
) -> None:
    """Draw the charts, with the chosen shift, canvas and size of the ink marked in them."""
    first, second = st.columns(2)
    with first:
        _shifts(connected, convolutional, digits, right)
    with second:
        _canvases(convolutional, digits, canvas)
    third, explanation = st.columns(2, vertical_alignment="center")
    with third:
        _sizes(connected, convolutional, digits, box)
    explanation.caption(
        f"The same {_MEASURED} test digits, scaled down and up. The fully connected network "
        f"accepts only {_SMALL}×{_SMALL} pixels, so its digits end at {_SMALL - MARGIN}; the fully "
        f"convolutional one gets all of them on {_LARGE}×{_LARGE}. Convolutions and global pooling "
        "detect the same strokes anywhere on any canvas; but a stroke twice as long and thick is "
        "a different pattern to a 3×3 kernel, and both networks were trained on size 20 only."
    )
    st.caption(
        with_common_terms(
            "Measured just now. A shift by 10 pixels moves part of many digits off the canvas: "
            "that ink is lost. Pooling: the fully convolutional network with its own global max "
            "pooling, and with average pooling in its place, without retraining. The mean over a "
            "larger map dilutes the activations of the digit; the maximum does not."
        )
    )


def _shifts(
    connected: TrainedNetwork, convolutional: TrainedNetwork, digits: Digits, right: int
) -> None:
    st.markdown(
        f"**Accuracy on {_MEASURED} shifted test digits**",
        help="Share of digits classified correctly after a shift to the right or left; the "
        "vertical line marks the chosen shift.",
    )
    lines(
        {
            "fully connected": (_SHIFTS, shift_accuracies(connected, digits)),
            "fully convolutional": (_SHIFTS, shift_accuracies(convolutional, digits)),
        },
        x="shift to the right (pixels)",
        y="accuracy",
        key="heads_shift",
        percent=True,
        mark=right,
    )


def _canvases(convolutional: TrainedNetwork, digits: Digits, canvas: int) -> None:
    st.markdown(
        "**Max against average pooling on larger canvases**",
        help="The fully convolutional network with each kind of global pooling; the vertical line "
        "marks the chosen canvas.",
    )
    accuracies = canvas_accuracies(convolutional, digits)
    lines(
        {name: (CANVASES, values) for name, values in accuracies.items()},
        x="side of the canvas (pixels)",
        y="accuracy",
        key="heads_pooling",
        percent=True,
        mark=canvas,
    )


def _sizes(
    connected: TrainedNetwork, convolutional: TrainedNetwork, digits: Digits, box: int
) -> None:
    st.markdown(
        "**Accuracy by digit size**",
        help="The longer side of the ink is 20 pixels in MNIST; the vertical line marks the chosen "
        "size.",
    )
    small, large = f"{_SMALL}×{_SMALL}", f"{_LARGE}×{_LARGE}"
    lines(
        {
            f"fully connected, {small}": size_accuracies(connected, digits, _SMALL),
            f"global max pooling, {large}": size_accuracies(convolutional, digits, _LARGE),
            f"global average pooling, {large}": size_accuracies(
                convolutional, digits, _LARGE, average=True
            ),
        },
        x="longer side of the ink (pixels)",
        y="accuracy",
        key="heads_size",
        percent=True,
        mark=box,
    )


def _measured(digits: Digits) -> tuple[Pixels, Labels]:
    return digits.test_images[:_MEASURED], digits.test_labels[:_MEASURED]


@cached(spinner="Measuring…")
def shift_accuracies(network: TrainedNetwork, digits: Digits) -> list[float]:
    """Return the accuracy for each of `_SHIFTS`."""
    from cnnviz.evaluation.shift_and_scale import accuracy_by_shift

    return accuracy_by_shift(loading.model(network).model, *_measured(digits), _SHIFTS)


@cached(spinner="Measuring…")
def canvas_accuracies(network: TrainedNetwork, digits: Digits) -> dict[str, list[float]]:
    """Return the accuracy for each of `CANVASES`, with both kinds of pooling."""
    from cnnviz.evaluation.shift_and_scale import accuracy_by_canvas, with_average_pooling

    model = loading.model(network).model
    models = {"global max pooling": model, "global average pooling": with_average_pooling(model)}
    return {
        name: accuracy_by_canvas(model, *_measured(digits), CANVASES)
        for name, model in models.items()
    }


@cached(spinner="Measuring…")
def size_accuracies(
    network: TrainedNetwork, digits: Digits, side: int, *, average: bool = False
) -> tuple[list[int], list[float]]:
    """Return the sizes of ink that fit on a canvas, and the accuracy for each.

    Args:
        network: takes canvases of that side.
        digits: the first of its test digits are measured.
        side: of the canvas in pixels.
        average: whether global average pooling takes the place of max pooling.
    """
    from cnnviz.evaluation.shift_and_scale import accuracy_by_size, with_average_pooling

    model = loading.model(network).model
    sizes = [size for size in SIZES if size <= side - MARGIN]
    head = with_average_pooling(model) if average else model
    return sizes, accuracy_by_size(head, *_measured(digits), sizes, side=side)
