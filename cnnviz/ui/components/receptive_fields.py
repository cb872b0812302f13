"""Receptive fields as boxes on the stages of a maps view, and as sentences."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from cnnviz.stats.percentages import percent

if TYPE_CHECKING:
    from cnnviz.inspection.receptive_field.fields import Field


def field_boxes(field: "Field | None", shown: Sequence[str]) -> dict[int, NDArray[Any]]:
    """Return the receptive fields of a layer's units on the stages shown, by index.

    Args:
        field: of the layer; None if it has none.
        shown: layer of each stage, "" for the input; layers that run later are left out.
    """
    if field is None:
        return {}
    return {
        index: field.boxes[layer]
        for index, layer in enumerate(shown)
        if layer in field.boxes and layer != field.layer
    }


def field_sentences(field: "Field | None") -> tuple[str, ...]:
    """Return what the central unit of a layer sees of the input; nothing without a field."""
    if field is None:
        return ()
    if field.sees_everything:
        sees = "The central unit sees the whole input"
    else:
        rows, columns = field.center_size
        share = f" ({percent(field.share, 0)})" if field.share >= 0.01 else ""
        sees = f"The central unit sees {rows} × {columns} pixels of the input{share}"
    if field.gated:
        sees += "; a squeeze-and-excitation gate also scales it by the whole image"
    return (f"{sees}.",)
