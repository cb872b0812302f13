"""A fully connected head against a fully convolutional one: shifts, sizes and larger canvases."""

import streamlit as st

from cnnviz.data.ink import BOX
from cnnviz.data.mnist import Digits
from cnnviz.models.catalogue import architecture
from cnnviz.training.runs import networks
from cnnviz.ui.cached import loading
from cnnviz.ui.components.tiles import Row, Tile, tiles
from cnnviz.ui.ideas.shared import lines, numbers
from cnnviz.ui.shell.caching import cached
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.units import probability

CONNECTED, CONVOLUTIONAL = "shipped-mnist_cnn", "shipped-mnist_fcn"
_SHIFTS = tuple(range(-10, 11, 2))
_CANVASES = (28, 32, 36, 40, 48, 56)
_SIZES = (12, 16, 20, 24, 28, 32, 36)  # of the ink's longer side; MNIST's is 20
_LARGE = 40  # side of the canvas on which digits of every size fit
_MARGIN = 4  # pixels that a digit leaves free, both sides together
_MEASURED = 300


def show() -> None:
    """Move and enlarge one digit and its canvas, and measure what both networks make of it."""
    from cnnviz.evaluation.shift_and_scale import scaled_digits, translated_digits
    from cnnviz.models.inference import logits

    try:
        pair = [networks.find_network(key) for key in (CONNECTED, CONVOLUTIONAL)]
    except ValueError as error:
        st.info(f"{plain(str(error))}: both networks must be there.", icon=":material/info:")
        return
    digits = loading.digits()
    index, canvas, box, right, down = _controls(len(digits.test_labels))
    label = int(digits.test_labels[index])
    shifted = translated_digits(
        scaled_digits(digits.test_images[[index]], box, side=canvas), right, down
    )
    left, other = st.columns([1, 3], vertical_alignment="center")
    with left:
        name = f"a {label} of {box} pixels on {canvas}×{canvas}"
        tile = Tile(shifted[0, 0].numpy() / 255, name)
        tiles(
            [Row("The digit", [tile], scale=168 / canvas, note=f"labeled {label}")],
            key="heads_digit_tile",
        )
    with other:
        for network in pair:
            title = network.architecture.title
            try:
                found = logits(loading.model(network).model, shifted, size=canvas)[0].softmax(0)
            except RuntimeError as error:
                st.markdown(
                    f"**{title}** cannot take {canvas}×{canvas} pixels. Its second pooling puts "
                    f"out 64×{canvas // 4}×{canvas // 4} = {64 * (canvas // 4) ** 2:,} values, and "
                    f"fc1 has a weight for each of 64×7×7 = 3,136. PyTorch says: "
                    f"“{plain(str(error).splitlines()[0])}”."
                )
            else:
                answer, sure = int(found.argmax()), probability(float(found.max()))
                right_or_not = "right" if answer == label else "wrong"
                st.markdown(f"**{title}** says **{answer}**, {sure} sure: {right_or_not}.")
    numbers(
        {
            f"Parameters, {short}": (f"{parameter_count(n.architecture_key):,}", n.title)
            for short, n in zip(("FC", "FCN"), pair, strict=True)
        }
    )
    first, second = st.columns(2)
    with first:
        st.markdown(f"**Accuracy on {_MEASURED} test digits moved to the side**")
        curves = {
            name: (_SHIFTS, accuracy_by_shift(n, digits))
            for name, n in zip(("fully connected", "fully convolutional"), pair, strict=True)
        }
        lines(
            curves,
            x="pixels to the right",
            y="accuracy",
            key="heads_shift",
            percent=True,
            mark=right,
        )
    with second:
        st.markdown("**Max against average pooling, on larger canvases**")
        n = pair[1]
        lines(
            accuracy_by_canvas(n, digits),
            x="side of the canvas (pixels)",
            y="accuracy",
            key="heads_pooling",
            percent=True,
            mark=canvas,
        )
    third, how = st.columns(2, vertical_alignment="center")
    with third:
        st.markdown("**Digits of other sizes**")
        lines(
            {name: curve for n in pair for name, curve in accuracy_by_size(n, digits).items()},
            x="longer side of the ink (pixels)",
            y="accuracy",
            key="heads_size",
            percent=True,
            mark=box,
        )
    how.caption(
        f"The same {_MEASURED} test digits, shrunk and enlarged. The fully connected network takes "
        f"28×28 pixels and no more, so its digits end at {28 - _MARGIN}; the fully convolutional "
        f"one sees all of them on {_LARGE}×{_LARGE}. Convolutions and global pooling look for the "
        "same strokes everywhere, whatever the canvas; but a stroke twice as long and as thick is "
        "another pattern to a 3×3 kernel, and neither network has learned any size but 20."
    )
    st.caption(
        "Measured just now. A shift by 10 pixels pushes part of many digits out of the frame: that "
        "ink is lost. On larger canvases: the fully convolutional network with its own global max "
        "pooling, and with average pooling put in its place, not trained again: the mean over a "
        "larger map thins out what a digit excites, the maximum does not."
    )


