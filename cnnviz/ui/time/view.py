"""A component in which one slider steps through the snapshots of a training."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz.plots import colors
from cnnviz.training.runs.history import History, column, thin
from cnnviz.ui.components.component import component, pack
from cnnviz.ui.pickers.image import InputImage

if TYPE_CHECKING:
    from cnnviz.ui.embedding.samples import Sample
    from cnnviz.ui.time.timeline import LoadedSnapshot

_VIEW = component("time_view", beside=__file__)
_CHANNELS = 16  # of a layer, at most
_FILTERS = 64
_POINTS = 300  # of the loss curve
_WHOLE = 32767


def time_view(
    found: "Sequence[LoadedSnapshot]",
    history: History,
    shown: "Sample",
    image: InputImage,
    *,
    run: str,
    target: int,
    first: int | None,
    missing: int,
    torn: bool,
    pages: Sequence[int],
    key: str,
    on_moment: Callable[[int], None],
    on_page: Callable[[int, int], None],
) -> None:
    """Show the finished snapshots.

    Args:
        found: first to last, at least one.
        history: of their run.
        shown: the digits on the map.
        image: the digit whose maps, saliency and bars are shown.
        run: its id; another one begins at the newest snapshot.
        target: class whose logit the saliency explains.
        first: step to begin at; None for the newest.
        missing: how many snapshots are still being computed.
        torn: whether the history is damaged and ends early.
        pages: which sixteen channels of each layer are shown.
        key: Streamlit's key of the component.
        on_moment: called with the step of the snapshot that the user stops at.
        on_page: called with a layer's position and the chosen page of channels.
    """
    last = found[-1]
    header: dict[str, Any] = {
        "run": run,
        "sample": shown.source,
        "label": image.label,
        "target": target,
        "title": image.title,
        "first": first,
        "missing": missing,
        "torn": torn,
        "wrong": colors.CATEGORICAL[4],
        "colors": colors.DIGITS,
        "moments": [_describe(one) for one in found],
        "stages": [
            {
                "title": maps.role.capitalize(),
                "layer": maps.layer,
                "of": len(maps.values),
                "page": _page(page, len(maps.values)),
                "pages": -(-len(maps.values) // _CHANNELS),
            }
            for maps, page in zip(last.reaction.maps, pages, strict=True)
        ],
        "field": last.snapshot.field.layer,
        "embedded": last.snapshot.layer,
    }
    arrays: dict[str, NDArray[Any]] = {
        "labels": shown.labels.astype(np.uint8),
        "index": shown.index.astype(np.int16),
        **_stacked(found, pages),
        **_curves(history),
    }
    for scale in ("sequential", "diverging"):
        for theme in colors.THEMES:
            arrays[f"{scale}-{theme}"] = colors.lookup_table(scale, theme)
    header["limits"] = {}
    for i in range(len(last.reaction.maps)):  # two bytes a value are as good as four here
        name, values = f"maps{i}", arrays[f"maps{i}"]
        header["limits"][name] = limit = float(np.abs(values).max()) or 1.0
        arrays[name] = np.round(values / limit * _WHOLE).astype(np.int16)
    _VIEW(
        data=pack(header, arrays),
        key=key,
        on_moment_change=lambda: on_moment(int(st.session_state[key]["moment"])),
        on_page_change=lambda: on_page(*map(int, st.session_state[key]["page"])),
    )


def strongest(values: NDArray[np.float32], page: int = 0) -> NDArray[np.int64]:
    """Return channels of maps (C, H, W), in their own order: on the first page the strongest."""
    peaks = np.abs(values).max(axis=(1, 2))
    start = _CHANNELS * _page(page, len(values))
    return np.sort(np.argsort(-peaks, kind="stable")[start : start + _CHANNELS])


def _page(page: int, channels: int) -> int:
    """Return that page of channels, or the last there is."""
    return min(max(page, 0), (channels - 1) // _CHANNELS)


def _stacked(found: "Sequence[LoadedSnapshot]", pages: Sequence[int]) -> dict[str, NDArray[Any]]:
    """Return the arrays of all snapshots, stacked: (T, ...)."""
    from cnnviz.inspection.activations.embedding import principal_components

    last = found[-1]
    pca = principal_components(last.snapshot.vectors, 2)
    arrays = {
        "filters": np.stack([one.snapshot.filters[:_FILTERS] for one in found]),
        "fields": np.stack([one.snapshot.field.values for one in found]),
        "saliency": np.stack([one.reaction.saliency for one in found]),
        "probabilities": np.stack([one.reaction.probabilities for one in found]),
        "places": np.stack([pca.place(one.snapshot.vectors) for one in found]),
    }
    for i, maps in enumerate(last.reaction.maps):
        channels = strongest(maps.values, pages[i])
        arrays[f"channels{i}"] = channels.astype(np.int16)
        arrays[f"maps{i}"] = np.stack([one.reaction.maps[i].values[channels] for one in found])
    return arrays


def _curves(history: History) -> dict[str, NDArray[Any]]:
    rows = thin(history.intervals, _POINTS)
    tested = [row for row in history.epochs if row.get("test_accuracy") is not None]
    return {
        "steps": column(rows, "step"),
        "loss": column(rows, "loss"),
        "accuracy": column(rows, "accuracy"),
        "tested": column(tested, "step"),
        "test_accuracy": column(tested, "test_accuracy"),
    }


def _describe(one: "LoadedSnapshot") -> dict[str, Any]:
    moment, found = one.moment, one.snapshot
    return {
        "step": moment.step,
        "title": moment.title.rpartition(", ")[2].capitalize(),
        "accuracy": moment.accuracy,
        "tested": moment.tested_on,
        "separation": [found.separation.value, found.separation.low, found.separation.high],
        "side": found.field.side,
        "most": found.field.most,
    }
