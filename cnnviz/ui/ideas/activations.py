"""ReLU against tanh and sigmoid, and dropout on and off, measured."""

import functools
import statistics

import streamlit as st

from cnnviz.ui.ideas.cache import batch
from cnnviz.ui.ideas.shared import lines, numbers, table
from cnnviz.ui.shell.caching import cached

_Scores = tuple[float, float]  # accuracy on what was learned from, and on other digits

_DIGITS = 300  # to learn from: few, so that a network can learn them by heart
_EPOCHS = 12
_PAIRS = 4  # of trainings with and without dropout, each from a seed of its own


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
    found = activation_costs(depth, start)
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
    if st.button(
        f"Train {_PAIRS} pairs now", icon=":material/play_arrow:", key="activations_train"
    ):
        st.session_state["activations_asked"] = rate
    asked = st.session_state.get("activations_asked")
    if asked is None:
        st.caption(
            f"Twice {_PAIRS} times MnistCNN on {_DIGITS} digits, {_EPOCHS} passes each. Each pair "
            "shows as soon as it is trained."
        )
        return
    place, pairs = st.empty(), list[tuple[_Scores, _Scores]]()
    for seed in range(_PAIRS):
        with place.container():
            _show_pairs(pairs, asked)
            with st.spinner(f"Training pair {seed + 1} of {_PAIRS}…"):
                pairs.append((dropout_scores(0.0, seed), dropout_scores(asked, seed)))
    with place.container():
        _show_pairs(pairs, asked)


def _show_pairs(pairs: list[tuple[_Scores, _Scores]], rate: float) -> None:
    """Show what was measured so far: each pair, and how far the pairs agree."""
    if not pairs:
        return
    table(
        [
            {
                "Seed": seed,
                "Without: learned → new digits": f"{without[0]:.1%} → {without[1]:.1%}",
                "Gap": _points(_gap(without)),
                f"Dropout {rate:.1f}: learned → new digits": f"{dropped[0]:.1%} → {dropped[1]:.1%}",
                "Its gap": _points(_gap(dropped)),
                "Narrowed by": _points(_gap(without) - _gap(dropped)),
            }
            for seed, (without, dropped) in enumerate(pairs)
        ]
    )
    by = [_gap(without) - _gap(dropped) for without, dropped in pairs]
    better = [dropped[1] - without[1] for without, dropped in pairs]
    st.markdown(
        f"Dropout narrowed the gap in **{_count(by)} of {len(by)}** pairs, {_spread(by)}. It was "
        f"right on more new digits in **{_count(better)} of {len(better)}**, {_spread(better)}."
    )
    st.caption(
        f"Trained just now on {_DIGITS} embedded digits, {_EPOCHS} passes, tested on 1,000 others; "
        "the two of a pair start from the same weights and see the same batches. A gap also "
        "narrows when a network learns less by heart without knowing more: only the accuracy on "
        "new digits tells. On 1,000 digits, differences of less than about one point may be chance."
    )


def _count(shares: list[float]) -> int:
    return sum(share > 1e-9 for share in shares)  # equal counts may differ by a rounding


def _gap(scores: _Scores) -> float:
    train, test = scores
    return train - test


def _points(share: float) -> str:
    return f"{round(100 * share, 1) + 0.0:.1f} points"  # no -0.0


def _spread(shares: list[float]) -> str:
    """Return the mean of differences and how far they lie apart, in words."""
    mean = f"by {100 * statistics.mean(shares):+.1f} points on average"
    if len(shares) == 1:
        return mean
    return f"{mean} (from {100 * min(shares):+.1f} to {100 * max(shares):+.1f})"


@cached(spinner="Measuring…")
def activation_costs(depth: int, initialization: str) -> dict[str, tuple[list[float], float]]:
    """Return each activation's gradient norms by layer, and its milliseconds for one step."""
    import torch

    from cnnviz.inspection.interventions.gradient_flow import ACTIVATIONS, Stack, gradient_norms
    from cnnviz.system.stopwatch import milliseconds

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


@cached
def dropout_scores(dropout: float, seed: int) -> _Scores:
    """Return train and test accuracy after a short training on few digits."""
    import numpy as np
    import torch

    from cnnviz.data.mnist import Digits, load_digits
    from cnnviz.models.inference import evaluate
    from cnnviz.training.engine.settings import Settings
    from cnnviz.training.engine.trainer import Trainer
    from cnnviz.training.runs.session import build_network

    every = load_digits("embedded")
    chosen = np.arange(_DIGITS) * (len(every.train_labels) // _DIGITS)
    digits = Digits(
        "embedded",
        every.train_images[chosen],
        every.train_labels[chosen],
        every.test_images[:10],  # asked after each pass, which nobody looks at
        every.test_labels[:10],
    )
    settings = Settings(epochs=_EPOCHS, batch_size=50, dropout=dropout, seed=seed, device="cpu")
    with torch.random.fork_rng(devices=[]):
        trainer = Trainer(build_network(settings), digits, settings, measure_every=1e9)
        for _ in trainer.events():
            pass
    parts = (digits.train_images, digits.train_labels), (every.test_images, every.test_labels)
    train, test = (
        evaluate(trainer.model, torch.from_numpy(x), torch.from_numpy(y), size=28).accuracy
        for x, y in parts
    )
    return train, test
