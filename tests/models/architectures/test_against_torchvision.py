"""Networks written by hand against those of torchvision, weight by weight."""

import pytest
import torch
import torchvision
from torch import nn
from torchvision.models.resnet import BasicBlock as TheirBasicBlock
from torchvision.models.resnet import Bottleneck as TheirBottleneck

from cnnviz.models.architectures.alexnet import alexnet
from cnnviz.models.architectures.densenet import densenet
from cnnviz.models.architectures.efficientnet import DEPTH, RESOLUTION, SCALING_EXPONENT, WIDTH
from cnnviz.models.architectures.googlenet import Inception, googlenet
from cnnviz.models.architectures.mobilenet import mobilenet_v1, mobilenet_v3
from cnnviz.models.architectures.resnet import BasicBlock, Bottleneck, resnet20, resnet152
from cnnviz.models.architectures.vgg import vgg11, vgg16


def disturbed(module: nn.Module) -> nn.Module:
    """Return the module with no parameter left at zero or one."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.rand(parameter.shape, generator=generator) - 0.4)
    return module


def projection(channels: int, width: int, stride: int) -> nn.Module:
    conv = nn.Conv2d(channels, width, 1, stride, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(width))


@pytest.mark.parametrize(("channels", "stride"), [(16, 1), (8, 2)])
def test_a_basic_block_is_torchvisions(channels: int, stride: int) -> None:
    shortcut = projection(channels, 16, stride) if stride == 2 else None
    theirs = disturbed(TheirBasicBlock(channels, 16, stride, shortcut))
    ours = BasicBlock(channels, 16, stride)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, channels, 8, 8)
    assert torch.equal(ours(x), theirs(x.clone()))


@pytest.mark.parametrize(("channels", "stride"), [(16, 1), (8, 2)])
def test_a_bottleneck_is_torchvisions(channels: int, stride: int) -> None:
    shortcut = projection(channels, 16, stride) if stride == 2 else None
    theirs = disturbed(TheirBottleneck(channels, 4, stride, shortcut))
    ours = Bottleneck(channels, 4, stride)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, channels, 8, 8)
    assert torch.equal(ours(x), theirs(x.clone()))


def test_a_bottleneck_begins_as_the_identity() -> None:
    x = torch.rand(2, 8, 4, 4)
    assert torch.equal(Bottleneck(8, 2)(x), x)


def test_the_deepest_network_has_as_many_layers_as_its_name_says() -> None:
    def weighted(model: nn.Module) -> int:
        names = [n for n, m in model.named_modules() if isinstance(m, nn.Conv2d | nn.Linear)]
        return sum("downsample" not in name for name in names)

    counts = [weighted(model()) for model in (resnet20, resnet152, vgg11, vgg16, alexnet)]
    assert counts == [20, 152, 11 - 2, 16 - 2, 8]  # VGG's three linear layers are one here


def test_an_inception_module_joins_what_its_branches_see() -> None:
    module = Inception(3, 1, 2, 4, 2, 8, 16).eval()
    x = torch.randn(1, 3, 9, 9)
    parts = module(x).split([1, 4, 8, 16], dim=1)
    assert torch.equal(parts[0], module.branch1x1(x))
    assert torch.equal(parts[1], module.branch3x3(x))
    assert torch.equal(parts[2], module.branch5x5(x))
    assert torch.equal(parts[3], module.branch_pool(x))


def test_each_branch_of_an_inception_module_sees_as_far_as_its_name_says() -> None:
    module = Inception(1, 1, 1, 1, 1, 1, 1).eval()
    one_pixel = torch.zeros(1, 1, 9, 9)
    one_pixel[0, 0, 4, 4] = 1
    for name, side in (("branch1x1", 1), ("branch3x3", 3), ("branch5x5", 5), ("branch_pool", 3)):
        branch = module.get_submodule(name)
        with torch.no_grad():
            for layer in branch.modules():
                if isinstance(layer, nn.Conv2d):
                    layer.weight.fill_(1)
            rows, columns = branch(one_pixel)[0, 0].nonzero().unbind(dim=1)
        assert (len(rows), int(rows.max() - rows.min()) + 1) == (side**2, side)
        assert int(columns.max() - columns.min()) + 1 == side


def test_googlenet_concatenates_the_papers_widths_over_eight() -> None:
    model = googlenet()
    assert model.get_submodule("inception3a.branch5x5.conv.conv").kernel_size == (5, 5)
    assert model.get_submodule("inception4e.branch5x5.conv.conv").out_channels == 128 // 8
    assert model.get_submodule("fc").in_features == (384 + 384 + 128 + 128) // 8


def test_densenet_computes_what_torchvisions_does() -> None:
    ours = disturbed(densenet().eval())
    theirs = torchvision.models.DenseNet(12, (3, 3, 3), 24, num_classes=10).eval()
    theirs.features.conv0 = nn.Conv2d(1, 24, 3, stride=2, padding=1, bias=False)
    theirs.features.pool0 = nn.Identity()
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 1, 28, 28)
    assert torch.equal(ours(x), theirs(x.clone()))


def test_a_separable_block_filters_each_channel_by_itself() -> None:
    block = mobilenet_v1().get_submodule("blocks.1")
    depthwise, pointwise = block.get_submodule("depthwise"), block.get_submodule("pointwise")
    assert depthwise.groups == depthwise.in_channels == 16
    assert pointwise.kernel_size == (1, 1)


def test_the_third_mobilenet_keeps_up_with_a_short_training() -> None:
    momenta = {m.momentum for m in mobilenet_v3().modules() if isinstance(m, nn.BatchNorm2d)}
    assert momenta == {0.1}


def test_the_compound_coefficient_leads_from_224_pixels_to_28() -> None:
    assert pytest.approx(28, abs=1) == 224 * RESOLUTION**SCALING_EXPONENT
    assert pytest.approx(2, abs=0.1) == DEPTH * WIDTH**2 * RESOLUTION**2  # the paper's condition