def _controls(count: int) -> tuple[int, int, int, int, int]:
    """Return the test digit, the canvas's side, the ink's size, and its shifts, as chosen."""
    a, b, c = st.columns(3)
    index = a.number_input("Test digit", 0, count - 1, 0, key="heads_digit", width="stretch")
    canvas = b.select_slider("Canvas", _CANVASES, 28, key="heads_canvas")
    largest = min(_SIZES[-1], canvas - _MARGIN)
    key, room = "heads_size_of_ink", "heads_room"
    # a slider of another range forgets its value; set at each rerun, it would fight who moves it
    if st.session_state.get(room) != largest or key not in st.session_state:
        st.session_state[room] = largest
        st.session_state[key] = min(st.session_state.get(key, BOX), largest)
    box = c.slider(
        "Size of the digit",
        _SIZES[0],
        largest,
        key=key,
        help=f"The longer side of its ink in pixels, {BOX} in MNIST; a larger canvas leaves room "
        f"for up to {_SIZES[-1]}.",
    )
    d, e = st.columns(2)
    right = d.slider("Shift to the right", -10, 10, 0, key="heads_right")
    down = e.slider("Shift down", -10, 10, 0, key="heads_down")
    return index, canvas, box, right, down


@cached
def parameter_count(key: str) -> int:
    """Return how many parameters an architecture has."""
    return sum(p.numel() for p in architecture(key).build().parameters())


@cached(spinner="Measuring…")
def accuracy_by_shift(network: networks.TrainedNetwork, digits: Digits) -> list[float]:
    """Return the accuracy on digits that are moved to the right, by `_SHIFTS`."""
    import torch

    from cnnviz.evaluation.shift_and_scale import translated_digits
    from cnnviz.models.inference import evaluate

    pixels = torch.from_numpy(digits.test_images[:_MEASURED])
    labels = torch.from_numpy(digits.test_labels[:_MEASURED])
    model = loading.model(network).model
    return [
        evaluate(model, translated_digits(pixels, by, 0), labels, size=28).accuracy
        for by in _SHIFTS
    ]


@cached(spinner="Measuring…")
def accuracy_by_canvas(
    network: networks.TrainedNetwork, digits: Digits
) -> dict[str, tuple[tuple[int, ...], list[float]]]:
    """Return the accuracy by side of the canvas, with both kinds of pooling."""
    import torch

    from cnnviz.evaluation.shift_and_scale import with_average_pooling
    from cnnviz.models.inference import evaluate

    pixels = torch.from_numpy(digits.test_images[:_MEASURED])
    labels = torch.from_numpy(digits.test_labels[:_MEASURED])
    model = loading.model(network).model
    models = {"global max pooling": model, "global average pooling": with_average_pooling(model)}
    return {
        name: (_CANVASES, [evaluate(m, pixels, labels, size=side).accuracy for side in _CANVASES])
        for name, m in models.items()
    }


@cached(spinner="Measuring…")
def accuracy_by_size(
    network: networks.TrainedNetwork, digits: Digits
) -> dict[str, tuple[list[int], list[float]]]:
    """Return accuracy by size of the ink, for the heads that take the network's canvas."""
    import torch

    from cnnviz.evaluation.shift_and_scale import scaled_digits, with_average_pooling
    from cnnviz.models.inference import evaluate

    labels = torch.from_numpy(digits.test_labels[:_MEASURED])
    model = loading.model(network).model
    if network.key == CONNECTED:
        side, heads = 28, {"fully connected, 28×28": model}
    else:
        side, heads = (
            _LARGE,
            {
                f"global max pooling, {_LARGE}×{_LARGE}": model,
                f"global average pooling, {_LARGE}×{_LARGE}": with_average_pooling(model),
            },
        )
    sizes = [size for size in _SIZES if size <= side - _MARGIN]
    seen = [scaled_digits(digits.test_images[:_MEASURED], size, side=side) for size in sizes]
    return {
        name: (sizes, [evaluate(head, x, labels, size=side).accuracy for x in seen])
        for name, head in heads.items()
    }
