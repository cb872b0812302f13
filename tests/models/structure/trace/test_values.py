"""Values at nodes against weights set by hand, plain hooks and PyTorch's own operations."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from cnnviz.models.catalog import CATALOG, Architecture
from cnnviz.models.structure.graph import graph
from cnnviz.models.structure.trace import trace_architecture
from cnnviz.models.structure.trace.values import node_values


class Shortcut(nn.Module):
    """Doubles its input, clips it in place and adds the input."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(3, 3, bias=False)
        self.fc.weight.data = 2 * torch.eye(3)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.relu(self.fc(x))


def test_a_shortcut_by_hand_also_where_a_layer_works_in_place() -> None:
    values = node_values(Shortcut().eval(), torch.tensor([[1.0, -2.0, 3.0]]))
    assert {name: value.tolist() for name, value in values.items()} == {
        "s0": [[2.0, -4.0, 6.0]],  # not what the ReLU has left of it
        "s1": [[2.0, 0.0, 6.0]],
        "s2": [[3.0, -2.0, 9.0]],
        "m0": [[3.0, -2.0, 9.0]],
    }


def image_for(row: Architecture) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(1, 1, row.input_size, row.input_size, generator=generator)


@pytest.mark.parametrize("row", CATALOG.values(), ids=CATALOG)
def test_every_node_of_every_architecture_has_an_output_of_its_shape(row: Architecture) -> None:
    root = graph(trace_architecture(row, published=False))
    values = node_values(row.build().eval(), image_for(row))
    shapes = {
        node.id: tuple(values[node.id].shape) if node.id in values else None for node in root.walk()
    }
    wrong = {
        node.id: (node.name, node.kind, node.output, shapes[node.id])
        for node in root.walk()
        if shapes[node.id] not in (node.output, (1, *node.output))
    }
    assert not wrong
    assert set(values) == set(shapes)


@pytest.mark.parametrize(
    ("key", "joined"),  # whether the trace has joins of two outputs in the shapes they were made
    [("resnet8", True), ("densenet", True), ("vit", True), ("swin", False)],
)
def test_layers_are_those_of_plain_hooks_and_joins_pytorchs_own(key: str, joined: bool) -> None:
    row = CATALOG[key]
    model, x = row.build().eval(), image_for(row)
    trace = trace_architecture(row, published=False)
    values = node_values(model, x)
    outputs: dict[str, list[Tensor]] = {}

    def record(name: str) -> Any:
        def hook(_module: nn.Module, _inputs: object, output: object) -> None:
            if isinstance(output, Tensor):
                outputs.setdefault(name, []).append(output.clone())

        return hook

    for name, module in model.named_modules():
        module.register_forward_hook(record(name))
    with torch.no_grad():
        logits = model(x)
    torch.testing.assert_close(values["m0"], logits)
    joins = 0
    for step in trace.steps:
        value = values[f"s{step.id}"]
        if step.role == "layer" and len(outputs.get(step.name, ())) == 1:
            torch.testing.assert_close(value, outputs[step.name][0])
        sources = [x if source == -1 else values[f"s{source}"] for source in step.sources]
        if len(sources) < 2:  # the other one is a parameter
            continue
        if step.kind == "add" and all(s.shape == value.shape for s in sources):
            torch.testing.assert_close(value, torch.stack(sources).sum(0))
            joins += 1
        elif step.kind == "cat":
            torch.testing.assert_close(value, torch.cat(sources, dim=1))
            joins += 1
    assert (joins > 0) is joined
