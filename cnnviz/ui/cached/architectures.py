"""What an architecture of the catalogue is made of, and what its units see."""

from typing import TYPE_CHECKING

from cnnviz.models.catalogue import Architecture, architecture
from cnnviz.ui.shell.caching import cached

if TYPE_CHECKING:
    from cnnviz.comparison.layer_matching import LayerDepth
    from cnnviz.inspection.receptive_field.fields import Field
    from cnnviz.models.structure.shapes import Shape
    from cnnviz.models.structure.summary import Structure
    from cnnviz.models.structure.trace import Trace


@cached
def shapes(key: str) -> "tuple[list[Shape], str]":
    """Return the shapes inside an architecture of the catalogue, and its trunk's in one line."""
    from cnnviz.models.structure.shapes import layer_shapes, one_line, outline

    row = architecture(key)
    return layer_shapes(row), one_line(outline(row))


@cached(spinner="Tracing the network, once…")
def structure(key: str, *, published: bool) -> "Structure":
    """Return what a forward pass of an architecture tells."""
    from cnnviz.models.structure.summary import network_structure

    return network_structure(architecture(key), published=published)


@cached
def trace(key: str) -> "Trace":
    """Return the forward pass of an architecture at the scale of MNIST."""
    from cnnviz.models.structure.trace import trace_architecture

    return trace_architecture(architecture(key), published=False)


@cached
def layer_depths(key: str) -> "tuple[LayerDepth, ...]":
    """Return how deep the layers with maps lie in an architecture at the scale of MNIST."""
    from cnnviz.comparison.layer_matching import layer_depths
    from cnnviz.inspection.activations.map_layers import map_layers
    from cnnviz.models.loaded_network import LoadedNetwork

    row = architecture(key)
    found = map_layers(LoadedNetwork(row.build(), row))
    return layer_depths(
        found, structure(key, published=False).count, every_field(key, published=False)
    )


def input_size(row: Architecture, *, published: bool) -> tuple[int, int]:
    """Return rows and columns of what a row's network receives."""
    if published and row.published is not None:
        return row.published.input_size[1], row.published.input_size[2]
    return row.input_size, row.input_size


def fields(
    key: str, layers: tuple[str, ...], sources: tuple[str, ...] = ("",), *, published: bool = False
) -> "dict[str, Field]":
    """Return what the units of layers see of the input and of other layers' maps.

    Layers that put out no maps of one image are left out. At the scale of MNIST one pass finds what
    the units see of all layers, so that the next layer that is looked at costs none.
    """
    found = receptive_fields(key, sources if published else None, published=published)
    return {layer: found[layer] for layer in layers if layer in found}


def every_field(key: str, *, published: bool) -> "dict[str, Field]":
    """Return what the units of every layer and block see of the input."""
    return receptive_fields(key, ("",) if published else None, published=published)


@cached(spinner="Following what units see, once…")
def receptive_fields(
    key: str, sources: tuple[str, ...] | None, *, published: bool
) -> "dict[str, Field]":
    """Return what the units of every layer and block see of some layers' maps, None for all."""
    from cnnviz.inspection.receptive_field.fields import receptive_fields
    from cnnviz.models.layers import layers_and_blocks

    row = architecture(key)
    if published and row.published is not None:
        size = row.published.input_size
        model = row.published.build()
    else:
        size = (1, row.input_size, row.input_size)
        model = row.build()
    every = ("", *layers_and_blocks(model)) if sources is None else sources
    return receptive_fields(model, size, sources=every, channels_last=row.channels_last)
