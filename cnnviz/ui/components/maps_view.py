"""A component for feature maps: point at a unit for its value and its receptive field.

The browser receives the values and the receptive fields of all units, so that pointing, clicking,
enlarging and stepping through layers need no server. Given the arithmetic of a layer, it also
computes the layer's units step by step.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnnviz.data.ink import padded
from cnnviz.data.mnist import SIDE, Pixels
from cnnviz.models.catalog import Architecture
from cnnviz.plots import colors
from cnnviz.ui.components.component import component, pack
from cnnviz.ui.components.received import Index, Name, Unit, ignore, pass_on

if TYPE_CHECKING:
    from cnnviz.inspection.activations.forward_pass import ForwardPass

_SCALES = ("ink", "sequential", "diverging")
_MARKS = {  # colors over maps: outline of a unit or box, its halo, the dimmed rest, padding
    "light": {"line": "#d55e00", "under": "#ffffff", "veil": "#ffffff99", "hatch": "#b04a00"},
    "dark": {"line": "#ffa94d", "under": "#000000", "veil": "#0e111799", "hatch": "#ffa94d"},
}

_VIEW = component("maps_view", beside=__file__)

Extent = tuple[int, int, int]  # size, jump and padding of a receptive field along one axis


@dataclass(frozen=True, eq=False)
class MapStage:
    """One mosaic of the view.

    Attributes:
        title: such as "Early".
        layer: dotted name of the layer; "" for an image.
        values: float32, (C, H, W); of an image in color uint8, (H, W, 3); None until they are
            computed.
        notes: sentences below it.
        ink: of an image that a layer receives, the values of black and of white, which it is drawn
            in; None for other values.
        figures: sentences with exact figures, folded below the notes.
        fields: receptive fields of its units on earlier stages, by the stage's index: int,
            (H, W, 4), first row, first column, last row, last column, inclusive.
        whole: size, jump and padding of the receptive field for rows and for columns, not clipped
            at the border; None if it has no fixed size.
        margin: free units around the image, to show what lies beyond its border.
        twin: stages with the same twin have the same units, which are marked together; "" for none.
        strongest: number of channels that are repeated enlarged below, strongest first.
        limit: end of the color scale; None for the layer's 99.5th percentile.
        blank: whether only the size of the map is shown, not its values.
        box: first row, first column, last row, last column, inclusive, marked while the pointer is
            elsewhere.
        enlarged: the map's own rows and columns if `values` have been resized to the image; None
            if they have not.
        summary: of all channels that its one map shows, such as "average of all 32 maps"; "" for a
            map per channel.
    """

    title: str
    layer: str = ""
    values: NDArray[Any] | None = None
    notes: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    ink: tuple[float, float] | None = None
    fields: Mapping[int, NDArray[Any]] = field(default_factory=dict)
    whole: tuple[Extent, Extent] | None = None
    margin: int = 0
    twin: str = ""
    strongest: int = 0
    limit: float | None = None
    blank: bool = False
    box: tuple[int, int, int, int] | None = None
    enlarged: tuple[int, int] | None = None
    summary: str = ""


@dataclass(frozen=True, eq=False)
class PredictionBars:
    """A network's prediction, shown as bars.

    Attributes:
        names: of the classes, in the order shown.
        probabilities: float32, one per class; None until they are computed: the view then reruns
            its script or fragment.
        truth: index of the true class; None if it is unknown.
    """

    names: tuple[str, ...]
    probabilities: NDArray[np.float32] | None
    truth: int | None = None


@dataclass(frozen=True, eq=False)
class UnitArithmetic:
    """The arithmetic that computes the units of one stage from another, for unit_panel.js.

    Attributes:
        header: as JSON; "input" and "output" are indices of stages.
        arrays: "kernel", float32, (n, C, kh, kw), and "bias", (n,), of the channels that can be
            computed, if the layer has weights.
    """

    header: Mapping[str, Any]
    arrays: Mapping[str, NDArray[np.float32]]


class KernelCell(msgspec.Struct):
    """One weight of a kernel.

    Attributes:
        layer: dotted name.
        channel: output channel.
        within: index of the input channel within the output channel's group.
        row, column: in the kernel.
    """

    layer: Name
    channel: Index
    within: Index
    row: Index
    column: Index


@dataclass(frozen=True, eq=False)
class Actions:
    """What the view calls when the user acts; None leaves the action out.

    Attributes:
        next: called when another image is requested; without it there are no buttons for it.
        select: called with the layer and the channel that the user enlarges.
        keep: called with the unit that the user clicks, or with None when it is deselected.
        keeps_pixels: whether a click on a pixel of the image calls `keep`, too.
        weight: called with the kernel cell that the user clicks.
    """

    next: Callable[[], None] | None = None
    select: Callable[[str, int], None] | None = None
    keep: Callable[[tuple[int, int, int, int] | None], None] | None = None
    keeps_pixels: bool = True
    weight: Callable[[KernelCell], None] | None = None


def digit_answer(probabilities: NDArray[np.float32] | None, label: int | None) -> PredictionBars:
    """Return the prediction for a digit."""
    return PredictionBars(tuple(map(str, range(10))), probabilities, label)


def digit_stage(digit: Pixels, side: int = SIDE, *, margin: int = 0) -> MapStage:
    """Return the image that a network receives.

    Args:
        digit: uint8, (28, 28).
        side: of the network's input, in pixels; a smaller digit is padded with black.
        margin: free units around it.
    """
    pixels = padded(digit, side)
    notes = (f"Padded with black to {side} × {side}.",) if side > len(digit) else ()
    return MapStage("Input", "", (pixels[None] / 255).astype(np.float32), notes, margin=margin)


def role_stages(row: Architecture, activations: "ForwardPass | None") -> list[MapStage]:
    """Return the early, middle and late layer; empty frames until the maps are computed."""
    if activations is None:
        return [
            MapStage("Early", row.early),
            MapStage("Middle", row.middle),
            MapStage("Late", row.late),
        ]
    return [MapStage(maps.role.capitalize(), maps.layer, maps.values) for maps in activations.maps]


def maps_view(
    stages: Sequence[MapStage],
    *,
    key: str,
    subject: str,
    answer: PredictionBars | None = None,
    one_by_one: bool = False,
    tools: bool = False,
    columns: int | None = None,
    seconds: float | None = None,
    keep: tuple[int, int, int, int] | None = None,
    worked: UnitArithmetic | None = None,
    actions: Actions | None = None,
) -> None:
    """Show an image, the feature maps of some layers, and the prediction.

    Args:
        stages: the image first, then the layers in the order of the forward pass.
        key: Streamlit's key of the component.
        subject: identifies what is shown; when it changes, the new maps fade in layer by layer.
        answer: the prediction; None shows none.
        one_by_one: show one layer at a time, as an animation.
        tools: offer a color scale per map, absolute values and histograms.
        columns: number of stages side by side; None for as many as fit.
        seconds: until the view requests another image by itself; None for never. It waits while
            the pointer or keyboard focus is on it, and stays paused if the user prefers reduced
            motion.
        keep: a unit that is marked until the user clicks another: stage, channel, row and column.
        worked: the arithmetic of a stage, shown below for the unit that is pointed at or clicked.
        actions: what to call when the user acts.
    """
    actions = actions or Actions()
    header = _header(stages, answer, columns) | {
        "subject": subject,
        "one_by_one": one_by_one,
        "tools": tools,
        "seconds": seconds,
        "keep": keep,
        "worked": worked and worked.header,
        "asks": actions.next is not None,
        "selects": actions.select is not None,
        "keeps": actions.keep is not None,
        "pins_image": actions.keep is not None and actions.keeps_pixels,
    }
    arrays = _arrays(stages, answer) | dict(worked.arrays if worked else {})
    _VIEW(data=pack(header, arrays), key=key, **_handlers(actions, key))


def _header(
    stages: Sequence[MapStage], answer: PredictionBars | None, columns: int | None
) -> dict[str, Any]:
    """Return what the browser needs to know of the stages, the prediction and their layout."""
    return {
        "answer": answer and _describe_answer(answer),
        "answered": answer is None or answer.probabilities is not None,
        "wraps": len(stages) > 4,
        "columns": columns,
        "led": _led(stages, columns),
        "wrong": colors.CATEGORICAL[4],
        "marks": _MARKS,
        "stages": [_describe(stage) for stage in stages],
    }


def _handlers(actions: Actions, key: str) -> dict[str, Any]:
    """Return the callbacks of the component, which pass on the browser's messages."""
    next_, select, keep, weight = actions.next, actions.select, actions.keep, actions.weight
    return {
        "on_next_change": next_ or ignore,
        "on_update_change": ignore,
        "on_select_change": pass_on(key, "select", tuple[Name, Index], lambda sent: select(*sent))
        if select
        else ignore,
        "on_keep_change": pass_on(key, "keep", Unit | None, keep) if keep else ignore,
        "on_weight_change": pass_on(key, "weight", KernelCell, weight) if weight else ignore,
    }


