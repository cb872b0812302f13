"""Convolutions of every kind, by hand and against loops over their definition."""

import pytest
import torch
from torch import Tensor, nn

from cnnviz.inspection.unit_arithmetic import Unit, weighted_sums
from tests.inspection.unit_arithmetic.layers import CLOSE, places, ran


def by_loops(x: Tensor, module: nn.Conv2d, unit: Unit) -> float:
    """A convolution with zeros around it as its definition says, tap by tap."""
    (kh, kw), (sh, sw), (dh, dw) = module.kernel_size, module.stride, module.dilation
    assert not isinstance(module.padding, str)
    per_group = module.in_channels // module.groups
    first = unit.channel // (module.out_channels // module.groups) * per_group
    total = 0.0 if module.bias is None else module.bias[unit.channel].item()
    for c in range(per_group):
        for i in range(kh):
            for j in range(kw):
                row = unit.row * sh - module.padding[0] + i * dh
                column = unit.column * sw - module.padding[1] + j * dw
                if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:
                    weight = module.weight[unit.channel, c, i, j].item()
                    total += weight * x[0, first + c, row, column].item()
    return total


# By hand


def test_a_three_by_three_convolution_worked_by_hand() -> None:
    module = nn.Conv2d(1, 1, 3, padding=1)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[[[0.0, 1, 0], [2, 3, 4], [0, 5, 0]]]]))
        module.bias.fill_(0.5)
    x = torch.tensor([[[[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]]])
    center = weighted_sums.convolution(ran(module, x), Unit(0, 1, 1))
    # 2·1 + 4·2 + 5·3 + 6·4 + 8·5 = 2 + 8 + 15 + 24 + 40
    assert center.products.tolist() == [[[0, 2, 0], [8, 15, 24], [0, 40, 0]]]
    assert center.sums.tolist() == [89]
    assert center.value == center.tensor == 89.5
    corner = weighted_sums.convolution(ran(module, x), Unit(0, 0, 0))
    assert corner.patches.tolist() == [[[0, 0, 0], [0, 1, 2], [0, 4, 5]]]
    assert corner.value == 1 * 3 + 2 * 4 + 4 * 5 + 0.5
    assert (corner.rows, corner.columns) == ((-1, 0, 1), (-1, 0, 1))


# Convolutions of every kind, against loops and against the layer itself


@pytest.mark.parametrize(
    "module",
    [
        nn.Conv2d(4, 6, 3),
        nn.Conv2d(4, 6, 3, padding=1, stride=2),
        nn.Conv2d(4, 6, (3, 5), padding=(2, 1), stride=(2, 1), dilation=(1, 2)),
        nn.Conv2d(4, 6, 3, padding=2, dilation=2, groups=2),
        nn.Conv2d(4, 8, 3, padding=1, groups=4, bias=False),
        nn.Conv2d(4, 6, 1),
        nn.Conv2d(4, 6, 7, padding=3),
    ],
    ids=str,
)
def test_a_convolution_is_what_its_definition_says(module: nn.Conv2d) -> None:
    torch.manual_seed(1)
    run = ran(module, torch.randn(1, 4, 9, 11))
    for unit in places(run):
        found = weighted_sums.convolution(run, unit)
        assert found.value == pytest.approx(by_loops(run.received, module, unit), abs=1e-9)
        assert found.difference < CLOSE
        assert found.products.sum() + found.bias == pytest.approx(found.value, abs=1e-12)


@pytest.mark.filterwarnings("ignore:Using padding=.same. with even kernel")
@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
@pytest.mark.parametrize("padding", ["same", "valid", 2])
@pytest.mark.parametrize("kernel", [3, 4])
def test_paddings_of_every_kind(mode: str, padding: str | int, kernel: int) -> None:
    torch.manual_seed(2)
    module = nn.Conv2d(2, 3, kernel, padding=padding, padding_mode=mode)
    run = ran(module, torch.randn(1, 2, 6, 7))
    for unit in places(run):
        assert weighted_sums.convolution(run, unit).difference < CLOSE


def test_a_unit_sees_the_channels_of_its_group() -> None:
    run = ran(nn.Conv2d(4, 6, 1, groups=2), torch.randn(1, 4, 3, 3))
    assert weighted_sums.convolution(run, Unit(2, 0, 0)).channels == (0, 1)
    assert weighted_sums.convolution(run, Unit(3, 0, 0)).channels == (2, 3)
