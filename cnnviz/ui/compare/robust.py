"""What the networks still read when the digits are spoiled."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.plots.intervals import banded
from cnnviz.ui.compare import material
from cnnviz.ui.compare.choice import Choice
from cnnviz.ui.later import soon
from cnnviz.ui.tiles import Row, Tile, tiles

if TYPE_CHECKING:
    from cnnviz.robustness import Perturbation

_SAMPLES = 2  # digits that are shown, each at every strength


@st.fragment
def show(choice: Choice) -> None:
    """Show spoiled digits at once, and the curves as they are measured."""
    from cnnviz.robustness import PERTURBATIONS

    chosen = st.segmented_control(
        "What is done to the digits",
        list(PERTURBATIONS),
        format_func=lambda key: PERTURBATIONS[key].title,
        default=next(iter(PERTURBATIONS)),
        required=True,
        key="compare_spoil",
        bind="query-params",
        persist_state="session",
    )
    perturbation = PERTURBATIONS[str(chosen)]
    _samples(choice, perturbation)
    calls = material.curve_calls(choice, perturbation.key)
    ready = soon(calls)
    material.say_problems(choice, ready)
    titles = material.names(choice)
    found = {
        titles[str(key[1])]: curve
        for key, curve in ready.items()
        if isinstance(key, tuple) and isinstance(curve, Sequence)
    }
    material.wait(calls, ready, f"{perturbation.title}", key="compare_robust_pulse")
    if found:
        figure = banded(found, perturbation.strengths, x_title=perturbation.unit)
        st.plotly_chart(figure, key="compare_robust", config={"displayModeBar": False})
        st.caption(
            f"On {material.SPOILED} of {material.tested(choice)}, all classes mixed, the same for "
            f"every network. {perturbation.note}"
        )


def _samples(choice: Choice, perturbation: "Perturbation") -> None:
    pixels, labels = material.spoiled(choice)
    pixels = pixels[:_SAMPLES]
    made = [perturbation.function(pixels, strength) for strength in perturbation.strengths]
    tiles(
        [
            Row(
                f"Test digit, true {labels[place]}",
                [
                    Tile(
                        spoiled[place, 0] / 255,
                        f"A {labels[place]}, {perturbation.unit}: {strength:g}",
                        f"{strength:g}",
                    )
                    for spoiled, strength in zip(made, perturbation.strengths, strict=True)
                ],
                note=f"below each: {perturbation.unit}",
                scale=2,
            )
            for place in range(_SAMPLES)
        ],
        key="compare_samples",
    )
