"""The one view of feature maps: point at a unit for its value and for what it sees.

The values themselves go to the browser, and so do the boxes that say what each unit sees, so that
pointing, keeping, enlarging and turning from layer to layer need no server. With the arithmetic of
a layer its units are worked out there too, number by number.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz.data.ink import padded
from cnnviz.data.mnist import SIDE, Pixels
from cnnviz.models.catalogue import Architecture
from cnnviz.plots import colors
from cnnviz.ui.components.component import component, pack

if TYPE_CHECKING:
    from cnnviz.inspection.activations.forward_pass import ForwardPass

_SCALES = ("ink", "sequential", "diverging")
_BRIGHTEST = 0.995  # of a layer's values; the few above it would leave the others in the dark
_MARKS = {  # over maps: what marks a unit and a box, what dims the rest, what hatches padding
    "light": {"line": "#d55e00", "under": "#ffffff", "veil": "#ffffff99", "hatch": "#b04a00"},
    "dark": {"line": "#ffa94d", "under": "#000000", "veil": "#0e111799", "hatch": "#ffa94d"},
}

_VIEW = component("maps_view", beside=__file__)

Extent = tuple[int, int, int]  # size, jump and padding of a receptive field along one axis


@dataclass(frozen=True, eq=False)
class Stage:
    """One mosaic of the view.

    Attributes:
        title: what to call it, such as "Early".
        layer: dotted name of the layer; "" for an image.
        values: float32, (C, H, W); of an image in color uint8, (H, W, 3); None as long as they
            are not known.
        notes: sentences to show below it.
        fields: boxes that its units see of earlier stages, by their place in the list: int,
            (H, W, 4), first row, first column, last row, last column, inclusive.
        whole: size, jump and padding of the receptive field for rows and for columns, as if the
            image went on beyond its border; None where there is no such thing.
        margin: units to leave free around the image, for what lies beyond its border.
        twin: stages of the same name have the same units, which are marked together; "" for none.
        strongest: how many channels to show once more below the others, the strongest first.
        limit: where the color scale ends; None for the layer's 99.5th percentile.
        blank: whether the values only say how large the map is, and are not to be shown.
        box: first row, first column, last row, last column, inclusive, to mark on it as long as
            nothing is pointed at.
        enlarged: rows and columns that the map has of its own, where `values` spread it over the
            image's pixels; None where it is as it is.
    """

    title: str
    layer: str = ""
    values: NDArray[Any] | None = None
    notes: tuple[str, ...] = ()
    fields: Mapping[int, NDArray[Any]] = field(default_factory=dict)
    whole: tuple[Extent, Extent] | None = None
    margin: int = 0
    twin: str = ""
    strongest: int = 0
    limit: float | None = None
    blank: bool = False
    box: tuple[int, int, int, int] | None = None
    enlarged: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False)
class Answer:
    """What a network says, as bars.

    Attributes:
        names: of the classes, in the order to show.
        probabilities: float32, as many; None as long as they are not known, when the view reruns
            the script, or the fragment it is in, until they are.
        truth: place of the true class; None where nobody knows it.
    """

    names: tuple[str, ...]
    probabilities: NDArray[np.float32] | None
    truth: int | None = None


@dataclass(frozen=True, eq=False)
class Working:
    """How the units of one stage come about from another's, for worked.js.

    Attributes:
        header: what can be said in JSON; "input" and "output" are places in the list of stages.
        arrays: "kernel", float32, (n, C, kh, kw), and "bias", (n,), of the channels that can be
            worked out, where there are any.
    """

    header: Mapping[str, Any]
    arrays: Mapping[str, NDArray[np.float32]]


def digit_answer(probabilities: NDArray[np.float32] | None, label: int | None) -> Answer:
    """Return what a network says of a digit."""
    return Answer(tuple(map(str, range(10))), probabilities, label)


def digit_stage(digit: Pixels, side: int = SIDE, *, margin: int = 0) -> Stage:
    """Return the image that a network receives.

    Args:
        digit: uint8, (28, 28).
        side: of the square that the network receives, in pixels; what is more than the digit is
            padded with black.
        margin: units to leave free around it.
    """
    pixels = padded(digit, side)
    notes = (f"Padded with black to {side} × {side}.",) if side > len(digit) else ()
    return Stage("Input", "", (pixels[None] / 255).astype(np.float32), notes, margin=margin)


def stages(row: Architecture, found: "ForwardPass | None") -> list[Stage]:
    """Return the early, the middle and the late layer; empty frames as long as nothing is found."""
    if found is None:
        return [Stage("Early", row.early), Stage("Middle", row.middle), Stage("Late", row.late)]
    return [Stage(maps.role.capitalize(), maps.layer, maps.values) for maps in found.maps]


def maps_view(
    stages: Sequence[Stage],
    *,
    key: str,
    subject: str,
    answer: Answer | None = None,
    film: bool = False,
    tools: bool = False,
    columns: int | None = None,
    seconds: float | None = None,
    keep: tuple[int, int, int, int] | None = None,
    worked: Working | None = None,
    on_next: Callable[[], None] | None = None,
    on_select: Callable[[str, int], None] | None = None,
    on_keep: Callable[[tuple[int, int, int, int] | None], None] | None = None,
    on_weight: Callable[[Mapping[str, Any]], None] | None = None,
) -> None:
    """Show an image, the feature maps of some layers, and the answer.

    Args:
        stages: the image first, then the layers in the order of the forward pass.
        key: Streamlit's key of the component.
        subject: what is shown, in a word; when it changes the stages hand over to each other.
        answer: what the network says; None shows none.
        film: show one layer at a time, at the pace of the user.
        tools: offer a scale per map, absolute values and histograms.
        columns: how many stages stand side by side; None for as many as fit.
        seconds: after how long the view asks for another image by itself; None for never. It
            waits while a pointer or the keyboard is on it, and does not start by itself where the
            user wants reduced motion.
        keep: a unit to mark until the user keeps another: stage, channel, row and column.
        worked: how the units of one stage come about, to show it below; pointing at one works it
            out, clicking one keeps it.
        on_next: called when another image is asked for; with None there are no buttons for it.
        on_select: called with the layer and the channel that the user enlarges.
        on_keep: called with the unit that the user clicks, or with None when it is let go.
        on_weight: called with the cell of a kernel that the user clicks: its layer, output channel,
            the place of its input channel within the channel's group, row and column.
    """
    answered = answer is None or answer.probabilities is not None
    header = {
        "subject": subject,
        "answer": answer and _describe_answer(answer),
        "answered": answered,
        "film": film,
        "tools": tools,
        "wraps": len(stages) > 4,
        "columns": columns,
        "led": _led(stages, columns),
        "seconds": seconds,
        "keep": keep,
        "asks": on_next is not None,
        "selects": on_select is not None,
        "keeps": on_keep is not None,
        "worked": worked and worked.header,
        "wrong": colors.CATEGORICAL[4],
        "marks": _MARKS,
        "stages": [_describe(stage) for stage in stages],
    }
    _VIEW(
        data=pack(header, _arrays(stages, answer) | dict(worked.arrays if worked else {})),
        key=key,
        on_next_change=on_next or _ignore,
        on_look_change=_ignore,
        on_select_change=(lambda: on_select(*st.session_state[key]["select"]))
        if on_select
        else _ignore,
        on_keep_change=(lambda: on_keep(_unit(st.session_state[key]["keep"])))
        if on_keep
        else _ignore,
        on_weight_change=(lambda: on_weight(st.session_state[key]["weight"]))
        if on_weight
        else _ignore,
    )


def _led(stages: Sequence[Stage], columns: int | None) -> bool:
    """Tell whether each row holds an image, maps of it and one map more."""
    return columns == 3 and all(bool(stage.layer) == (i % 3 > 0) for i, stage in enumerate(stages))


def _arrays(stages: Sequence[Stage], answer: Answer | None) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    for i, stage in enumerate(stages):
        if stage.values is not None:
            arrays[f"stage{i}"] = stage.values
        for onto, boxes in stage.fields.items():
            arrays[f"field{i}-{onto}"] = boxes.astype(np.int16)
    if answer is not None and answer.probabilities is not None:
        arrays["probabilities"] = answer.probabilities
    return arrays | colors.lookup_tables(*_SCALES)


def _describe(stage: Stage) -> dict[str, Any]:
    """Return what the browser needs to know of a stage beside its values."""
    scale, limit, most = "ink", 1.0, 1.0
    if stage.layer and stage.values is not None:
        magnitude = np.abs(stage.values)
        scale = "diverging" if stage.values.min() < 0 else "sequential"
        most = float(magnitude.max())
        limit = brightest(stage.values) if stage.limit is None else stage.limit
    return {
        "title": stage.title,
        "layer": stage.layer,
        "notes": stage.notes,
        "scale": scale,
        "limit": limit or most,
        "clipped": 0 < limit < 0.98 * most,
        "whole": stage.whole,
        "margin": stage.margin,
        "twin": stage.twin,
        "strongest": stage.strongest,
        "blank": stage.blank,
        "box": stage.box,
        "enlarged": stage.enlarged,
    }


def brightest(*values: NDArray[Any]) -> float:
    """Return where a color scale for these values together should end."""
    return float(np.quantile(np.concatenate([np.abs(v).ravel() for v in values]), _BRIGHTEST))


def _describe_answer(answer: Answer) -> dict[str, Any]:
    return {
        "names": answer.names,
        "truth": answer.truth,
        "most": max(map(len, answer.names)),
    }


def _unit(sent: Sequence[int] | None) -> tuple[int, int, int, int] | None:
    """Return the unit in a message, None if it holds none."""
    if not sent:
        return None
    stage, channel, row, column = map(int, sent)
    return stage, channel, row, column


def _ignore() -> None:
    """Take no notice."""
