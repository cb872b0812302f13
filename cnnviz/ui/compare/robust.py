"""What the networks still read when the digits are spoiled."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.plots.intervals import banded
from cnnviz.ui.compare import material
from cnnviz.ui.compare.choice import Choice
from cnnviz.ui.later import soon
from cnnviz.ui.plain import plain
from cnnviz.ui.tiles import Row, Tile, tiles

if TYPE_CHECKING:
    from cnnviz.robustness import Curve, Perturbation

_SAMPLES = 2  # digits that are shown, each at every strength
_NAMED = 4  # networks whose answers stand below them
_CROSSINGS = 6  # that are named


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
    calls = material.curve_calls(choice, perturbation.key)
    ready = soon(calls)
    found = material.curves(choice, ready)
    _samples(choice, perturbation, found)
    material.say_problems(choice, ready)
    material.wait(calls, ready, f"{perturbation.title}", key="compare_robust_pulse")
    if not found:
        return
    titles = material.names(choice)
    figure = banded(
        {titles[key]: one.shares for key, one in found.items()},
        perturbation.strengths,
        x_title=perturbation.unit,
    )
    st.plotly_chart(figure, key="compare_robust", config={"displayModeBar": False})
    if len(found) > 1:
        st.markdown(places_changed([titles[key] for key in found], found.values(), perturbation))
    st.caption(
        f"On {material.SPOILED} of {material.tested(choice)}, all classes mixed, the same for "
        f"every network. {perturbation.note}"
    )


def places_changed(
    titles: Sequence[str], curves: "Iterable[Curve]", perturbation: "Perturbation"
) -> str:
    """Return in words, as Markdown, which networks are better here and worse there."""
    from cnnviz.robustness import crossings

    found = crossings(list(curves), perturbation.strengths)
    if not found:
        return (
            "No two of these lines cross beyond chance: where they do, McNemar's test on the "
            "same digits shows one of the two better on one side at most."
        )
    said = [
        f"- **{plain(titles[one.first])}** reads more at {_at(one.first_at)}, "
        f"**{plain(titles[one.second])}** at {_at(one.second_at)}."
        for one in found[:_CROSSINGS]
    ]
    more = len(found) - len(said)
    if more:
        said.append(f"- and {more} more.")
    return (
        "Lines that cross beyond chance (McNemar's test, corrected for all pairs and strengths):"
        + "\n".join(["", *said])
    )


def _at(strengths: Sequence[float]) -> str:
    *others, last = (f"{strength:g}" for strength in strengths)
    return f"{', '.join(others)} and {last}" if others else last


def _samples(choice: Choice, perturbation: "Perturbation", found: "Mapping[str, Curve]") -> None:
    """Show two digits at each strength, and what the first networks read as soon as it is known."""
    pixels, labels = material.spoiled(choice)
    pixels = pixels[:_SAMPLES]
    made = [perturbation.function(pixels, strength) for strength in perturbation.strengths]
    titles = material.names(choice)
    named = list(found)[:_NAMED]
    note = f"below each: {perturbation.unit}"
    if named:
        note += f"; the answers of {' · '.join(titles[key] for key in named)}"
    tiles(
        [
            Row(
                f"Test digit, true {labels[place]}",
                [
                    Tile(
                        spoiled[place, 0] / 255,
                        f"A {labels[place]}, {perturbation.unit}: {strength:g}",
                        "\n".join([f"{strength:g}", *_read(found, named, at, place)]),
                    )
                    for at, (spoiled, strength) in enumerate(
                        zip(made, perturbation.strengths, strict=True)
                    )
                ],
                note=note,
                scale=2,
            )
            for place in range(_SAMPLES)
        ],
        key="compare_samples",
    )


def _read(
    found: "Mapping[str, Curve]", named: Sequence[str], strength: int, place: int
) -> list[str]:
    """Return what the networks read on a digit at a strength, in one line; none as yet is none."""
    line = " ".join(str(found[key].digits[strength, place]) for key in named)
    return [line] if line else []