def _led(stages: Sequence[MapStage], columns: int | None) -> bool:
    """Return whether each row holds an image, maps of it and one further map."""
    return columns == 3 and all(bool(stage.layer) == (i % 3 > 0) for i, stage in enumerate(stages))


def _arrays(stages: Sequence[MapStage], answer: PredictionBars | None) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    for i, stage in enumerate(stages):
        if stage.values is not None:
            arrays[f"stage{i}"] = stage.values
        for onto, boxes in stage.fields.items():
            arrays[f"field{i}-{onto}"] = boxes.astype(np.int16)
    if answer is not None and answer.probabilities is not None:
        arrays["probabilities"] = answer.probabilities
    return arrays | colors.lookup_tables(*_SCALES)


def _describe(stage: MapStage) -> dict[str, Any]:
    """Return a stage's properties for the browser, without its values."""
    scale, limit, most = "ink", 1.0, 1.0
    if stage.ink is not None:
        limit = most = stage.ink[1]
    elif stage.layer and stage.values is not None:
        magnitude = np.abs(stage.values)
        scale = "diverging" if stage.values.min() < 0 else "sequential"
        most = float(magnitude.max())
        limit = colors.scale_limit(stage.values) if stage.limit is None else stage.limit
    return {
        "title": stage.title,
        "layer": stage.layer,
        "summary": stage.summary,
        "notes": stage.notes,
        "figures": stage.figures,
        "scale": scale,
        "black": stage.ink[0] if stage.ink else 0.0,
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


def _describe_answer(answer: PredictionBars) -> dict[str, Any]:
    return {
        "names": answer.names,
        "truth": answer.truth,
        "most": max(map(len, answer.names)),
    }
