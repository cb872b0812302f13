"""Theoretical receptive fields, exact for any layer of any network.

One forward pass on the meta device carries, beside each tensor, the closed intervals of rows and
columns that each of its numbers depends on: of the input, and of the maps of chosen layers, the
*sources*. `operator_rules` applies each operator to the intervals. Branches, strides, dilation,
padding, shifted windows and attention need no code for any particular network. Where a constant
attention mask hides tokens from each other, as Swin's does, their weight is taken for zero.

Fields are *local*: a gate that pools the whole image and scales a map with the result, as
squeeze-excitation does, is recorded and left out; every field would be the whole image otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from torch import nn
from torch.nn.parameter import UninitializedParameter

from cnnviz.inspection.receptive_field.boxes import Boxes
from cnnviz.inspection.receptive_field.constant_values import buffer_values, with_buffer_values
from cnnviz.inspection.receptive_field.paths import Window
from cnnviz.inspection.receptive_field.propagation import (
    InputSize,
    IntervalPass,
    LayerIntervals,
    Pair,
)
from cnnviz.inspection.receptive_field.regular_fields import RegularField, regular_fields
from cnnviz.models.catalog import Architecture
from cnnviz.models.copies import meta_copy
from cnnviz.models.layers import layers_and_blocks
from cnnviz.models.loaded_network import InspectedNetwork, LoadedNetwork

_PASSING = frozenset(  # classes of modules that compute nothing at inference
    ["Identity", "Dropout", "Dropout2d", "DropPath", "StochasticDepth", "Flatten"]
)


@dataclass(frozen=True, eq=False)
class Field:
    """The receptive fields of one layer's units.

    Attributes:
        layer: dotted name.
        kind: class of the module.
        grid: rows and columns of the layer's map, as `feature_maps.as_maps` lays it out.
        boxes: receptive field of each unit, by source, "" for the input; only sources that ran
            before.
        theoretical: rows and columns of the field of a unit far from every border; None if it
            grows with the input or depends on the position.
        jump: rows and columns between the fields of neighbors; None with `theoretical`.
        padding: how far the first unit's field extends beyond the border: unit c spans
            c * jump - padding to c * jump - padding + theoretical - 1; None with `theoretical`.
        share: of the input's pixels in the center unit's field at this size, 0 to 1.
        gates: modules before the layer through which the whole image scales or shifts the map;
            left out of all other attributes.
        sees_everything: whether the center unit's field is the whole input at this size.
        path: the windows from the input to the layer; empty if it is no chain of windows.
    """

    layer: str
    kind: str
    grid: Pair
    boxes: Boxes
    theoretical: Pair | None
    jump: Pair | None
    padding: Pair | None
    share: float
    gates: tuple[str, ...]
    sees_everything: bool
    path: tuple[Window, ...]

    @property
    def gated(self) -> bool:
        """Whether the layer depends on the whole image through a gate."""
        return bool(self.gates)

    @property
    def center(self) -> Pair:
        """Row and column of the center unit."""
        return self.grid[0] // 2, self.grid[1] // 2

    @property
    def center_box(self) -> tuple[int, int, int, int]:
        """First row and column and last row and column of the input that the center unit sees."""
        top, left, bottom, right = map(int, self.boxes[""][self.center])
        return top, left, bottom, right

    @property
    def center_size(self) -> Pair:
        """Rows and columns of the input that the center unit sees."""
        top, left, bottom, right = self.center_box
        return bottom - top + 1, right - left + 1


def receptive_fields(
    network: nn.Module | InspectedNetwork,
    size: InputSize,
    *,
    layers: Sequence[str] | None = None,
    sources: Sequence[str] = ("",),
    gates: bool = False,
) -> dict[str, Field]:
    """Return the receptive fields of a network's layers, in the order of execution.

    Boxes are exact but for holes, as a dilated kernel has: they lie inside the box. A layer that
    runs several times counts with its last run.

    Args:
        network: any model, or one with its row, which says where channels lie; a copy of it runs.
        size: of the input, (C, H, W).
        layers: dotted names; None for all layers and blocks whose output is maps or tokens of one
            image.
        sources: names of layers on whose maps boxes are wanted, "" for the input.
        gates: whether a gate makes the field the whole image instead of being recorded.

    Raises:
        ValueError: if the network has no such layer, or a named layer's output is neither maps nor
            tokens of one image; if the size is not positive; if a lazy layer has no shape yet.
        RuntimeError: from PyTorch, if the forward pass reads the value of a tensor, which does not
            exist on the meta device.

    Warns:
        UserWarning: for each operator without a rule, after which fields are the whole image.

    Reference:
        Araujo et al. 2019, "Computing Receptive Fields of Convolutional Neural Networks",
        https://distill.pub/2019/computing-receptive-fields
    """
    if isinstance(network, nn.Module):
        network = InspectedNetwork(network)
    wanted = list(layers_and_blocks(network.model) if layers is None else layers)
    _check(network.model, [*wanted, *filter(None, sources)], size)
    slots = {name: i for i, name in enumerate(dict.fromkeys(["", *sources]))}
    without_values = meta_copy(network.model).eval().requires_grad_(False)
    values = buffer_values(network.model, without_values)
    network = replace(network, model=without_values)
    propagation = IntervalPass(network, wanted, slots, gates=gates, values=values)
    propagation.run(size)
    if layers is not None:
        _check_maps(propagation, layers)
    regular = regular_fields(network, size, propagation)
    requested = {source: slots[source] for source in sources}
    return {
        name: _field(layer, size, regular.get(name), requested)
        for name, layer in propagation.layers.items()
    }


def architecture_fields(
    row: Architecture,
    *,
    published: bool = False,
    layers: Sequence[str] | None = None,
    sources: Sequence[str] | None = ("",),
) -> dict[str, Field]:
    """Return the receptive fields of a newly built network, see `receptive_fields`.

    Args:
        row: its row in the catalog.
        published: whether the network is the one of the paper, if the row has it, at that input
            size; otherwise it is the one for MNIST.
        layers: dotted names; None for all.
        sources: as in `receptive_fields`; None for the input and all layers and blocks.
    """
    if published and row.published is not None:
        model, size = row.published.build(), row.published.input_size
    else:
        model, size = with_buffer_values(row.build_on_meta), (1, row.input_size, row.input_size)
    if sources is None:
        sources = ("", *layers_and_blocks(model))
    return receptive_fields(LoadedNetwork(model, row), size, layers=layers, sources=sources)


def outside_gates(fields: Mapping[str, Field]) -> dict[str, Field]:
    """Return the fields of the layers outside gates; those inside see the whole image anywhere."""
    gates = tuple(f"{gate}." for field in fields.values() for gate in field.gates)
    return {name: field for name, field in fields.items() if not name.startswith(gates)}


def border_layer(fields: Mapping[str, Field]) -> str | None:
    """Return the first layer whose center unit sees the whole input; None if there is none.

    In the paper's experiments, layers after it hardly improve the accuracy. Layers inside a gate
    do not count, nor do those that pass on what they get, such as `Identity` and dropout.

    Args:
        fields: from `receptive_fields`, in the order of execution.

    Reference:
        Richter et al. 2021, "Should You Go Deeper? Optimizing Convolutional Neural Network
        Architectures without Training by Receptive Field Analysis",
        https://arxiv.org/abs/2106.12307
    """
    counted = outside_gates(fields).items()
    computing = (name for name, field in counted if field.kind not in _PASSING)
    return next((name for name in computing if fields[name].sees_everything), None)


def _check(model: nn.Module, names: Sequence[str], size: InputSize) -> None:
    modules = dict(model.named_modules())
    for name in names:
        if not name or name not in modules:
            choices = ", ".join(filter(None, modules))
            raise ValueError(f"layer must be one of {choices}, got {name!r}")
    for name, parameter in model.named_parameters():
        if isinstance(parameter, UninitializedParameter):
            layer = name.rpartition(".")[0]
            raise ValueError(f"lazy layers must be initialized, got {layer!r}: run one batch first")
    if len(size) != 3 or min(size) < 1:
        raise ValueError(
            f"input size must be (channels, rows, columns), each at least 1, got {size}"
        )


def _check_maps(propagation: IntervalPass, layers: Sequence[str]) -> None:
    for name in layers:
        if name not in propagation.layers:
            output = propagation.unmapped.get(name, "no run")
            raise ValueError(
                f"output of {name!r} must be maps or tokens of one image, got {output}"
            )


def _field(
    layer: LayerIntervals, size: InputSize, regular: RegularField | None, slots: Mapping[str, int]
) -> Field:
    earlier = {source: slot for source, slot in slots.items() if source in layer.sources}
    input_boxes = Boxes(layer.grid, layer.rows, layer.columns, {"": 0})[""]  # (h, w, 4)
    top, left, bottom, right = input_boxes[layer.grid[0] // 2, layer.grid[1] // 2].tolist()
    pixels = (bottom - top + 1) * (right - left + 1)
    return Field(
        layer=layer.layer,
        kind=layer.kind,
        grid=layer.grid,
        boxes=Boxes(layer.grid, layer.rows, layer.columns, earlier),
        theoretical=regular.size if regular else None,
        jump=regular.jump if regular else None,
        padding=regular.padding if regular else None,
        share=pixels / (size[1] * size[2]),
        gates=tuple(sorted(layer.intervals.gates)),
        sees_everything=pixels == size[1] * size[2],
        path=layer.intervals.path.windows() if layer.intervals.path else (),
    )
