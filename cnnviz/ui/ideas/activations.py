"""ReLU against tanh and sigmoid, and dropout on and off, measured."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.data.mnist import load_digits
from cnnviz.stats.percentages import percent
from cnnviz.ui.ideas.findings import activations_finding
from cnnviz.ui.ideas.gradients import GRADIENT_DIGITS, batch, choose_initialization
from cnnviz.ui.ideas.metrics_and_charts import lines, metrics, table
from cnnviz.ui.shell.caching import cached
from cnnviz.ui.shell.glossary import with_common_terms

if TYPE_CHECKING:
    from cnnviz.benchmark.activation_functions import ActivationCosts
    from cnnviz.training.dropout_trial import Accuracies, Differences, Pair

_PAIRS = 4  # of trainings with and without dropout, each with its own seed


def activations_idea() -> None:
    """Compare activation functions; train with and without dropout on a click."""
    left, right = st.columns([1, 3])
    with left:
        initialization = choose_initialization(["He", "PyTorch"], key="activations_start")
    depth = right.slider(
        "Layers", 2, 24, 8, key="activations_depth", help="Number of 3×3 convolutions in the stack."
    )
    _functions(depth, activation_measurements(depth, initialization))
    st.markdown(
        "**Dropout, on and off**",
        help="Trains the same network with and without dropout, from the same weights.",
    )
    rate = st.slider(
        "Dropout rate of the hidden units",
        0.1,
        0.8,
        0.5,
        0.1,
        key="activations_rate",
        help="The share of hidden units that are set to zero at random in each step.",
    )
    if st.button(
        f"Train {_PAIRS} pairs now", icon=":material/play_arrow:", key="activations_train"
    ):
        st.session_state["activations_asked"] = rate
    _dropout(st.session_state.get("activations_asked"))


def _functions(depth: int, costs: "dict[str, ActivationCosts]") -> None:
    """Show the gradient norm in each layer, and the time of a training step."""
    first_layer = {name: cost.gradient_norms[0] for name, cost in costs.items()}
    st.markdown(activations_finding(first_layer, depth))
    lines(
        {name: (range(depth + 1), cost.gradient_norms) for name, cost in costs.items()},
        x="layer, from the input",
        y="gradient norm",
        key="activations_lines",
        log=True,
    )
    metrics(
        {
            f"{name}, per step": (
                f"{cost.milliseconds:.1f} ms",
                f"forward and backward pass for {GRADIENT_DIGITS} digits; the gradient norm in "
                f"the first layer is {cost.gradient_norms[0]:.1e}",
            )
            for name, cost in costs.items()
        }
    )
    st.caption(
        with_common_terms(
            f"Measured just now on {GRADIENT_DIGITS} test digits with untrained 3×3 convolutions "
            "of 16 channels. The slope of sigmoid is at most 1/4, so each layer shrinks the "
            "gradient to a quarter or less before the weights are applied; the slope of tanh is 1 "
            "only near zero; that of ReLU is 1 wherever the unit is active, so gradients survive "
            "if the weights are large enough."
        )
    )


def _dropout(rate: float | None) -> None:
    """Train the pairs one after another, and show each as soon as it is trained."""
    from cnnviz.training.dropout_trial import EPOCHS, TRIAL_DIGITS, Pair

    if rate is None:
        st.caption(
            f"Trains MnistCNN {2 * _PAIRS} times on {TRIAL_DIGITS} digits, {EPOCHS} epochs each. "
            "Each pair appears as soon as it is trained."
        )
        return
    place, pairs = st.empty(), list[Pair]()
    for seed in range(_PAIRS):
        with place.container():
            _show_pairs(pairs, rate)
            with st.spinner(f"Training pair {seed + 1} of {_PAIRS}…"):
                pairs.append(Pair(dropout_accuracies(0.0, seed), dropout_accuracies(rate, seed)))
    with place.container():
        _show_pairs(pairs, rate)


def _show_pairs(pairs: "Sequence[Pair]", rate: float) -> None:
    """Show the pairs that are trained, and how far they agree."""
    from cnnviz.training.dropout_trial import EPOCHS, TRIAL_DIGITS, summarize

    if not pairs:
        return
    table(
        [
            {
                "Seed": seed,
                "No dropout: train → test": _in_words(pair.without),
                "Gap": _points(pair.without.gap),
                f"Dropout {rate:.1f}: train → test": _in_words(pair.dropped),
                "Its gap": _points(pair.dropped.gap),
                "Narrowed by": _points(pair.narrowing),
            }
            for seed, pair in enumerate(pairs)
        ]
    )
    narrowing = summarize([pair.narrowing for pair in pairs])
    improvement = summarize([pair.improvement for pair in pairs])
    st.markdown(
        f"Dropout narrowed the gap in **{narrowing.positive} of {narrowing.pairs}** pairs, "
        f"{_spread(narrowing)}. Test accuracy was higher in **{improvement.positive} of "
        f"{improvement.pairs}**, {_spread(improvement)}."
    )
    st.caption(
        f"Trained just now on {TRIAL_DIGITS} of the embedded digits for {EPOCHS} epochs, tested on "
        "1,000 others; both networks of a pair start from the same weights and see the same "
        "batches. The gap also narrows when a network merely memorizes less: only test accuracy "
        "tells whether it generalizes better. With 1,000 test digits, a difference below about one "
        "percentage point may be chance."
    )


def _in_words(accuracies: "Accuracies") -> str:
    return f"{percent(accuracies.train)} → {percent(accuracies.test)}"


def _points(share: float) -> str:
    return f"{round(100 * share, 1) + 0.0:.1f} points"  # no -0.0


def _spread(differences: "Differences") -> str:
    """Return the mean of differences and their range, in words."""
    mean = f"by {100 * differences.mean:+.1f} points on average"
    if differences.pairs == 1:
        return mean
    return f"{mean} (from {100 * differences.low:+.1f} to {100 * differences.high:+.1f})"


@cached(spinner="Measuring…")
def activation_measurements(depth: int, initialization: str) -> "dict[str, ActivationCosts]":
    """Return gradient norms and step time for each activation function."""
    from cnnviz.benchmark.activation_functions import activation_costs

    return activation_costs(depth, *batch(), initialization=initialization)


@cached
def dropout_accuracies(dropout: float, seed: int) -> "Accuracies":
    """Return train and test accuracy after a short training on few of the embedded digits."""
    from cnnviz.training.dropout_trial import train_and_test

    return train_and_test(load_digits("embedded"), dropout=dropout, seed=seed)
