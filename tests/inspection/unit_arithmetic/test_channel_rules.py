"""The rule of a channel, applied to every unit of a layer, gives the layer's whole output."""

import pytest
import torch
from torch import Tensor, nn

from cnnviz.inspection.unit_arithmetic.channel_rules import Rule, rule
from cnnviz.inspection.unit_arithmetic.layer_run import LayerRun
from cnnviz.inspection.unit_arithmetic.windows import patches
from tests.inspection.unit_arithmetic.layers import ran

GENERATOR = torch.Generator().manual_seed(5)
CHOSEN = (1, 3)


def by_rule(run: LayerRun, found: Rule, place: int, channel: int) -> Tensor:
    """One channel of the output, (H, W), from the rule alone."""
    kernel, bias = found.kernel, found.bias
    rows = []
    for row in range(len(found.windows.rows)):
        for column in range(len(found.windows.columns)):
            patch = patches(run.inputs, found.windows, row, column)  # (C, kh, kw)
            if found.name == "sum":
                assert kernel is not None
                assert bias is not None
                width = len(run.inputs) // found.groups
                group = channel // (len(run.outputs) // found.groups)
                inputs = patch[group * width : (group + 1) * width]
                rows.append((inputs * kernel[place]).sum() + bias[place])
            elif found.name == "max":
                rows.append(patch[channel].max())
            else:
                values = patch[channel]
                rows.append(values.sum() / (found.divisor or values.numel()))
    return torch.stack(rows).reshape(run.outputs.shape[1:])


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (nn.Conv2d(4, 6, 3, padding=1, stride=2), "sum"),
        (nn.Conv2d(4, 8, 3, groups=4, bias=False, padding_mode="reflect", padding=1), "sum"),
        (nn.MaxPool2d(3, 2, padding=1), "max"),
        (nn.AvgPool2d(2), "mean"),
        (nn.AvgPool2d(2, divisor_override=3), "mean"),
        (nn.AdaptiveAvgPool2d(3), "mean"),
    ],
    ids=str,
)
def test_a_rule_and_its_windows_give_a_layers_output(module: nn.Module, name: str) -> None:
    run = ran(module, torch.randn(1, 4, 8, 7, generator=GENERATOR))
    found = rule(run, CHOSEN)
    assert found.name == name
    for place, channel in enumerate(CHOSEN):
        torch.testing.assert_close(by_rule(run, found, place, channel), run.outputs[channel])


def test_a_fully_connected_layers_rule_is_a_sum_over_one_place() -> None:
    layer = nn.Linear(3, 5)
    run = ran(layer, torch.randn(1, 3, generator=GENERATOR))
    found = rule(run, CHOSEN)
    assert found.kernel is not None
    assert found.kernel.shape == (2, 3, 1, 1)
    torch.testing.assert_close(by_rule(run, found, 1, 3), run.outputs[3])


def test_a_batch_norms_rule_holds_the_numbers_of_its_channels() -> None:
    norm = nn.BatchNorm2d(4)
    norm(torch.randn(8, 4, 3, 3, generator=GENERATOR) * 2 + 1)  # moves the running averages
    run = ran(norm, torch.randn(1, 4, 3, 3, generator=GENERATOR))
    found = rule(run, CHOSEN)
    assert (found.name, found.act) == ("batchnorm", None)
    numbers = found.norm
    assert numbers is not None
    for place, channel in enumerate(CHOSEN):
        centered = run.inputs[channel] - numbers["mean"][place]
        scaled = centered / (numbers["variance"][place] + numbers["eps"]) ** 0.5
        expected = scaled * numbers["weight"][place] + numbers["bias"][place]
        torch.testing.assert_close(expected, run.outputs[channel])


@pytest.mark.parametrize(
    ("module", "name"),
    [(nn.ReLU(), "function"), (nn.Softmax(dim=1), "softmax"), (nn.LayerNorm(4), "layernorm")],
)
def test_layers_without_windows_are_named_and_take_one_place(module: nn.Module, name: str) -> None:
    x = torch.randn(1, 4, 4, generator=GENERATOR)  # four tokens of four values
    found = rule(ran(module, x), (0,))
    assert found.name == name
    assert all(len(taps) == 1 for taps in (*found.windows.rows, *found.windows.columns))
