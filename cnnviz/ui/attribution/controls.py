"""The controls of the page Why this answer, and the checks of its maps, run in the background."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from cnnviz.data.mnist import CLASSES, Pixels
from cnnviz.inspection.attribution.reliability import RELIABLE
from cnnviz.plots.curves import Line, line_chart
from cnnviz.plots.deletion_curves import deletion_curves
from cnnviz.stats.percentages import probability
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.attribution.assessment import (
    Assessment,
    assess,
    low_probability_warning,
)
from cnnviz.ui.attribution.verdict import verdict_sentence
from cnnviz.ui.cached import attributions, loading
from cnnviz.ui.components.figures import show_figure
from cnnviz.ui.pickers.image import InputImage, choose_test_digit
from cnnviz.ui.shell.background import request
from cnnviz.ui.shell.hidden import is_hidden
from cnnviz.ui.shell.places import place

if TYPE_CHECKING:
    from cnnviz.inspection.activations.forward_pass import ForwardPass
    from cnnviz.inspection.attribution.faithfulness import Curves, Randomization, RandomOrders
    from cnnviz.inspection.attribution.methods import Explanation
    from cnnviz.inspection.attribution.question import Target
    from cnnviz.models.loaded_network import LoadedNetwork

EXAMPLE = 29  # embedded test digit with reliable maps of the network shown first

_ANSWER, _NONE, _SECOND = "answer", "none", "second"
_FOR, _AGAINST = "why_for", "why_against"
_STEPS = (
    "**Deletion**: the marked ink is removed first. Lower is better.",
    "**Insertion**: the marked ink is added first. Higher is better.",
)


@dataclass(frozen=True, eq=False)
class Checks:
    """The checks of the maps that are finished.

    Attributes:
        curves: by the method's key; empty until they are measured.
        chance: None until it is measured.
        randomizations: by the method's key, those that are measured.
        complete: whether all checks are finished.
    """

    curves: "Mapping[str, Curves]"
    chance: "RandomOrders | None"
    randomizations: "Mapping[str, Randomization]"
    complete: bool

    def assess(self, method: str) -> Assessment:
        """Return how reliable that method's map is."""
        return assess(self.curves.get(method), self.chance, self.randomizations.get(method))

    def cascades(self, titles: Mapping[str, str]) -> dict[str, Line]:
        """Return the number of randomized layers and the remaining correlation, by title."""
        return {
            titles[key]: (
                np.array(randomization.scrambled, np.float32),
                np.array(
                    [np.nan if r is None else r for r in randomization.correlations], np.float32
                ),
            )
            for key, randomization in self.randomizations.items()
        }


def choose_target(forward: "ForwardPass") -> "Target":
    """Return the score to explain, at first that of the predicted class."""
    from cnnviz.inspection.attribution.question import Target

    order = forward.ranking

    def name(digit: int) -> str:
        return f"{digit} ({probability(forward.probabilities[digit])})"

    left, right = st.columns(2)
    digits = {str(digit): digit for digit in range(CLASSES)}
    titles = {_ANSWER: f"Predicted class, {name(order[0])}"}
    _send_label(_FOR, _ANSWER)
    chosen = left.selectbox(
        "Class to explain",
        [_ANSWER, *digits],
        format_func=lambda key: titles.get(key) or name(digits[key]),
        key=_FOR,
        persist_state="session",
        help="The maps show the evidence for this class, which need not be the one predicted.",
    )
    digit = digits.get(chosen, order[0])
    second = next(other for other in order if other != digit)
    if digits.get(st.session_state.get(_AGAINST, _NONE)) == digit:
        st.session_state[_AGAINST] = _NONE
    strongest = "the runner-up" if digit == order[0] else "the predicted class"
    others = {_NONE: "no other class", _SECOND: f"{strongest}, {name(second)}"}
    _send_label(_AGAINST, _NONE)
    against = right.selectbox(
        "Compared with",
        [_NONE, _SECOND, *(key for key in digits if digits[key] != digit)],
        format_func=lambda key: others.get(key) or name(digits[key]),
        key=_AGAINST,
        persist_state="session",
        help="The maps then explain the difference between the two logits: what makes the digit a "
        "4 rather than a 9.",
    )
    return Target(digit, {_NONE: None, _SECOND: second, **digits}[against])


def _send_label(key: str, first: str) -> None:
    """Have the browser show a choice under its label of now.

    A selectbox keeps the label of another digit's option as long as the option itself is the same;
    a value that is set is sent with its label.

    Args:
        key: of the selectbox.
        first: its option as long as none is chosen.
    """
    st.session_state[key] = st.session_state.get(key, first)


def choose_grad_cam_layer(network: TrainedNetwork) -> tuple[str, str]:
    """Return the layer for Grad-CAM, and a sentence about it."""
    from cnnviz.inspection.attribution.grad_cam_layers import default_layer

    candidates = attributions.grad_cam_layers(network)
    best, reason = default_layer(candidates)
    grids = {place.layer: place.grid for place in candidates}
    chosen = st.selectbox(
        "Layer for Grad-CAM",
        list(grids),
        index=list(grids).index(best.layer),
        format_func=lambda name: f"{name} ({grids[name][0]} × {grids[name][1]})",
        key=f"why_layer_{network.key}",
        help="Late layers carry most information about the class and least about the position. "
        "After the last block of a network with a class token the patches no longer affect the "
        "prediction, so those layers are not offered.",
    )
    if chosen == best.layer:
        return chosen, f"Layer {chosen}: {reason}."
    rows, columns = grids[chosen]
    return chosen, f"Layer {chosen}, {rows} × {columns} positions. Suggested: {best.layer}."


