"""The controls of the page "Why this answer", and its checks, which come when they are ready."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz.data.mnist import CLASSES, Pixels
from cnnviz.plots.curves import Line, line_chart
from cnnviz.plots.deletion_curves import deletion_curves
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.attribution.verdicts import Belief, belief, little_to_lose
from cnnviz.ui.cached import attributions, loading
from cnnviz.ui.shell.background import request
from cnnviz.ui.shell.units import probability

if TYPE_CHECKING:
    from cnnviz.inspection.attribution.faithfulness import Chance, Curves, Randomization
    from cnnviz.inspection.attribution.methods import Explanation, Target
    from cnnviz.models.loaded_network import LoadedNetwork

_ANSWER, _NONE, _SECOND = "answer", "none", "second"
_FOR, _AGAINST = "why_for", "why_against"


@dataclass(frozen=True, eq=False)
class Checks:
    """What is known by now of the maps' worth.

    Attributes:
        curves: by the method's key; empty as long as they are being measured.
        chance: None as long as it is being measured.
        randomizations: by the method's key, as far as they are measured.
        complete: whether nothing is missing.
    """

    curves: "Mapping[str, Curves]"
    chance: "Chance | None"
    randomizations: "Mapping[str, Randomization]"
    complete: bool

    def belief(self, method: str) -> Belief:
        """Return what to believe of that method's map."""
        return belief(self.curves.get(method), self.chance, self.randomizations.get(method))

    def cascades(self, titles: Mapping[str, str]) -> dict[str, Line]:
        """Return how many layers were scrambled and what was left of the map, by title."""
        return {
            titles[key]: (
                np.array(found.scrambled, np.float32),
                np.array([np.nan if r is None else r for r in found.correlations], np.float32),
            )
            for key, found in self.randomizations.items()
        }


def choose_target(probabilities: NDArray[np.float32]) -> "Target":
    """Return the score to explain: of the answer, unless the user chooses another class."""
    from cnnviz.inspection.attribution.methods import Target

    order = [int(digit) for digit in np.argsort(-probabilities)]

    def name(digit: int) -> str:
        return f"{digit} ({probability(probabilities[digit])})"

    left, right = st.columns(2)
    digits = {str(digit): digit for digit in range(CLASSES)}
    titles = {_ANSWER: f"The answer, {name(order[0])}"}
    chosen = left.selectbox(
        "Class to explain",
        [_ANSWER, *digits],
        format_func=lambda key: titles.get(key) or name(digits[key]),
        key=_FOR,
        persist_state="session",
    )
    digit = digits.get(chosen, order[0])
    second = next(other for other in order if other != digit)
    if digits.get(st.session_state.get(_AGAINST, _NONE)) == digit:
        st.session_state[_AGAINST] = _NONE
    strongest = "the runner-up" if digit == order[0] else "the answer"
    others = {_NONE: "any other class", _SECOND: f"{strongest}, {name(second)}"}
    against = right.selectbox(
        "And not",
        [_NONE, _SECOND, *(key for key in digits if digits[key] != digit)],
        format_func=lambda key: others.get(key) or name(digits[key]),
        key=_AGAINST,
        persist_state="session",
        help="Against one class, the maps explain by how much its logit is lower: what makes it a "
        "4 and not a 9.",
    )
    return Target(digit, {_NONE: None, _SECOND: second, **digits}[against])


def choose_layer(network: TrainedNetwork) -> tuple[str, str]:
    """Return the layer for Grad-CAM, and a sentence on it."""
    from cnnviz.inspection.attribution.grad_cam_layers import propose

    found = attributions.grad_cam_layers(network)
    best, reason = propose(found)
    grids = {place.layer: place.grid for place in found}
    chosen = st.selectbox(
        "Layer for Grad-CAM",
        list(grids),
        index=list(grids).index(best.layer),
        format_func=lambda name: f"{name} ({grids[name][0]} × {grids[name][1]})",
        key=f"why_layer_{network.key}",
        help="Late layers know most about the class and least about the place. After the last "
        "block of a class-token network the patches no longer bear on the answer, so those layers "
        "are not offered.",
    )
    if chosen == best.layer:
        return chosen, f"Taken from {chosen}: {reason}."
    rows, columns = grids[chosen]
    return chosen, f"Taken from {chosen}, {rows} × {columns} cells. Proposed is {best.layer}."


