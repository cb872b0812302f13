"""ReLU against tanh and sigmoid, and dropout on and off, measured."""

import functools

import streamlit as st

from cnnviz.ui.ideas.measured import batch
from cnnviz.ui.ideas.parts import lines, numbers, table

_DIGITS = 500  # to learn from: few, so that a network can learn them by heart
_EPOCHS = 16


def show() -> None:
    """Measure gradients and times per activation; train with and without dropout on a click."""
    left, right = st.columns([1, 3])
    start = left.segmented_control(
        "Initial weights",
        ["He", "PyTorch"],
        default="He",
        required=True,
        key="activations_start",
        help="He et al. draw weights of variance 2 / fan-in, made for ReLUs; PyTorch's default is "
        "1 / (3 · fan-in), six times less.",
    )
    depth = right.slider("Layers", 2, 24, 8, key="activations_depth")
    found = _activations(depth, start)
    lines(
        {name: (range(depth + 1), norms) for name, (norms, _) in found.items()},
        x="layer, from the input",
        y="gradient norm",
        key="activations_lines",
        log=True,
    )
    numbers(
        {
            f"{name}, a step": (
                f"{time:.1f} ms",
                f"forward and backward for 32 digits; the first layer's gradient is {norms[0]:.1e}",
            )
            for name, (norms, time) in found.items()
        }
    )
    st.caption(
        "Measured just now on 32 test digits through untrained 3×3 convolutions of 16 channels. "
        "The sigmoid's slope is at most 1/4, so each layer takes at least three quarters of the "
        "gradient away before the weights count; tanh's is 1 only near zero; ReLU's is 1 wherever "
        "it fires, which keeps the gradient alive if the weights are large enough."
    )
    st.markdown("**Dropout, on and off**")
    rate = st.slider("Share of hidden units dropped", 0.1, 0.8, 0.5, 0.1, key="activations_rate")
    if st.button("Train both now", icon=":material/play_arrow:", key="activations_train"):
        st.session_state["activations_asked"] = rate
    asked = st.session_state.get("activations_asked")
    if asked is None:
        st.caption(f"MnistCNN on {_DIGITS} digits, {_EPOCHS} passes each: some seconds.")
        return
    gaps = {name: _gap(p) for name, p in (("without", 0.0), (f"dropout {asked:.1f}", asked))}
    table(
        [
            {
                "Training": name,
                "Accuracy on what it learned from": f"{train:.1%}",
                "Accuracy on 1,000 new digits": f"{test:.1%}",
                "Gap": f"{100 * (train - test):.1f} points",
            }
            for name, (train, test) in gaps.items()
        ]
    )
    st.caption(
        f"Trained just now from the same seed on {_DIGITS} embedded digits, {_EPOCHS} passes. One "
        "pair of trainings: the difference of another seed may be as large as the one you see."
    )


@st.cache_data(max_entries=32, show_spinner="Measuring…")
def _activations(depth: int, initialization: str) -> dict[str, tuple[list[float], float]]:
    """Return each activation's gradient norms by layer, and its milliseconds for one step."""
    import torch

    from cnnviz.stacks import ACTIVATIONS, Stack, gradient_norms
    from cnnviz.stopwatch import milliseconds

    pixels, labels = batch()
    found = {}
    for name in ACTIVATIONS:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model = Stack(depth, activation=name, initialization=initialization)
        norms = gradient_norms(model, pixels, labels)
        time = milliseconds(functools.partial(gradient_norms, model, pixels, labels))
        found[name] = (norms, time)
    return found


@st.cache_data(max_entries=16, show_spinner="Training…")
def _gap(dropout: float) -> tuple[float, float]:
    """Return train and test accuracy after a short training on few digits."""
    import numpy as np
    import torch

    from cnnviz.data import Digits, load_digits
    from cnnviz.engine import Trainer
    from cnnviz.evaluate import evaluate
    from cnnviz.session import build
    from cnnviz.settings import Settings

    every = load_digits("embedded")
    chosen = np.arange(_DIGITS) * (len(every.train_labels) // _DIGITS)
    digits = Digits(
        "embedded",
        every.train_images[chosen],
        every.train_labels[chosen],
        every.test_images,
        every.test_labels,
    )
    settings = Settings(epochs=_EPOCHS, batch_size=50, dropout=dropout, device="cpu")
    with torch.random.fork_rng(devices=[]):
        trainer = Trainer(build(settings), digits, settings, measure_every=1e9)
        for _ in trainer.events():
            pass
    parts = (digits.train_images, digits.train_labels), (digits.test_images, digits.test_labels)
    train, test = (
        evaluate(trainer.model, torch.from_numpy(x), torch.from_numpy(y), size=28).accuracy
        for x, y in parts
    )
    return train, test