def checks(
    network: TrainedNetwork, image: Pixels, target: "Target", layer: str, explanation: "Explanation"
) -> Checks:
    """Return the checks that are finished, and have the others run in the background."""
    from cnnviz.inspection.attribution.methods import METHODS

    arguments = loading.model(network), image, target, layer, explanation
    subject = network.key, network.version, image.tobytes(), str(target), layer
    calls: dict[Hashable, Callable[[], Any]] = {(subject, ""): partial(_curves, *arguments)}
    calls |= {(subject, key): partial(_randomization, *arguments, key) for key in METHODS}
    results = request(calls)
    curves, chance = results.get((subject, ""), ({}, None))
    randomizations = {key: results[subject, key] for key in METHODS if (subject, key) in results}
    return Checks(curves, chance, randomizations, len(results) == len(calls))


def notes(explanation: "Explanation", layer: str) -> dict[str, str]:
    """Return notes on single maps, by the method's key.

    Args:
        explanation: the maps.
        layer: a sentence about the layer for Grad-CAM.
    """
    whole = explanation.score - explanation.blank
    texts = {
        "integrated_gradients": (
            f"The map sums to {whole + explanation.missing:.2f}; it should be {whole:.2f}, the "
            f"score minus that of a black image ({explanation.blank:.2f})."
        ),
        "grad_cam": layer,
    }
    for key, values in explanation.maps.items():
        if not values.any():
            texts[key] = "Zero everywhere: this method finds no evidence for this score."
    return texts


def show_verdict(
    assessments: Mapping[str, Assessment],
    explanation: "Explanation",
    target: "Target",
    image: InputImage,
) -> None:
    """Say which maps to believe; if none, offer a digit that has reliable maps.

    Args:
        assessments: by the method's key; also while checks are missing.
        explanation: with the maps.
        target: what they explain.
        image: that is explained.
    """
    from cnnviz.inspection.attribution.methods import METHODS

    sentence = verdict_sentence(
        {METHODS[key].title: assessment for key, assessment in assessments.items()},
        {METHODS[key].title: place(*explanation.strongest(key)) for key in assessments},
        target,
    )
    st.markdown(sentence or "The maps are being tested: believe none of them yet.")
    levels = [assessment.level for assessment in assessments.values()]
    if None in levels or RELIABLE in levels or image.index == EXAMPLE or is_hidden("image"):
        return
    digits = loading.digits()
    if digits.source == "embedded" and st.button(
        f"Try the {digits.test_labels[EXAMPLE]} at index {EXAMPLE}",
        key="why_example",
        icon=":material/arrow_forward:",
        on_click=choose_test_digit,
        args=(EXAMPLE,),
    ):
        st.rerun()  # the whole page: a fragment keeps the digit that it was drawn with


def show_check_details(checks: Checks) -> None:
    """Draw the finished checks, step by step."""
    from cnnviz.inspection.attribution.methods import METHODS

    if checks.chance is None:
        return
    first = next(iter(checks.curves.values()))
    if sentence := low_probability_warning(first):
        st.info(sentence, icon=":material/info:")
    titles = {key: method.title for key, method in METHODS.items()}
    with st.expander("The checks in detail"):
        for column, check, words, x_title in zip(
            st.columns(2), ("deletion", "insertion"), _STEPS, ("removed", "added"), strict=True
        ):
            figure = deletion_curves(
                {titles[key]: getattr(lines, check) for key, lines in checks.curves.items()},
                [getattr(lines, check) for lines in checks.chance.curves],
                shares=first.shares,
                x_title=f"share of the ink {x_title}",
            )
            with column:
                st.markdown(words)
                show_figure(figure, key=f"why_{check}")
        if checks.complete:
            st.markdown("**Randomized weights**, from the output back. Near zero is better.")
            show_figure(
                line_chart(
                    checks.cascades(titles),
                    x_title="layers randomized",
                    y_title="rank correlation with the map",
                    markers=True,
                ),
                key="why_scrambled",
            )


def _curves(
    network: "LoadedNetwork",
    image: Pixels,
    target: "Target",
    layer: str,
    explanation: "Explanation",
) -> "tuple[dict[str, Curves], RandomOrders]":
    """Return the curves of all maps, and those of random orders; runs in the background."""
    from cnnviz.inspection.attribution.faithfulness import curves_of_maps
    from cnnviz.inspection.attribution.question import question_about

    return curves_of_maps(question_about(network, target, layer), image[None], explanation.maps)


def _randomization(
    network: "LoadedNetwork",
    image: Pixels,
    target: "Target",
    layer: str,
    explanation: "Explanation",
    key: str,
) -> "Randomization":
    """Return how one method's map changes with shuffled weights; runs in the background."""
    from cnnviz.inspection.attribution.faithfulness import randomization_of_map
    from cnnviz.inspection.attribution.methods import METHODS
    from cnnviz.inspection.attribution.question import question_about

    question = question_about(network, target, layer)
    return randomization_of_map(question, image[None], METHODS[key], explanation.maps[key])
