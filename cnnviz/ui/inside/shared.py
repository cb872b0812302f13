"""Receptive fields, last runs and titles of layers for several views."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from cnnviz.models.structure.counts import size_text

if TYPE_CHECKING:
    from cnnviz.inspection.activations.layer_activations import LayerActivation
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


def last_runs(activations: "Sequence[LayerActivation]") -> "dict[str, LayerActivation]":
    """Return the last run of each layer by name, in order of execution."""
    return {activation.layer: activation for activation in activations}


def layer_titles(activations: "Sequence[LayerActivation]") -> dict[str, str]:
    """Return the title of each layer: name, kind and output shape."""
    count = Counter(activation.layer for activation in activations)
    return {
        layer: f"{layer} · {a.kind} · {size_text(a.values.shape)}"
        + (f" · runs {count[layer]} times" if count[layer] > 1 else "")
        for layer, a in last_runs(activations).items()
    }
