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
_EDGES = ("right", "below", "edges")  # image features that are edges of some direction
_ALIKE = 0.5  # a correlation from which a map is called similar to something


def growth_sentence(layers: "Sequence[tuple[LayerResponse, Field]]") -> str:
    """Return how the maps shrink and what their units see grows from layer to layer.

    Args:
        layers: early, middle and late, each with what its units see.
    """
    first, last = (
        "the whole photograph"
        if field.sees_everything
        else f"a patch of {size_text(field.center_size)} pixels"
        for _, field in (layers[0], layers[-1])
    )
    start = f"One value sees {first} early, {last} late"
    if first == last:
        start = f"In every layer one value sees {first}"
    small, large = (size_text(layer.maps.values.shape[1:]) for layer, _ in (layers[-1], layers[0]))
    return f"{start}." if small == large else f"{start}; the maps shrink from {large} to {small}."


def comparison_sentence(first: "LayerResponse", last: "LayerResponse") -> str:
    """Return how exactly the maps of two layers locate what they respond to; "" if equally."""
    early, late = (size_text(layer.maps.values.shape[1:]) for layer in (first, last))
    if early == late:
        return ""
    return f" Early: {early} {_located(first)}. Late: {late} {_located(last)}."


def _located(layer: "LayerResponse") -> str:
    """Return how exactly a layer's maps say where something is."""
    if not layer.nearest:  # the grid is coarse
        return "coarse spots, only roughly where something is"
    edges = any(
        quality.name in _EDGES and abs(quality.correlation) >= _ALIKE for quality in layer.nearest
    )
    return "values, every edge has its place" if edges else "values, details have their place"


def response_notes(layers: "Sequence[LayerResponse]") -> list[str]:
    """Return for each layer which change of the photograph changes its maps most.

    A layer for which it is the same change as for the one before is compared with that one.
    """
    agreements = [{key: layer.median_agreement(key) for key in _CHANGES} for layer in layers]
    notes = [sensitivity_sentence(agreements[0])]
    for n in range(1, len(layers)):
        before, here = agreements[n - 1], agreements[n]
        most = min(here, key=here.__getitem__)
        if most != min(before, key=before.__getitem__) or max(here[most], before[most]) >= _SAME:
            notes.append(sensitivity_sentence(here))
        else:
            role = layers[n - 1].maps.role
            notes.append(_compared(most, here[most], before[most], role))
    return notes


def _compared(change: str, here: float, before: float, role: str) -> str:
    """Return how strongly a change acts on a layer's maps, compared with those of another role."""
    here, before = round(here, 2), round(before, 2)
    end = f"as those of the {role} layer (correlation {here:.2f} in both)"
    if here != before:
        how = "and more" if here < before else "but less"
        end = f"{how} than those of the {role} layer (correlation {here:.2f}, there {before:.2f})"
    else:
        end = f"and as much {end}"
    done, _ = _CHANGES[change]
    return f"{done} changes these maps most, {end}."


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