def checks(
    network: TrainedNetwork, image: Pixels, target: "Target", layer: str, found: "Explanation"
) -> Checks:
    """Return what is known by now of the maps' worth; the rest is being measured."""
    from cnnviz.inspection.attribution.methods import METHODS

    asked = loading.model(network), image, target, layer
    name = network.key, network.version, image.tobytes(), str(target), layer
    calls: dict[Hashable, Callable[[], Any]] = {(name, ""): partial(_followed, *asked, found)}
    calls |= {(name, key): partial(_scrambled, *asked, found, key) for key in METHODS}
    ready = request(calls)
    lines, chance = ready.get((name, ""), ({}, None))
    randomizations = {key: ready[name, key] for key in METHODS if (name, key) in ready}
    return Checks(lines, chance, randomizations, len(ready) == len(calls))


def notes(found: "Explanation", layer: str) -> dict[str, str]:
    """Return what to know about single maps here, by the method's key.

    Args:
        found: the maps.
        layer: a sentence on the layer for Grad-CAM.
    """
    whole = found.score - found.blank
    texts = {
        "integrated_gradients": (
            f"It adds up to {whole + found.missing:.2f}; it should be {whole:.2f}, the score less "
            f"that of black paper ({found.blank:.2f})."
        ),
        "grad_cam": layer,
    }
    for key, values in found.maps.items():
        if not values.any():
            texts[key] = "Zero everywhere: this method finds nothing that speaks for this score."
    return texts


def show_steps(known: Checks) -> None:
    """Draw what the checks measured, step by step, as far as it is known."""
    from cnnviz.inspection.attribution.methods import METHODS

    if known.chance is None:
        return
    first = next(iter(known.curves.values()))
    if sentence := little_to_lose(first):
        st.info(sentence, icon=":material/info:")
    titles = {key: method.title for key, method in METHODS.items()}
    with st.expander("The checks, step by step"):
        left, right = st.columns(2)
        left.markdown("**Deletion**: the marked ink goes first. Lower is better.")
        left.plotly_chart(
            deletion_curves(
                {titles[key]: lines.deletion for key, lines in known.curves.items()},
                [lines.deletion for lines in known.chance.curves],
                shares=first.shares,
                x_title="ink that has gone",
            ),
            key="why_deletion",
        )
        right.markdown("**Insertion**: the marked ink comes first. Higher is better.")
        right.plotly_chart(
            deletion_curves(
                {titles[key]: lines.insertion for key, lines in known.curves.items()},
                [lines.insertion for lines in known.chance.curves],
                shares=first.shares,
                x_title="ink that has come",
            ),
            key="why_insertion",
        )
        if known.complete:
            st.markdown("**Scrambled weights**, from the output back. Near zero is better.")
            st.plotly_chart(
                line_chart(
                    known.cascades(titles),
                    x_title="layers that are scrambled",
                    y_title="rank correlation with the map",
                    markers=True,
                ),
                key="why_scrambled",
            )


def _followed(
    network: "LoadedNetwork",
    image: Pixels,
    target: "Target",
    layer: str,
    found: "Explanation",
) -> "tuple[dict[str, Curves], Chance]":
    import torch

    from cnnviz.inspection.attribution import faithfulness
    from cnnviz.inspection.attribution.methods import ask, to_image

    question, picture = ask(network, target, layer), to_image(image[None])
    maps = [torch.from_numpy(values) for values in found.maps.values()]
    lines = faithfulness.curves(question, picture, maps)
    chance = faithfulness.chance(question, picture)
    return dict(zip(found.maps, lines, strict=True)), chance


def _scrambled(
    network: "LoadedNetwork",
    image: Pixels,
    target: "Target",
    layer: str,
    found: "Explanation",
    key: str,
) -> "Randomization":
    import torch

    from cnnviz.inspection.attribution.faithfulness import randomization
    from cnnviz.inspection.attribution.methods import METHODS, ask, to_image

    question, picture = ask(network, target, layer), to_image(image[None])
    return randomization(question, picture, METHODS[key], torch.from_numpy(found.maps[key]))
