"""What the networks still read when the digits are spoiled."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.plots.intervals import lines_with_bands
from cnnviz.ui.compare import background_calls
from cnnviz.ui.compare.selection import Choice, leave_if_gone
from cnnviz.ui.components.tiles import Row, Tile, tiles
from cnnviz.ui.pickers.view_switch import choose_key
from cnnviz.ui.shell.background import request
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameters import COMPARE_PERTURBATION

if TYPE_CHECKING:
    from cnnviz.evaluation.robustness import Perturbation, RobustnessCurve, RobustnessDifference

_SAMPLES = 2  # digits that are shown, each at every strength
_NAMED = 4  # networks whose answers stand below them
_LEADS = 6  # that are named
_AUGMENTED = " (augmented)"  # behind the name of who learned from moved and turned digits
_MARKED = " (marked “augmented”)"


@st.fragment
def show(choice: Choice) -> None:
    """Show spoiled digits at once, and the curves as they are measured."""
    from cnnviz.evaluation.robustness import PERTURBATIONS

    leave_if_gone(choice)
    chosen = choose_key(
        "What is done to the digits",
        {key: row.title for key, row in PERTURBATIONS.items()},
        COMPARE_PERTURBATION,
    )
    perturbation = PERTURBATIONS[chosen]
    calls = background_calls.curve_calls(choice, perturbation.key)
    ready = request(calls)
    found = background_calls.curves(choice, ready)
    _samples(choice, perturbation, found)
    background_calls.say_problems(choice, ready)
    background_calls.wait(calls, ready, f"{perturbation.title}", key="compare_robust_pulse")
    if not found:
        return
    titles = _titles(choice)
    if said := recipes(choice):
        st.markdown(said)
    figure = lines_with_bands(
        {titles[key]: one.accuracies for key, one in found.items()},
        perturbation.strengths,
        x_title=perturbation.unit,
    )
    st.plotly_chart(figure, key="compare_robust", config={"displayModeBar": False})
    if len(found) > 1:
        st.markdown(who_reads_more([titles[key] for key in found], found.values(), perturbation))
    st.caption(
        f"On {background_calls.SPOILED} of {background_calls.tested(choice)}, all classes mixed, "
        f"the same for every network. {perturbation.note}"
    )


def recipes(choice: Choice) -> str:
    """Return in words, as Markdown, that some learned from spoiled digits; nothing if none did."""
    moved = [plain(network.title) for network in choice.networks if network.augmentation]
    if not moved or len(moved) == len(choice.networks):
        return f"All learned from **moved and turned digits**{_MARKED}." if moved else ""
    return (
        f"{'; '.join(moved)} learned from **moved and turned digits**{_MARKED}, the others did "
        "not: a line that holds longer may be owed to the training, not to the architecture."
    )


def who_reads_more(
    titles: Sequence[str], curves: "Iterable[RobustnessCurve]", perturbation: "Perturbation"
) -> str:
    """Return in words, as Markdown, which networks are better where, and which change places."""
    from cnnviz.evaluation.robustness import significant_differences

    found = significant_differences(list(curves), perturbation.strengths)
    if not found:
        return (
            "No two of these networks differ beyond chance at any strength "
            "(McNemar's test on the same digits, Holm)."
        )
    one_sided = [lead for lead in found if not lead.crosses]
    crossing = [lead for lead in found if lead.crosses]
    parts = []
    if one_sided:
        said = [_one_sided(titles, lead) for lead in one_sided]
        parts.append(_listed("Beyond chance (McNemar's test on the same digits, Holm):", said))
    if crossing:
        said = [
            f"**{plain(titles[one.first])}** reads more at {_at(one.first_at)}, "
            f"**{plain(titles[one.second])}** at {_at(one.second_at)}."
            for one in crossing
        ]
        parts.append(_listed("Lines that cross beyond chance (the same test):", said))
    elif len(found):
        parts.append("No two of these lines cross beyond chance.")
    return "\n\n".join(parts)


def _one_sided(titles: Sequence[str], lead: "RobustnessDifference") -> str:
    better, worse = titles[lead.first], titles[lead.second]
    if lead.second_at:
        better, worse = worse, better
    return (
        f"**{plain(better)}** reads more than {plain(worse)} at "
        f"{_at(lead.first_at or lead.second_at)}."
    )


def _listed(head: str, said: Sequence[str]) -> str:
    more = [f"- and {len(said) - _LEADS} more."] if len(said) > _LEADS else []
    return "\n".join([head, "", *(f"- {line}" for line in said[:_LEADS]), *more])


def _titles(choice: Choice) -> dict[str, str]:
    """Return the networks' titles by their keys, marked where spoiled digits were learned from."""
    return {
        network.key: network.title + (_AUGMENTED if network.augmentation else "")
        for network in choice.networks
    }


def _at(strengths: Sequence[float]) -> str:
    *others, last = (f"{strength:g}" for strength in strengths)
    return f"{', '.join(others)} and {last}" if others else last


def _samples(
    choice: Choice, perturbation: "Perturbation", found: "Mapping[str, RobustnessCurve]"
) -> None:
    """Show two digits at each strength, and what the first networks read as soon as it is known."""
    pixels, labels = background_calls.spoiled(choice)
    pixels = pixels[:_SAMPLES]
    made = [perturbation.function(pixels, strength) for strength in perturbation.strengths]
    titles = background_calls.names(choice)
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
    found: "Mapping[str, RobustnessCurve]", named: Sequence[str], strength: int, place: int
) -> list[str]:
    """Return what the networks read on a digit at a strength, in one line; none as yet is none."""
    line = " ".join(str(found[key].digits[strength, place]) for key in named)
    return [line] if line else []
