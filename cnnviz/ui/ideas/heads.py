"""A fully connected head against a fully convolutional one: shifts and larger canvases."""

import numpy as np
import streamlit as st

from cnnviz import networks
from cnnviz.catalogue import architecture
from cnnviz.ui import cache
from cnnviz.ui.ideas.parts import lines, numbers
from cnnviz.ui.plain import plain
from cnnviz.ui.tiles import Row, Tile, tiles

CONNECTED, CONVOLUTIONAL = "shipped-mnist_cnn", "shipped-mnist_fcn"
_SHIFTS = tuple(range(-10, 11, 2))
_CANVASES = (28, 32, 36, 40, 48, 56)
_MEASURED = 300


def show() -> None:
    """Move one digit, enlarge the canvas, and measure what both networks make of it."""
    import torch

    from cnnviz.evaluate import logits
    from cnnviz.heads import moved

    try:
        pair = [networks.network(key) for key in (CONNECTED, CONVOLUTIONAL)]
    except ValueError as error:
        st.info(f"{plain(str(error))}: both networks must be there.", icon=":material/info:")
        return
    digits = cache.digits()
    a, b, c, d = st.columns(4)
    index = a.number_input(
        "Test digit", 0, len(digits.test_labels) - 1, 0, key="heads_digit", width="stretch"
    )
    right = b.slider("Shift to the right", -10, 10, 0, key="heads_right")
    down = c.slider("Shift down", -10, 10, 0, key="heads_down")
    canvas = d.select_slider("Canvas", _CANVASES, 28, key="heads_canvas")
    pixels = torch.from_numpy(digits.test_images[[index]])
    label = int(digits.test_labels[index])
    shifted = moved(pixels, right, down)
    left, other = st.columns([1, 3], vertical_alignment="center")
    with left:
        margin = (canvas - 28) // 2
        shown = np.pad(shifted[0, 0].numpy() / 255, (margin, canvas - 28 - margin))
        name = f"a {label} on {canvas}×{canvas} pixels"
        tiles(
            [Row("The digit", [Tile(shown, name)], scale=168 / canvas, note=f"labelled {label}")],
            key="heads_digit_tile",
        )
    with other:
        for network in pair:
            title = architecture(network.architecture).title
            try:
                found = logits(cache.model(network), shifted, size=canvas)[0].softmax(0)
            except RuntimeError as error:
                st.markdown(
                    f"**{title}** cannot take {canvas}×{canvas} pixels. Its second pooling puts "
                    f"out 64×{canvas // 4}×{canvas // 4} = {64 * (canvas // 4) ** 2:,} values, and "
                    f"fc1 has a weight for each of 64×7×7 = 3,136. PyTorch says: "
                    f"“{plain(str(error).splitlines()[0])}”."
                )
            else:
                answer, sure = int(found.argmax()), float(found.max())
                right_or_not = "right" if answer == label else "wrong"
                st.markdown(f"**{title}** says **{answer}**, {sure:.1%} sure: {right_or_not}.")
    numbers(
        {
            f"Parameters, {short}": (f"{_parameters(n.architecture):,}", n.title)
            for short, n in zip(("FC", "FCN"), pair, strict=True)
        }
    )
    first, second = st.columns(2)
    with first:
        st.markdown(f"**Accuracy on {_MEASURED} test digits moved to the side**")
        curves = {
            name: (_SHIFTS, _by_shift(n.key, n.version, digits.source, n))
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
            _by_canvas(n.key, n.version, digits.source, n),
            x="side of the canvas (pixels)",
            y="accuracy",
            key="heads_pooling",
            percent=True,
            mark=canvas,
        )
    st.caption(
        "Measured just now. A shift by 10 pixels pushes part of many digits out of the frame: that "
        "ink is lost. Right: the fully convolutional network with its own global max pooling, and "
        "with average pooling put in its place, not trained again: the mean over a larger map "
        "thins out what a digit excites, the maximum does not."
    )


@st.cache_data(max_entries=8, show_spinner=False)
def _parameters(key: str) -> int:
    return sum(p.numel() for p in architecture(key).build().parameters())


@st.cache_data(max_entries=8, show_spinner="Measuring…")
def _by_shift(key: str, version: str, source: str, _network: networks.Network) -> list[float]:
    del key, version, source  # parts of the cache's key
    import torch

    from cnnviz.evaluate import evaluate
    from cnnviz.heads import moved

    digits = cache.digits()
    pixels = torch.from_numpy(digits.test_images[:_MEASURED])
    labels = torch.from_numpy(digits.test_labels[:_MEASURED])
    model = cache.model(_network)
    return [evaluate(model, moved(pixels, by, 0), labels, size=28).accuracy for by in _SHIFTS]


@st.cache_data(max_entries=8, show_spinner="Measuring…")
def _by_canvas(
    key: str, version: str, source: str, _network: networks.Network
) -> dict[str, tuple[tuple[int, ...], list[float]]]:
    del key, version, source  # parts of the cache's key
    import torch

    from cnnviz.evaluate import evaluate
    from cnnviz.heads import with_average_pooling

    digits = cache.digits()
    pixels = torch.from_numpy(digits.test_images[:_MEASURED])
    labels = torch.from_numpy(digits.test_labels[:_MEASURED])
    model = cache.model(_network)
    models = {"global max pooling": model, "global average pooling": with_average_pooling(model)}
    return {
        name: (_CANVASES, [evaluate(m, pixels, labels, size=side).accuracy for side in _CANVASES])
        for name, m in models.items()
    }
