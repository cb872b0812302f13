"""Sentences about a layer's response to a photograph, each computed from measured values."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cnnviz.models.structure.counts import size_text
from cnnviz.ui.components.receptive_fields import field_sentences
from cnnviz.ui.shell.places import place

if TYPE_CHECKING:
    from cnnviz.inspection.photographs.layer_response import LayerResponse
    from cnnviz.inspection.receptive_field.fields import Field

_SAME = 0.9  # correlation from which a change of the photograph does not matter
_CHANGES = {  # by key of the core's `CHANGES`: what was done, and what maps that change respond to
    "mirror": ("Mirroring the photograph", "edges and patterns in one direction"),
    "gray": ("Removing the photograph's color", "color"),
    "blur": ("Blurring the photograph", "fine detail"),
}
_ALIKE = 0.5  # a correlation from which a map is called similar to something


def growth_sentence(layers: "Sequence[tuple[LayerResponse, Field]]") -> str:
    """Return how the maps shrink and what their units see grows from layer to layer.

    Args:
        layers: early, middle and late, each with what its units see.
    """
    first, last = (
        "all" if field.sees_everything else f"{size_text(field.center_size)} pixels"
        for _, field in (layers[0], layers[-1])
    )
    start = f"One value sees {first} of the photograph in the early layer, {last} in the late one"
    if first == last:
        start = f"In every layer one value sees {first} of the photograph"
    small, large = (size_text(layer.maps.values.shape[1:]) for layer, _ in (layers[-1], layers[0]))
    return f"{start}." if small == large else f"{start}; the maps shrink from {large} to {small}."


def response_notes(layer: "LayerResponse") -> tuple[str, ...]:
    """Return which change of the photograph changes a layer's maps most, and what that means."""
    return (sensitivity_sentence({key: layer.median_agreement(key) for key in _CHANGES}),)


def response_figures(layer: "LayerResponse", field: "Field") -> tuple[str, ...]:
    """Return what was measured of a layer's maps of a photograph.

    Args:
        layer: what was measured.
        field: what its units see.
    """
    agreement = {key: layer.median_agreement(key) for key in _CHANGES}
    return (
        *field_sentences(field),
        "Median correlation of the maps with those of the mirrored photograph, mirrored back, "
        f"{agreement['mirror']:.2f}; of the gray one {agreement['gray']:.2f}; of the blurred one "
        f"{agreement['blur']:.2f}.",
        *similarity_sentences(layer),
        maximum_channel_sentence(layer),
    )


def sensitivity_sentence(agreement: Mapping[str, float]) -> str:
    """Return which change of the photograph changes the maps most, and what that means.

    Args:
        agreement: by change, correlation of the changed maps with the original ones.
    """
    most = min(agreement, key=lambda change: agreement[change])
    done, what = _CHANGES[most]
    if agreement[most] >= _SAME:
        return (
            "Mirroring, removing color and blurring hardly change these maps (correlation with "
            f"the original ones {agreement[most]:.2f} or more)."
        )
    return (
        f"{done} changes these maps most (correlation with the original ones "
        f"{agreement[most]:.2f}): they respond to {what}."
    )


def maximum_channel_sentence(layer: "LayerResponse") -> str:
    """Return the value of largest magnitude, its place, and what its map is similar to."""
    channel, row, column = layer.maps.peak
    _, height, width = layer.maps.values.shape
    sentence = (
        f"Largest magnitude: {layer.maps.values[channel, row, column]:.1f} in channel {channel}, "
        f"in the {place(row / height, column / width)}"
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
