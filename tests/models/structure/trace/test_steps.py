"""Steps of operations written down by hand, without running a network."""

import torch
from torch import nn

from cnnviz.models.structure.trace.operations import (
    DispatchedOperation,
    ModuleCall,
    OperationRecorder,
)
from cnnviz.models.structure.trace.records import INPUT, Size
from cnnviz.models.structure.trace.steps import Origin, StepBuilder


class Network(nn.Module):
    """Modules and a parameter for the operations of a test; it never runs."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 4, (3, 1), stride=2, padding=(1, 0), groups=2)
        self.block = nn.Sequential(nn.Linear(4, 3))
        self.scale = nn.Parameter(torch.zeros(4, 1, 1))


def operation(
    name: str,
    *sources: int | str,
    call: int = 0,
    sizes: tuple[Size, ...] | None = None,
    output: Size = (4,),
    macs: int = 0,
) -> DispatchedOperation:
    shapes = list(sizes or [(4,)] * len(sources))
    return DispatchedOperation(name, call, list(sources), shapes, output, 4, macs)


def build(
    *operations: DispatchedOperation,
    model: nn.Module | None = None,
    calls: tuple[ModuleCall, ...] = (),
) -> StepBuilder:
    model = model or Network()
    recorder = OperationRecorder(model)
    recorder.operations = list(operations)
    recorder.calls += calls
    for index, recorded in enumerate(operations):
        recorder.calls[recorded.call].operations.append(index)
    return StepBuilder(model, recorder)


def test_the_operations_of_an_innermost_module_are_one_step_with_its_window() -> None:
    model = Network()
    conv = ModuleCall("conv", model.conv, 0, output=(4, 3, 6), values=72)
    steps = build(
        operation(
            "convolution", INPUT, "conv.weight", call=1, sizes=((2, 6, 6), (4, 1, 3, 1)), macs=216
        ),
        operation("add", 0, "conv.bias", call=1),
        operation("relu", 1),
        model=model,
        calls=(conv,),
    ).steps
    layer, relu = steps
    assert (layer.name, layer.kind, layer.role) == ("conv", "Conv2d", "layer")
    assert (layer.kernel, layer.stride, layer.padding, layer.groups) == (
        "3 × 1",
        "2 × 2",
        "1 × 0",
        2,
    )
    assert (layer.sources, layer.inputs) == ((INPUT,), ((2, 6, 6),))
    assert (layer.output, layer.values, layer.macs) == ((4, 3, 6), 72, 216)
    assert layer.parameters == 4 * 1 * 3 * 1 + 4
    assert (relu.id, relu.kind, relu.role, relu.sources) == (1, "relu", "operation", (0,))
    assert (relu.kernel, relu.groups) == ("", 1)


def test_views_and_constants_are_no_steps_and_lead_to_what_is_behind_them() -> None:
    builder = build(
        operation("sigmoid", INPUT),
        operation("view", 0),
        operation("mul", 1),  # by a number
        operation("arange"),
        operation("add", 2, 3),  # of a constant
        operation("mul", 4, INPUT),
    )
    assert [(step.kind, step.sources) for step in builder.steps] == [
        ("sigmoid", (INPUT,)),
        ("mul", (0, INPUT)),
    ]
    assert builder.origin(4) == Origin((0,))
    assert not builder.origin(3)
    assert builder.origin(5) == Origin((1,))


def test_combinations_have_the_roles_of_what_they_do() -> None:
    pairs = {"sub": ("sub", "add"), "div": ("div", "mul"), "stack": ("cat", "cat")}
    for name, (kind, role) in pairs.items():
        _, step = build(operation("relu", INPUT), operation(name, 0, INPUT)).steps
        assert (step.kind, step.role) == (kind, role)


def test_a_product_is_attention_only_if_both_factors_depend_on_the_input() -> None:
    steps = build(
        operation("mm", INPUT, "scale", macs=8),
        operation("bmm", 0, 0, macs=16),
        operation("bmm", 1, "scale", macs=32),
    ).steps
    assert [(step.kind, step.role, step.macs) for step in steps] == [
        ("linear", "operation", 8),
        ("matmul", "attention", 16),
        ("matmul", "operation", 32),
    ]


def test_parameters_count_where_they_are_read_first_also_through_a_view() -> None:
    steps = build(
        operation("view", "scale"),
        operation("mul", INPUT, 0),
        operation("add", 1, 0),
    ).steps
    assert [(step.kind, step.parameters) for step in steps] == [("mul", 4), ("add", 0)]
    assert [step.sources for step in steps] == [(INPUT,), (0,)]


def test_padding_by_no_pixel_is_no_step() -> None:
    steps = build(
        operation("constant_pad_nd", INPUT, sizes=((1, 4, 4),), output=(1, 4, 4)),
        operation("constant_pad_nd", 0, sizes=((1, 4, 4),), output=(1, 6, 6)),
    ).steps
    assert [(step.kind, step.sources, step.output) for step in steps] == [
        ("pad", (INPUT,), (1, 6, 6))
    ]


def test_products_of_parameters_alone_count_although_the_input_does_not_matter() -> None:
    steps = build(operation("mm", "scale", "scale", macs=4), operation("relu", "scale")).steps
    assert [(step.kind, step.sources, step.macs) for step in steps] == [("linear", (), 4)]


def test_steps_lie_inside_the_innermost_module_that_contains_others() -> None:
    model = Network()
    builder = build(
        operation("addmm", INPUT, "block.0.weight", "block.0.bias", call=2, macs=12),
        operation("relu", 0, call=1),
        operation("relu", 1),
        model=model,
        calls=(
            ModuleCall("block", model.block, 0, calls=1),
            ModuleCall("block.0", model.block[0], 1),
        ),
    )
    assert builder.containers == [0, 1]
    assert [(step.name, step.inside) for step in builder.steps] == [
        ("block.0", 1),
        ("block", 1),
        ("", 0),
    ]
    assert [builder.inside(call) for call in (None, 0, 1, 2)] == [None, 0, 1, 1]
