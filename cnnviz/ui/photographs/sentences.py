"""Sentences about a layer's response to a photograph, each computed from measured values."""

from typing import TYPE_CHECKING

from cnnviz.ui.components.receptive_fields import field_sentences

if TYPE_CHECKING:
    from cnnviz.inspection.photographs.layer_response import LayerResponse
    from cnnviz.inspection.receptive_field.fields import Field

_DEPENDS, _SAME = 0.7, 0.9  # correlations: below the first a change matters, from the second not
_ALIKE = 0.5  # a correlation from which a map is called similar to something


def response_sentences(layer: "LayerResponse", field: "Field") -> tuple[str, ...]:
    """Return what a layer's maps of a photograph depend on, and what its maximum shows.

    Args:
        layer: what was measured.
        field: what its units see.
    """
    return (
        *field_sentences(field),
        mirroring_sentence(layer.median_agreement("mirror")),
        f"Correlation with the maps of the gray photograph {layer.median_agreement('gray'):.2f}, "
        f"of the blurred one {layer.median_agreement('blur'):.2f}.",
        *similarity_sentences(layer),
        maximum_channel_sentence(layer),
    )


def mirroring_sentence(agreement: float) -> str:
    """Return how well the maps of the mirrored photograph agree, and what that means."""
    sentence = f"Maps of the mirrored photograph, mirrored back, correlate by {agreement:.2f}"
    if agreement < _DEPENDS:
        return f"{sentence}: the channels depend on the direction of edges and patterns."
    if agreement < _SAME:
        return f"{sentence}: some channels depend on the direction of a pattern."
    return f"{sentence}: the channels respond to either direction."


def maximum_channel_sentence(layer: "LayerResponse") -> str:
    """Return the value of largest magnitude, its place, and what its map is similar to."""
    channel, row, column = layer.maps.peak
    _, height, width = layer.maps.values.shape
    sentence = (
        f"Largest magnitude: {layer.maps.values[channel, row, column]:.1f} in channel {channel}, "
        f"in the {_place(row / height, column / width)}"
    )
    if not layer.nearest or abs(layer.nearest[channel].correlation) < _ALIKE:
        return f"{sentence}."
    nearest = layer.nearest[channel]
    similar = f"{nearest.words} ({abs(nearest.correlation):.2f})"
    return f"{sentence}. Its map is most similar to {similar}."


def similarity_sentences(layer: "LayerResponse") -> tuple[str, ...]:
    """Return how many maps are similar to brightness, a color or edges; nothing if unknown."""
    if not layer.nearest:
        return ()
    similar = [quality for quality in layer.nearest if abs(quality.correlation) >= _ALIKE]
    return (
        f"{len(similar)} of {len(layer.nearest)} maps are similar to brightness, a color or edges "
        f"(correlation of at least {_ALIKE}).",
    )


def _place(down: float, right: float) -> str:
    """Return a place, both coordinates from 0 to 1, as one of nine."""
    vertical = ("upper", "", "lower")[int(3 * down)]
    horizontal = ("left", "", "right")[int(3 * right)]
    if not vertical and not horizontal:
        return "middle"
    return " ".join(filter(None, (vertical or "middle", horizontal or "middle")))
