"""A component in which one slider steps through the snapshots of a training."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.plots import colors
from cnnviz.training.runs.history import History, column, subsample
from cnnviz.ui.components.component import component, pack
from cnnviz.ui.components.received import Index, pass_on
from cnnviz.ui.pickers.image import InputImage

if TYPE_CHECKING:
    from cnnviz.data.digit_sample import DigitSample
    from cnnviz.inspection.activations.forward_pass import FeatureMaps
    from cnnviz.ui.time.loaded_snapshots import LoadedSnapshot

_VIEW = component("time_view", beside=__file__)
_FILTERS = 64
_POINTS = 300  # of the loss curve

_Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class ShownRun:
    """A run with the snapshots that are shown of it.

    Attributes:
        id: of the run; another one begins at the newest snapshot.
        snapshots: first to last, at least one.
        missing: how many snapshots are still being computed.
        history: loss and accuracy by step.
        damaged: whether the history ends early because its file is damaged.
        sample: the digits on the map.
        image: the digit whose maps, saliency and bars are shown.
        target: class whose logit the saliency explains.
    """

    id: str
    snapshots: "Sequence[LoadedSnapshot]"
    missing: int
    history: History
    damaged: bool
    sample: "DigitSample"
    image: InputImage
    target: int


def time_view(
    run: ShownRun,
    *,
    first: int | None,
    pages: Sequence[int],
    key: str,
    on_snapshot: Callable[[int], None],
    on_page: Callable[[int, int], None],
) -> None:
    """Show the finished snapshots of a run.

    Args:
        run: with at least one snapshot.
        first: step to begin at; None for the newest.
        pages: which sixteen channels of each layer are shown.
        key: Streamlit's key of the component.
        on_snapshot: called with the step of the snapshot that the user stops at.
        on_page: called with a layer's position and the chosen page of channels.
    """

    def turn_page(turned: tuple[int, int]) -> None:
        if turned[0] < len(pages):
            on_page(*turned)

    maps, limits = _maps(run.snapshots, pages)
    arrays: _Arrays = {
        "labels": run.sample.labels.astype(np.uint8),
        "index": run.sample.index.astype(np.int16),
        **_stacked(run.snapshots),
        **maps,
        **_curves(run.history),
        **colors.lookup_tables("sequential", "diverging"),
    }
    _VIEW(
        data=pack(_header(run, pages) | {"first": first, "limits": limits}, arrays),
        key=key,
        on_snapshot_change=pass_on(key, "snapshot", Index, on_snapshot),
        on_page_change=pass_on(key, "page", tuple[Index, Index], turn_page),
    )


def _header(run: ShownRun, pages: Sequence[int]) -> dict[str, Any]:
    """Return titles, captions and colors, without arrays."""
    newest = run.snapshots[-1]
    return {
        "run": run.id,
        "sample": run.sample.source,
        "label": run.image.label,
        "target": run.target,
        "title": run.image.title,
        "missing": run.missing,
        "torn": run.damaged,
        "wrong": colors.CATEGORICAL[4],
        "colors": colors.DIGIT_COLORS,
        "snapshots": [_describe(snapshot) for snapshot in run.snapshots],
        "stages": [
            _stage(stage, page) for stage, page in zip(newest.digit.maps, pages, strict=True)
        ],
        "field": newest.snapshot.field.layer,
        "embedded": newest.snapshot.layer,
    }


def _stage(maps: "FeatureMaps", page: int) -> dict[str, Any]:
    """Return the captions of one of the three layers with maps."""
    from cnnviz.inspection.training_snapshot import page_count, valid_page

    channels = len(maps.values)
    return {
        "title": maps.role.capitalize(),
        "layer": maps.layer,
        "of": channels,
        "page": valid_page(page, channels),
        "pages": page_count(channels),
    }


def _describe(loaded: "LoadedSnapshot") -> dict[str, Any]:
    """Return the captions of one snapshot."""
    network, snapshot = loaded.network, loaded.snapshot
    separation = snapshot.separation
    return {
        "step": network.step,
        "title": network.title.rpartition(", ")[2].capitalize(),
        "accuracy": network.accuracy,
        "tested": network.tested_on,
        "separation": [separation.value, separation.low, separation.high],
        "side": snapshot.field.side,
        "most": snapshot.field.most,
    }


def _stacked(snapshots: "Sequence[LoadedSnapshot]") -> _Arrays:
    """Return the arrays of all snapshots, stacked: (T, ...)."""
    from cnnviz.inspection.training_snapshot import common_plane

    return {
        "filters": np.stack([loaded.snapshot.filters[:_FILTERS] for loaded in snapshots]),
        "fields": np.stack([loaded.snapshot.field.values for loaded in snapshots]),
        "saliency": np.stack([loaded.digit.saliency for loaded in snapshots]),
        "probabilities": np.stack([loaded.digit.probabilities for loaded in snapshots]),
        "places": common_plane([loaded.snapshot.vectors for loaded in snapshots]),
    }


def _maps(
    snapshots: "Sequence[LoadedSnapshot]", pages: Sequence[int]
) -> tuple[_Arrays, dict[str, float]]:
    """Return the shown channels of each layer over all snapshots, and what 32,767 stands for."""
    from cnnviz.inspection.training_snapshot import shown_channels

    arrays: _Arrays = {}
    limits: dict[str, float] = {}
    for i, page in enumerate(pages):
        shown = shown_channels([loaded.digit.maps[i] for loaded in snapshots], page)
        limits[f"maps{i}"] = shown.limit
        arrays[f"channels{i}"] = shown.channels
        arrays[f"maps{i}"] = shown.values
    return arrays, limits


def _curves(history: History) -> _Arrays:
    """Return loss and accuracy by step."""
    rows = subsample(history.intervals, _POINTS)
    tested = [row for row in history.epochs if row.get("test_accuracy") is not None]
    return {
        "steps": column(rows, "step"),
        "loss": column(rows, "loss"),
        "accuracy": column(rows, "accuracy"),
        "tested": column(tested, "step"),
        "test_accuracy": column(tested, "test_accuracy"),
    }
