from collections.abc import Iterable

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models.googlenet import Inception
from torchvision.models.resnet import Bottleneck

from cnnviz.models.structure.convolution.arithmetic import Convolution
from cnnviz.models.structure.convolution.blocks import (
    Branches,
    bottleneck,
    channels_out,
    dense_block,
    inception_module,
    naive_inception_module,
    plain_stack,
    separable_layers,
    total_macs,
    total_parameters,
)


def flat(branches: Branches) -> list[Convolution]:
    return [layer for layers in branches.values() for layer in layers]


def weights_and_macs(model: nn.Module, x: Tensor) -> tuple[int, int]:
    """What PyTorch counts: the convolutions' weights, and their MACs."""
    with FlopCounterMode(display=False) as counter:
        model(x)
    weights = sum(m.weight.numel() for m in model.modules() if isinstance(m, nn.Conv2d))
    return weights, counter.get_total_flops() // 2


def weights(layers: Iterable[Convolution]) -> int:
    return total_parameters(layers) - sum(layer.out_channels for layer in layers if layer.bias)


def test_the_bottleneck_is_that_of_torchvisions_resnet() -> None:
    layers = bottleneck(256, 64)
    expected = weights_and_macs(Bottleneck(256, 64).eval(), torch.zeros(1, 256, 14, 14))
    assert (weights(layers), total_macs(layers, 14)) == expected


@pytest.mark.parametrize(("in_channels", "before_3x3", "before_5x5"), [(192, 96, 16), (256, 32, 8)])
def test_the_inception_module_is_that_of_torchvisions_googlenet(
    in_channels: int, before_3x3: int, before_5x5: int
) -> None:
    branches = inception_module(in_channels, before_3x3, before_5x5)
    oracle = Inception(in_channels, 64, before_3x3, 128, before_5x5, 32, 32).eval()
    # torchvision's third branch has a 3x3 kernel, where the paper has 5x5
    oracle.branch3[1].conv = nn.Conv2d(before_5x5, 32, 5, padding=2, bias=False)
    x = torch.zeros(1, in_channels, 14, 14)
    expected = weights_and_macs(oracle, x)
    assert (weights(flat(branches)), total_macs(flat(branches), 14)) == expected
    assert channels_out(branches, in_channels) == oracle(x).shape[1] == 256


def test_module_3a_has_the_multiply_adds_that_the_paper_prints() -> None:
    macs = total_macs(flat(inception_module(192, 96, 16)), 28)
    assert round(macs / 1e6) == 128  # table 1: "128M"


def test_pooling_without_a_reduction_keeps_its_channels() -> None:
    branches = naive_inception_module(192)
    assert channels_out(branches, 192) == 64 + 128 + 32 + 192
    assert weights(flat(branches)) == 192 * (64 + 9 * 128 + 25 * 32)


def test_each_dense_layer_sees_what_all_before_it_put_out() -> None:
    x, outputs = torch.zeros(1, 24, 6, 6), 0
    for layer in dense_block(24, 12, 5):
        assert layer.in_channels == x.shape[1]
        module = nn.Conv2d(layer.in_channels, layer.out_channels, 3, padding=1, bias=False)
        assert layer.parameters == module.weight.numel()
        x = torch.cat([x, module(x)], dim=1)
        outputs += 1
    assert (outputs, x.shape[1]) == (5, 84)


def test_a_plain_stack_keeps_its_width() -> None:
    assert total_parameters(plain_stack(10, 4)) == 4 * 9 * 10 * 10


@pytest.mark.parametrize(("channels", "kernel"), [(32, 3), (128, 5)])
def test_a_separable_convolution_saves_what_the_paper_says(channels: int, kernel: int) -> None:
    layers = separable_layers(64, channels, kernel)
    separable = total_macs((layers["depthwise"], layers["1×1"]), 14)
    # Howard et al., equation 5: 1 / N + 1 / D_K^2
    assert separable / layers["full"].macs(14) == pytest.approx(1 / channels + 1 / kernel**2)
