import torch
from torch import Tensor, nn

from cnnviz.models.structure.trace.operations import (
    OperationRecorder,
    example_size,
    recording_calls,
)
from cnnviz.models.structure.trace.records import INPUT


class Shortcut(nn.Module):
    """A linear layer with a shortcut, and dropout at rest."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(3, 3, bias=False)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.dropout(self.fc(x))


def recorded(model: nn.Module, *size: int) -> OperationRecorder:
    model = model.eval().requires_grad_(False).to("meta")
    recorder = OperationRecorder(model)
    x = torch.zeros(1, *size, device="meta")
    recorder.add(x, INPUT)
    with recording_calls(model, recorder), torch.no_grad(), recorder:
        output = model(x)
    recorder.calls[0].set_output(output)
    return recorder


def test_a_shortcut_by_hand() -> None:
    recorder = recorded(Shortcut(), 3)
    found = [(o.name, o.sources, o.output, o.macs) for o in recorder.operations]
    assert found == [
        ("t", ["fc.weight"], (3, 3), 0),
        ("mm", [INPUT, 0], (3,), 3 * 3),
        ("view", [1], (3,), 0),  # of dropout, so that its output is a tensor of its own
        ("add", [INPUT, 2], (3,), 0),
    ]


def test_calls_hold_the_operations_of_their_own_forward() -> None:
    recorder = recorded(Shortcut(), 3)
    calls = [(c.name, c.parent, c.calls, c.operations, c.output) for c in recorder.calls]
    assert calls == [
        ("", None, 2, [3], (3,)),
        ("fc", 0, 0, [0, 1], (3,)),
        ("dropout", 0, 0, [2], (3,)),
    ]
    assert recorder.stack == [0]


def test_the_shape_of_an_example_leaves_out_a_batch_of_one() -> None:
    assert example_size(torch.zeros(1, 8, 4, 4)) == (8, 4, 4)
    assert example_size(torch.zeros(4, 49, 32)) == (4, 49, 32)  # windows keep their number
