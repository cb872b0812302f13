import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnviz.data.mnist import load_digits
from cnnviz.inspection import unit_arithmetic
from cnnviz.inspection.unit_arithmetic import SOFTMAX, Unit, activations, weighted_sums
from cnnviz.inspection.unit_arithmetic.layer_run import LayerRun
from cnnviz.inspection.unit_arithmetic.results import Convolved, Normalized, Pooled, Shared, Weighed
from cnnviz.models.catalogue import CATALOGUE, Architecture
from cnnviz.training.runs import networks

ROOT = Path(__file__).parents[3]
CLOSE = 1e-5
CLASSIFIERS = [row for row in CATALOGUE.values() if row.task == "classify"]

every_row = pytest.mark.parametrize("row", CLASSIFIERS, ids=lambda row: row.key)


def built(row: Architecture) -> nn.Module:
    torch.manual_seed(0)
    return row.build().eval()


def ran(module: nn.Module, x: Tensor) -> LayerRun:
    """One layer by itself, at work on x."""
    with torch.no_grad():
        return LayerRun("it", module, x, module.eval()(x))


def places(run: LayerRun) -> Iterator[Unit]:
    """The corners, the middle of an edge and the center of a layer's output."""
    channels, rows, columns = run.outputs.shape
    yield Unit(0, 0, 0)
    yield Unit(channels - 1, rows - 1, columns - 1)
    yield Unit(channels // 2, 0, columns // 2)
    yield Unit(channels // 3, rows // 2, columns // 2)


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


@pytest.mark.parametrize(
    ("module", "values"),
    [
        (nn.ReLU(), {-2.0: 0.0, 3.0: 3.0}),
        (nn.ReLU6(), {-2.0: 0.0, 3.0: 3.0, 9.0: 6.0}),
        (nn.LeakyReLU(0.1), {-2.0: -0.2, 3.0: 3.0}),
        (nn.Hardswish(), {-4.0: 0.0, 0.0: 0.0, 3.0: 3.0, -1.0: -1 / 3}),
        (nn.Hardsigmoid(), {-4.0: 0.0, 0.0: 0.5, 3.0: 1.0}),
        (nn.Sigmoid(), {0.0: 0.5}),
        (nn.Tanh(), {0.0: 0.0}),
        (nn.SiLU(), {0.0: 0.0}),
        (nn.GELU(), {0.0: 0.0}),
        (nn.ELU(), {0.0: 0.0, 2.0: 2.0}),
    ],
)
def test_an_activation_at_points_that_are_known(
    module: nn.Module, values: dict[float, float]
) -> None:
    run = ran(module, torch.tensor([list(values)]))
    found = [activations.activation(run, Unit(i)).value for i in range(len(values))]
    assert found == pytest.approx(list(values.values()))


@pytest.mark.parametrize("kind", [*activations.ACTIVATIONS, "tanh"])
def test_an_activation_is_pytorchs(kind: type[nn.Module] | str) -> None:
    module = nn.GELU("tanh") if isinstance(kind, str) else kind()
    x = torch.linspace(-8, 8, 65)[None]
    run = ran(module, x)
    for i in range(65):
        assert activations.activation(run, Unit(i)).difference < CLOSE
    expected = eval(activations.code(module), {"F": F, "x": x})  # the line that is shown
    assert torch.equal(expected, run.output)
    assert "{" not in activations.formula(module)


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


@pytest.mark.parametrize(
    "module",
    [
        nn.MaxPool2d(3, 2, padding=1),
        nn.MaxPool2d(2, dilation=2),
        nn.MaxPool2d(3, 2, ceil_mode=True),
        nn.AvgPool2d(3, 2, padding=1),
        nn.AvgPool2d(3, 2, padding=1, ceil_mode=True),
        nn.AvgPool2d(3, 2, padding=1, count_include_pad=False),
        nn.AvgPool2d(2, divisor_override=3),
        nn.AdaptiveAvgPool2d(3),
        nn.AdaptiveMaxPool2d((2, 5)),
        nn.AdaptiveAvgPool2d(1),
    ],
    ids=str,
)
def test_a_pooling_is_the_layers_own(module: nn.Module) -> None:
    torch.manual_seed(3)
    run = ran(module, torch.randn(1, 2, 8, 7) - 3)  # below zero: padding must not be the maximum
    channels, rows, columns = run.outputs.shape
    for unit in (
        Unit(c, i, j) for c in range(channels) for i in range(rows) for j in range(columns)
    ):
        found = unit_arithmetic.of_run(run, unit)
        assert isinstance(found, Pooled)
        assert found.difference < CLOSE


def test_norms_and_softmax_by_their_formulas() -> None:
    torch.manual_seed(4)
    norm = nn.BatchNorm2d(3)
    norm(torch.randn(8, 3, 4, 4) * 2 + 1)  # moves the running averages
    found = unit_arithmetic.of_run(ran(norm, torch.randn(1, 3, 4, 4)), Unit(1, 2, 3))
    assert isinstance(found, Normalized)
    assert found.difference < CLOSE
    assert found.mean == norm.running_mean[1].item()
    tokens = torch.randn(1, 5, 6)  # a class token and four of a 2 x 2 grid
    found = unit_arithmetic.of_run(ran(nn.LayerNorm(6), tokens), Unit(2, 1, 0))
    assert isinstance(found, Normalized)
    assert found.index == (0, 3, 2)
    assert found.inputs == pytest.approx(tokens[0, 3].numpy())
    assert found.difference < CLOSE


# Networks of the catalogue


@every_row
def test_every_kind_of_layer_of_a_network_equals_its_tensor(row: Architecture) -> None:
    model, image = built(row), load_digits("embedded").test_images[3]
    kinds: dict[object, str] = {}
    for found in unit_arithmetic.workable(model):
        shape: object = found.kind
        if found.convolution:
            module = model.get_submodule(found.layer)
            assert isinstance(module, nn.Conv2d)
            shape = module.kernel_size, module.stride, module.groups > 1
        kinds.setdefault(shape, found.layer)
    for layer in kinds.values():
        run = unit_arithmetic.layer_run(model, row, image, layer)
        for unit in places(run):
            found_unit = unit_arithmetic.of_run(run, unit, model)
            assert found_unit.difference < CLOSE
            assert found_unit.after is None or found_unit.after.difference < CLOSE


def test_the_activation_that_follows_is_found() -> None:
    row = CATALOGUE["mnist_cnn"]
    image = load_digits("embedded").test_images[0]
    found = unit_arithmetic.work_out(built(row), row, image, "conv1", Unit(3, 4, 5))
    assert isinstance(found, Convolved)
    assert found.after is not None
    assert found.after.kind == "ReLU"
    assert found.after.value == max(0.0, found.value)


def test_probabilities_are_worked_out_of_the_logits() -> None:
    row, image = CATALOGUE["lenet5"], load_digits("embedded").test_images[0]
    found = [unit_arithmetic.work_out(built(row), row, image, SOFTMAX, Unit(i)) for i in range(10)]
    assert all(isinstance(share, Shared) and share.difference < CLOSE for share in found)
    assert sum(share.value for share in found) == pytest.approx(1)


def test_a_fully_connected_layer_is_a_sum_of_products() -> None:
    row, image = CATALOGUE["mnist_cnn"], load_digits("embedded").test_images[0]
    found = unit_arithmetic.work_out(built(row), row, image, "fc2", Unit(7))
    assert isinstance(found, Weighed)
    assert found.value == pytest.approx(float(found.inputs @ found.weights) + found.bias)
    assert found.difference < CLOSE


def test_what_is_not_worked_out_is_said_in_a_sentence() -> None:
    row, image = CATALOGUE["vit"], load_digits("embedded").test_images[0]
    model = built(row)
    with pytest.raises(ValueError, match=r"blocks\.0 is a Block, .* choose .*patch_embed\.proj"):
        unit_arithmetic.work_out(model, row, image, "blocks.0", Unit())
    with pytest.raises(ValueError, match="no layer 'nowhere'"):
        unit_arithmetic.work_out(model, row, image, "nowhere", Unit())
    with pytest.raises(ValueError, match=r"64 channels of 7 × 7|no unit"):
        unit_arithmetic.work_out(model, row, image, "patch_embed.proj", Unit(0, 99, 0))


def test_a_model_is_left_as_it_was() -> None:
    row, image = CATALOGUE["mnist_cnn"], load_digits("embedded").test_images[0]
    model = built(row)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    unit_arithmetic.work_out(model, row, image, "conv1", Unit())
    found = unit_arithmetic.gradient(model, row, image, 7, "conv1", (0, 0, 0, 0))
    unit_arithmetic.update(model, row, image, 7, found, 1.0)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert all(not module._forward_hooks for module in model.modules())
    assert all(parameter.grad is None for parameter in model.parameters())


# The lines to copy

COPIED = [
    ("mnist_cnn", "conv1", Unit(5, 0, 27)),
    ("mnist_cnn", "relu1", Unit(5, 12, 9)),
    ("mnist_cnn", "fc2", Unit(7)),
    ("mnist_cnn", SOFTMAX, Unit(3)),
    ("mobilenet_v2", "features.1.conv.0.0", Unit(4, 0, 0)),
    ("mobilenet_v2", "features.1.conv.0.1", Unit(4, 3, 3)),
    ("mobilenet_v3", "bn1", Unit(3, 4, 5)),
    ("alexnet", "pool1", Unit(1, 2, 3)),
    ("lenet5", "s2", Unit(1, 2, 3)),
    ("swin", "layers.0.blocks.0.norm1", Unit(5, 6, 7)),
    ("swin", "head.global_pool.pool", Unit(5)),
    ("crossvit", "blocks.0.blocks.0.0.attn.qkv", Unit(5, 2, 3)),
]


def test_the_lines_to_copy_give_the_same_number_in_a_fresh_process() -> None:
    digits = load_digits("embedded")
    programs, expected = [], []
    for i, (key, layer, unit) in enumerate(COPIED):
        network, row = networks.network(f"shipped-{key}"), CATALOGUE[key]
        model = networks.load(network)
        image = digits.test_images[i] if i % 2 else np.flip(digits.test_images[i], 2).copy()
        run = unit_arithmetic.layer_run(model, row, image, layer)
        found = unit_arithmetic.of_run(run, unit, model)
        drawn = unit_arithmetic.pixels_in_code(image, digits)
        assert ("load_digits" in drawn) == bool(i % 2)
        program = unit_arithmetic.six_lines(found, run, network, row, drawn)
        assert len(program.strip().splitlines()) <= 8
        programs.append(program)
        expected.append(found.value)
    answer = subprocess.run(
        [sys.executable, "-c", "".join(programs)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    printed = [list(map(float, line.split())) for line in answer.stdout.splitlines()]
    for (value, tensor), wanted, case in zip(printed, expected, COPIED, strict=True):
        assert value == pytest.approx(wanted, rel=CLOSE, abs=CLOSE), case
        assert tensor == pytest.approx(wanted, rel=CLOSE, abs=CLOSE), case
