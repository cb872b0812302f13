"""Structure and receptive fields of the catalog's architectures."""

from typing import TYPE_CHECKING

from cnnviz.models.catalog import Architecture, architecture
from cnnviz.ui.shell.caching import cached

if TYPE_CHECKING:
    from cnnviz.comparison.layer_matching import LayerDepth
    from cnnviz.inspection.receptive_field.fields import Field
    from cnnviz.models.structure.shapes import Shape
    from cnnviz.models.structure.summary import Structure
    from cnnviz.models.structure.trace import Trace


@cached
def shapes(key: str) -> "tuple[list[Shape], str]":
    """Return an architecture's tensor shapes, and those of its main path in one line."""
    from cnnviz.models.structure.shapes import layer_shapes, one_line, outline

    row = architecture(key)
    return layer_shapes(row), one_line(outline(row))


@cached(spinner="Tracing the network (once)…")
def structure(key: str, *, published: bool) -> "Structure":
    """Return counts, layers and graph of an architecture, from one forward pass."""
    from cnnviz.models.structure.summary import network_structure

    return network_structure(architecture(key), published=published)


@cached
def trace(key: str) -> "Trace":
    """Return the traced forward pass of an architecture at MNIST scale."""
    from cnnviz.models.structure.trace import trace_architecture

    return trace_architecture(architecture(key), published=False)


@cached
def main_modules(key: str, most: int, *, published: bool = False) -> tuple[str, ...]:
    """Return an architecture's modules at the greatest depth with at most `most` of them."""
    from cnnviz.inspection.activations.layer_activations import main_modules

    row = architecture(key)
    model = row.published.build() if published and row.published else row.build_on_meta()
    return tuple(main_modules(model, most))


@cached
def layer_depths(key: str) -> "tuple[LayerDepth, ...]":
    """Return the depth of each layer with feature maps in an architecture at MNIST scale."""
    from cnnviz.comparison.layer_matching import layer_depths
    from cnnviz.inspection.activations.map_layers import map_layers
    from cnnviz.models.loaded_network import LoadedNetwork

    row = architecture(key)
    layers = map_layers(LoadedNetwork(row.build(), row))
    count = structure(key, published=False).count
    return layer_depths(layers, count, every_field(key, published=False))


def input_height_width(row: Architecture, *, published: bool) -> tuple[int, int]:
    """Return height and width of the input of an architecture."""
    if published and row.published is not None:
        return row.published.input_size[1], row.published.input_size[2]
    return row.input_size, row.input_size


def fields(
    key: str, layers: tuple[str, ...], sources: tuple[str, ...] = ("",), *, published: bool = False
) -> "dict[str, Field]":
    """Return the receptive fields of layers on the input and on the maps of other layers.

    Layers without feature maps are left out. At MNIST scale one pass finds the fields of all layers
    on all others, so that no later choice has to wait.
    """
    every = receptive_fields(key, sources if published else None, published=published)
    return {layer: every[layer] for layer in layers if layer in every}


def every_field(key: str, *, published: bool) -> "dict[str, Field]":
    """Return the receptive fields of every layer and block on the input."""
    return receptive_fields(key, ("",) if published else None, published=published)


@cached(spinner="Computing receptive fields (once)…")
def receptive_fields(
    key: str, sources: tuple[str, ...] | None, *, published: bool
) -> "dict[str, Field]":
    """Return the receptive fields of every layer and block on the sources' maps, None for all."""
    from cnnviz.inspection.receptive_field.fields import architecture_fields

    return architecture_fields(architecture(key), published=published, sources=sources)
