from dataclasses import dataclass

import pytest
import timm
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from cnnviz.models.structure.trace import INPUT, trace_network

TIMM = {
    "mobilenetv1_100": 224,
    "vit_tiny_patch16_224": 224,
    "mixer_s16_224": 224,
    "convit_tiny": 224,
    "crossvit_tiny_240": 240,
    "levit_128s": 224,
    "swin_tiny_patch4_window7_224": 224,
}


class Gated(nn.Module):
    """Squeeze and excitation, with a table of its own to add."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 3, padding=1)
        self.fc = nn.Linear(4, 4)
        self.table = nn.Parameter(torch.zeros(4, 8, 8))

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x) + self.table
        gate = self.fc(x.mean(dim=(2, 3))).sigmoid()[:, :, None, None]
        return x * gate * 0.5


def test_operations_between_modules_are_steps_with_their_sources() -> None:
    found = trace_network(Gated().to("meta"), (2, 8, 8)).steps
    assert [(s.kind, s.role, s.sources) for s in found] == [
        ("Conv2d", "layer", (INPUT,)),
        ("add", "add", (0,)),
        ("mean", "operation", (1,)),
        ("Linear", "layer", (2,)),
        ("sigmoid", "operation", (3,)),
        ("mul", "mul", (1, 4)),  # the factor 0.5 meets no second tensor
    ]
    assert [s.parameters for s in found] == [4 * 2 * 9 + 4, 4 * 8 * 8, 0, 4 * 4 + 4, 0, 0]


def test_a_dropout_at_rest_stays_in_its_place() -> None:
    found = trace_network(
        nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5), nn.ReLU()).to("meta"), (3,)
    )
    assert [(s.name, s.sources) for s in found.steps] == [("0", (INPUT,)), ("1", (0,)), ("2", (1,))]
    assert found.results == (2,)


def test_a_module_that_does_nothing_is_no_step() -> None:
    layers = [nn.Linear(3, 3), nn.Identity(), nn.Dropout(0.0), nn.ReLU()]
    found = trace_network(nn.Sequential(*layers).to("meta"), (3,)).steps
    assert [(s.name, s.sources) for s in found] == [("0", (INPUT,)), ("3", (0,))]


def test_working_in_place_leads_to_the_changed_tensor() -> None:
    class Shared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.relu = nn.ReLU(inplace=True)
            self.conv = nn.Conv2d(1, 1, 1)

        def forward(self, x: Tensor) -> Tensor:
            y = self.relu(self.conv(x))
            y += x
            return self.relu(y)  # type: ignore[no-any-return]

    found = trace_network(Shared().to("meta"), (1, 4, 4)).steps
    assert [(s.kind, set(s.sources)) for s in found] == [
        ("Conv2d", {INPUT}),
        ("ReLU", {0}),
        ("add", {1, INPUT}),
        ("ReLU", {2}),
    ]


@pytest.mark.parametrize("name", TIMM)
def test_libraries_networks_add_up_to_an_independent_count(name: str) -> None:
    with torch.device("meta"):
        model = timm.create_model(name).eval().requires_grad_(False)
    side = TIMM[name]
    found = trace_network(model, (3, side, side))
    with FlopCounterMode(display=False) as flops:
        model(torch.zeros(1, 3, side, side, device="meta"))
    assert sum(step.macs for step in found.steps) == flops.get_total_flops() // 2
    assert sum(step.parameters for step in found.steps) == found.parameters


def test_no_hook_stays_on_the_network() -> None:
    model = nn.Sequential(nn.Linear(3, 3)).to("meta")
    trace_network(model, (3,))
    assert not model[0]._forward_hooks
    assert not model[0]._forward_pre_hooks


def test_a_failing_network_keeps_no_hook_either() -> None:
    model = nn.Sequential(nn.Linear(3, 3)).to("meta")
    with pytest.raises(RuntimeError):
        trace_network(model, (4,))
    assert not model[0]._forward_hooks


def test_results_in_a_dataclass_are_found() -> None:
    @dataclass
    class Found:
        scores: Tensor
        boxes: Tensor

    class Heads(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scores = nn.Linear(4, 11)
            self.boxes = nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Found:
            return Found(self.scores(x), self.boxes(x))

    found = trace_network(Heads().to("meta"), (8, 4))
    assert found.results == (0, 1)
    assert found.modules[0].output == (8, 11)


def test_a_constant_that_is_no_buffer_may_stay_on_the_processor() -> None:
    class Masked(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(4, 4)
            self.places = torch.arange(3)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)[:, self.places]  # type: ignore[no-any-return]

    found = trace_network(Masked().to("meta"), (4,))
    assert found.steps[-1].output == (3,)
