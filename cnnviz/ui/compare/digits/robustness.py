"""View Robustness: accuracy on increasingly perturbed digits."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.plots.intervals import lines_with_bands
from cnnviz.ui.compare import background_calls
from cnnviz.ui.compare.selection import Choice, rerun_if_deleted
from cnnviz.ui.components.figures import show_figure
from cnnviz.ui.components.tiles import Row, Tile, tiles
from cnnviz.ui.pickers.options import choose_key
from cnnviz.ui.shell.background import request
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameters import COMPARE_PERTURBATION

if TYPE_CHECKING:
    from cnnviz.evaluation.perturbations import Perturbation
    from cnnviz.evaluation.robustness import RobustnessCurve, RobustnessDifference

_SAMPLES = 2  # digits that are shown, each at every strength
_MOST_NAMED = 4  # networks whose predictions are shown below them
_MOST_DIFFERENCES = 6  # that are listed
_AUGMENTED = " (augmented)"  # after the title of a network trained with augmentation
_MARKED = " (marked “augmented”)"
_TEST = "McNemar's test on the same digits, adjusted by Holm"


@st.fragment
def robustness_view(choice: Choice) -> None:
    """Show perturbed digits at once, and the accuracies as they are measured."""
    from cnnviz.evaluation.perturbations import PERTURBATIONS

    rerun_if_deleted(choice)
    chosen = choose_key(
        "Perturbation",
        {key: perturbation.title for key, perturbation in PERTURBATIONS.items()},
        COMPARE_PERTURBATION,
        help="How the test digits are changed, in steps of increasing strength.",
    )
    perturbation = PERTURBATIONS[chosen]
    calls = background_calls.robustness_calls(choice, perturbation.key)
    ready = request(calls)
    curves = background_calls.robustness_curves(choice, ready)
    _show_samples(choice, perturbation, curves)
    background_calls.show_problems(choice, ready)
    background_calls.wait_for(
        calls,
        ready,
        f"{perturbation.title}, measuring the accuracy",
        noun="network",
        key="compare_robust_pulse",
    )
    if not curves:
        return
    titles = _titles(choice)
    if note := augmentation_text(choice):
        st.markdown(note)
    figure = lines_with_bands(
        {titles[key]: curve.accuracies for key, curve in curves.items()},
        perturbation.strengths,
        x_title=perturbation.unit,
    )
    show_figure(figure, key="compare_robust")
    if len(curves) > 1:
        st.markdown(robustness_text([titles[key] for key in curves], curves.values(), perturbation))
    st.caption(
        f"On {background_calls.PERTURBED_DIGITS} of {background_calls.digits_text(choice)}, all "
        f"classes mixed, the same for every network. {perturbation.note}"
    )


def augmentation_text(choice: Choice) -> str:
    """Return in Markdown which networks were trained with augmentation; "" if none were."""
    augmented = [plain(network.title) for network in choice.networks if network.augmentation]
    if not augmented:
        return ""
    if len(augmented) == len(choice.networks):
        return f"All were trained on **shifted and rotated digits**{_MARKED}."
    return (
        f"{'; '.join(augmented)} {'was' if len(augmented) == 1 else 'were'} trained on **shifted "
        f"and rotated digits**{_MARKED}, the others were not: higher robustness may come from the "
        "training rather than the architecture."
    )


def robustness_text(
    titles: Sequence[str], curves: "Iterable[RobustnessCurve]", perturbation: "Perturbation"
) -> str:
    """Return in Markdown which networks are significantly better, and at what strengths."""
    from cnnviz.evaluation.robustness import significant_differences

    differences = significant_differences(list(curves), perturbation.strengths)
    if not differences:
        return f"No two of these networks differ significantly at any strength ({_TEST})."
    one_sided = [pair for pair in differences if not pair.crosses]
    crossing = [pair for pair in differences if pair.crosses]
    paragraphs = []
    if one_sided:
        lines = [_one_sided_line(titles, pair) for pair in one_sided]
        paragraphs.append(_list(f"Significant differences ({_TEST}):", lines))
    if crossing:
        lines = [
            f"**{plain(titles[pair.first])}** is more accurate at {_at(pair.first_at)}, "
            f"**{plain(titles[pair.second])}** at {_at(pair.second_at)}."
            for pair in crossing
        ]
        paragraphs.append(_list("Curves that cross significantly (same test):", lines))
    else:
        paragraphs.append("No two of these curves cross significantly.")
    return "\n\n".join(paragraphs)


def _one_sided_line(titles: Sequence[str], difference: "RobustnessDifference") -> str:
    better, worse = titles[difference.first], titles[difference.second]
    if difference.second_at:
        better, worse = worse, better
    return (
        f"**{plain(better)}** is more accurate than {plain(worse)} at "
        f"{_at(difference.first_at or difference.second_at)}."
    )


def _list(heading: str, lines: Sequence[str]) -> str:
    rest = len(lines) - _MOST_DIFFERENCES
    more = [f"- and {rest} more."] if rest > 0 else []
    return "\n".join([heading, "", *(f"- {line}" for line in lines[:_MOST_DIFFERENCES]), *more])


def _titles(choice: Choice) -> dict[str, str]:
    """Return the networks' titles by key, with a mark if they were trained with augmentation."""
    return {
        network.key: network.title + (_AUGMENTED if network.augmentation else "")
        for network in choice.networks
    }


def _at(strengths: Sequence[float]) -> str:
    *others, last = (f"{strength:g}" for strength in strengths)
    return f"{', '.join(others)} and {last}" if others else last


def _show_samples(
    choice: Choice, perturbation: "Perturbation", curves: "Mapping[str, RobustnessCurve]"
) -> None:
    """Show two digits at each strength, with the finished predictions of the first networks."""
    pixels, labels = background_calls.perturbed_digits(choice)
    pixels = pixels[:_SAMPLES]
    perturbed = [perturbation.function(pixels, strength) for strength in perturbation.strengths]
    titles = background_calls.titles_by_key(choice)
    named = list(curves)[:_MOST_NAMED]
    note = f"below each: {perturbation.unit}"
    if named:
        note += f"; predictions of {' · '.join(titles[key] for key in named)}"
    tiles(
        [
            Row(
                f"Test digit, true {labels[sample]}",
                [
                    Tile(
                        images[sample, 0] / 255,
                        f"A {labels[sample]}, {perturbation.unit}: {strength:g}",
                        "\n".join([f"{strength:g}", *_predictions(curves, named, step, sample)]),
                    )
                    for step, (images, strength) in enumerate(
                        zip(perturbed, perturbation.strengths, strict=True)
                    )
                ],
                note=note,
                scale=2,
            )
            for sample in range(_SAMPLES)
        ],
        key="compare_samples",
    )


def _predictions(
    curves: "Mapping[str, RobustnessCurve]", named: Sequence[str], step: int, sample: int
) -> list[str]:
    """Return the predictions for a digit at a strength as one line; no line if none are ready."""
    line = " ".join(str(curves[key].digits[step, sample]) for key in named)
    return [line] if line else []
