"""What the ways to look share."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from cnnviz.models.structure.counts import size_text

if TYPE_CHECKING:
    from cnnviz.inspection.activations.layer_activations import Activation
    from cnnviz.inspection.receptive_field.fields import Field


def boxes(field: "Field | None", shown: Sequence[str]) -> dict[int, NDArray[Any]]:
    """Return what a layer's units see of the stages shown, by their place.

    Args:
        field: of the layer; None where it has none.
        shown: what stands at each place, "" for the input; those that ran later are left out.
    """
    if field is None:
        return {}
    return {
        place: field.boxes[source]
        for place, source in enumerate(shown)
        if source in field.boxes and source != field.layer
    }


def last_runs(found: "Sequence[Activation]") -> "dict[str, Activation]":
    """Return each layer's last run by its name, in the order of execution."""
    return {activation.layer: activation for activation in found}


def described(found: "Sequence[Activation]") -> dict[str, str]:
    """Return each layer's name with its kind and the shape of its maps."""
    count = Counter(activation.layer for activation in found)
    return {
        layer: f"{layer} · {a.kind} · {size_text(a.values.shape)}"
        + (f" · runs {count[layer]} times" if count[layer] > 1 else "")
        for layer, a in last_runs(found).items()
    }
