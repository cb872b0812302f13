import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import torchvision
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from cnnviz.inspection.receptive_field.fields import (
    Field,
    border_layer,
    receptive_fields,
    recurrence,
)
from cnnviz.inspection.receptive_field.propagation import layout_of
from cnnviz.models.catalogue import CATALOGUE
from cnnviz.models.structure.shapes import trunk

Boxes = NDArray[np.int32]

PUBLISHED = [key for key, row in CATALOGUE.items() if row.published]

# size, jump and padding of the last layer with a window, from experiments with the NaN probe
GOLDEN = {
    "alexnet": (195, 32, 66),
    "vgg11": (150, 32, 59),
    "vgg13": (156, 32, 62),
    "vgg16": (212, 32, 90),
    "vgg19": (268, 32, 118),
    "googlenet": (379, 32, 167),
    "inception_v3": (1311, 32, 618),
    "resnet18": (435, 32, 217),
    "resnet34": (899, 32, 449),
    "resnet50": (427, 32, 213),
    "resnet101": (971, 32, 485),
    "resnet152": (1451, 32, 725),
    "densenet121": (2071, 32, 1021),
    "densenet169": (3351, 32, 1661),
    "densenet201": (3863, 32, 1917),
    "mobilenet_v2": (491, 32, 245),
    "mobilenet_v3_small": (639, 32, 319),
    "mobilenet_v3_large": (595, 32, 297),
    "efficientnet_b0": (851, 32, 425),
}
OTHERS = [
    *("convnext_tiny", "efficientnet_b1", "efficientnet_v2_s", "maxvit_t", "mnasnet0_5"),
    *("regnet_x_400mf", "regnet_y_400mf", "resnext50_32x4d", "shufflenet_v2_x1_0"),
    *("squeezenet1_0", "squeezenet1_1", "swin_t", "swin_v2_t", "vgg11_bn", "vit_b_16"),
    "wide_resnet50_2",
]


@contextmanager
def plain_kernels() -> Iterator[None]:
    """Compute each output from its own inputs: no Winograd, no fused attention."""
    onednn, attention = torch.backends.mkldnn, torch.backends.mha
    before = onednn.enabled, attention.get_fastpath_enabled()
    onednn.enabled = False
    attention.set_fastpath_enabled(False)
    try:
        with (
            torch.backends.nnpack.flags(enabled=False),
            sdpa_kernel(SDPBackend.MATH),
            torch.inference_mode(),
        ):
            yield
    finally:
        onednn.enabled = before[0]
        attention.set_fastpath_enabled(before[1])


def lines(count: int, shape: Sequence[int], dim: int) -> Tensor:
    """Return masks of a map, one for each of its rows or columns: (count, *shape)."""
    mask = torch.zeros(count, *shape, dtype=torch.bool)
    for i in range(count):
        mask[i].select(dim, i).fill_(True)
    return mask


def outputs(model: nn.Module, x: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """Return the layers' outputs, their last run."""
    found: dict[str, Tensor] = {}

    def keep(name: str) -> None:
        def hook(module: nn.Module, inputs: object, output: Tensor) -> None:
            del module, inputs
            found[name] = output.clone()

        handles.append(model.get_submodule(name).register_forward_hook(hook))

    handles: list[torch.utils.hooks.RemovableHandle] = []
    for name in names:
        keep(name)
    model(x)
    for handle in handles:
        handle.remove()
    return found


def spans(hit: NDArray[np.bool_]) -> tuple[Boxes, Boxes]:
    """Return the first and the last line that each unit knows of: (lines, h, w) to (h, w)."""
    some = hit.any(axis=0)
    first = np.where(some, hit.argmax(axis=0), 0)
    last = np.where(some, len(hit) - 1 - hit[::-1].argmax(axis=0), -1)
    return first, last


def boxes(hit: NDArray[np.bool_], rows: int) -> Boxes:
    """Return the boxes of what rows, then columns, leave behind: (rows + columns, h, w)."""
    top, bottom = spans(hit[:rows])
    left, right = spans(hit[rows:])
    return np.stack([top, left, bottom, right], axis=-1).astype(np.int32)


def hits(
    model: nn.Module, outs: dict[str, Tensor], count: int, *, channels_last: bool
) -> dict[str, NDArray[np.bool_]]:
    """Return which units became NaN in any channel, (count, h, w) each."""
    found = {}
    for name, output in outs.items():
        assert len(output) == count
        layout = layout_of(
            model.get_submodule(name), (1, *output.shape[1:]), channels_last=channels_last
        )
        assert layout is not None
        bad = output.isnan()
        found[name] = torch.stack([layout.maps(one[None]).any(dim=0) for one in bad]).numpy()
    return found


def probe(
    model: nn.Module, size: tuple[int, int, int], names: Sequence[str], *, channels_last: bool
) -> dict[str, Boxes]:
    """Return the boxes found by making rows and columns of the input NaN, one at a time."""
    _, height, width = size
    mask = torch.cat([lines(height, size, 1), lines(width, size, 2)])
    x = torch.randn(size).expand(len(mask), -1, -1, -1).masked_fill(mask, math.nan)
    with plain_kernels():
        outs = outputs(model, x, names)
    found = hits(model, outs, len(mask), channels_last=channels_last)
    return {name: boxes(hit, height) for name, hit in found.items()}


def probe_from(
    model: nn.Module, size: tuple[int, int, int], source: str, names: Sequence[str], *, last: bool
) -> dict[str, Boxes]:
    """Return the boxes on a layer's map found by making its rows and columns NaN."""
    module = model.get_submodule(source)
    clean = torch.randn(1, *size)
    with plain_kernels():
        output = outputs(model, clean, [source])[source]
    layout = layout_of(module, tuple(output.shape), channels_last=last)
    assert layout is not None
    height, width = layout.grid
    mask = torch.zeros(height + width, *output.shape[1:], dtype=torch.bool)
    for i in range(height + width):
        at = layout.maps(mask[i : i + 1])  # a view
        at.select(1 if i < height else 2, i if i < height else i - height).fill_(True)

    def spoil(module: nn.Module, inputs: object, output: Tensor) -> Tensor:
        del module, inputs
        return output.masked_fill(mask, math.nan)

    handle = module.register_forward_hook(spoil)
    with plain_kernels():
        outs = outputs(model, clean.expand(len(mask), -1, -1, -1), names)
    handle.remove()
    found = hits(model, outs, len(mask), channels_last=last)
    return {name: boxes(hit, height) for name, hit in found.items()}


def fields(model: nn.Module, side: int = 12, channels: int = 1) -> dict[str, Field]:
    return receptive_fields(model.eval(), (channels, side, side))


@pytest.mark.parametrize("key", CATALOGUE)
def test_every_box_on_the_input_is_what_the_nan_probe_finds(key: str) -> None:
    row = CATALOGUE[key]
    torch.manual_seed(0)
    model = row.build().eval()
    size = (1, row.input_size, row.input_size)
    found = receptive_fields(model, size, channels_last=row.channels_last, gates=True)
    assert {row.early, row.middle, row.late} <= found.keys()
    expected = probe(model, size, list(found), channels_last=row.channels_last)
    for name, field in found.items():
        np.testing.assert_array_equal(field.boxes[""], expected[name], err_msg=name)


@pytest.mark.parametrize("key", CATALOGUE)
def test_boxes_on_earlier_layers_are_what_the_nan_probe_finds(key: str) -> None:
    row = CATALOGUE[key]
    torch.manual_seed(0)
    model = row.build().eval()
    size = (1, row.input_size, row.input_size)
    sources = [row.early, row.middle]
    last = row.channels_last
    found = receptive_fields(model, size, sources=sources, channels_last=last, gates=True)
    order = list(found)
    for source in sources:
        later = order[order.index(source) + 1 :]
        expected = probe_from(model, size, source, later, last=last)
        for name in later:
            np.testing.assert_array_equal(
                found[name].boxes[source], expected[name], err_msg=f"{name} on {source}"
            )
        assert all(source not in found[name].boxes for name in order[: order.index(source)])


class Open(nn.Module):
    """A gate that lets everything pass."""

    def __init__(self, gate: nn.Module) -> None:
        super().__init__()
        self.gate = gate

    def forward(self, x: Tensor) -> Tensor:
        return x


@pytest.mark.parametrize("key", ["mobilenet_v3", "efficientnet"])
def test_the_local_reading_is_that_of_the_network_with_its_gates_taken_out(key: str) -> None:
    row = CATALOGUE[key]
    torch.manual_seed(0)
    model = row.build().eval()
    size = (1, row.input_size, row.input_size)
    local = receptive_fields(model, size)
    gates = {gate for field in local.values() for gate in field.gates}
    assert gates
    assert all(gate.endswith(".se") for gate in gates)
    for gate in gates:
        parent, _, name = gate.rpartition(".")
        setattr(model.get_submodule(parent), name, Open(model.get_submodule(gate)))
    names = [name for name in local if not name.startswith(tuple(gates))]
    expected = probe(model, size, names, channels_last=False)
    for name in names:
        np.testing.assert_array_equal(local[name].boxes[""], expected[name], err_msg=name)


@pytest.mark.parametrize("key", PUBLISHED)
def test_every_published_network_has_a_rule_for_each_operation(key: str) -> None:
    row = CATALOGUE[key]
    published = row.published
    assert published is not None
    found = receptive_fields(
        published.build(), published.input_size, channels_last=row.channels_last
    )
    assert {published.early, published.middle, published.late} <= found.keys()
    _, height, width = published.input_size
    for field in found.values():
        top, left, bottom, right = field.boxes[""][field.center]
        assert 0 <= top <= bottom < height
        assert 0 <= left <= right < width


@pytest.mark.parametrize("name", GOLDEN)
def test_torchvisions_networks_have_the_known_sizes(name: str) -> None:
    options = {"aux_logits": False, "init_weights": False}
    with torch.device("meta"):
        model = torchvision.models.get_model(
            name, **options if name in ("googlenet", "inception_v3") else {}
        )
    side = 299 if name == "inception_v3" else 224
    found = receptive_fields(model, (3, side, side))
    size, jump, padding = GOLDEN[name]
    with_size = [field for field in found.values() if field.theoretical and len(field.path) > 1]
    last = max(with_size, key=lambda field: field.theoretical or (0, 0))
    assert last.theoretical == (size, size)
    assert last.jump == (jump, jump)
    assert last.padding == (padding, padding)
    for field in with_size:  # the same, counted along the path
        step = field.path[-1]
        if field.layer == step.layer:
            assert (step.size, step.jump) == (field.theoretical, field.jump), field.layer
            assert field.padding is not None
            assert step.start[0] == (step.size[0] - 1) / 2 - field.padding[0]


@pytest.mark.parametrize("name", OTHERS)
def test_every_other_family_of_torchvision_has_a_rule_for_each_operation(name: str) -> None:
    with nullcontext() if name.startswith("regnet") else torch.device("meta"):
        model = torchvision.models.get_model(name).eval()
    found = receptive_fields(model, (3, 224, 224))
    assert all(field.boxes[""].shape == (*field.grid, 4) for field in found.values())


class Permute(nn.Module):
    def __init__(self, *order: int) -> None:
        super().__init__()
        self.order = order

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(self.order)


def test_layers_between_two_permutations_are_read_with_their_channels_last() -> None:
    model = nn.Sequential(
        nn.Conv2d(1, 5, (3, 1)),  # of 12 x 12 pixels: 10 x 12 units
        Permute(0, 2, 3, 1),
        nn.LayerNorm(5),
        nn.Linear(5, 7),
        nn.GELU(),
        Permute(0, 3, 1, 2),
    )
    found = fields(model)
    assert {field.grid for field in found.values()} == {(10, 12)}
    assert {field.theoretical for field in found.values()} == {(3, 1)}
    assert all(field.boxes[""][4, 7].tolist() == [4, 7, 6, 7] for field in found.values())


class Windows(nn.Module):
    """Puts windows of 3 x 3 side by side, (N, windows, 9, C), and mixes each of them."""

    def __init__(self) -> None:
        super().__init__()
        self.mix, self.scale = nn.Linear(9, 9), nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = nn.functional.unfold(x, 3, stride=3).unflatten(1, (4, 9)).permute(0, 3, 2, 1)
        mixed: Tensor = self.scale(self.mix(x.transpose(2, 3)).transpose(2, 3))
        return mixed


def test_windows_side_by_side_are_no_map() -> None:
    assert list(fields(nn.Sequential(nn.Conv2d(1, 4, 1), Windows()))) == ["0"]


def test_coordinates_beside_a_pooled_map_leave_it_a_map() -> None:
    class Coordinates(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            ramp = torch.arange(6.0, device=x.device).expand(1, 1, 6, 6)
            return torch.cat([x.mean((2, 3), keepdim=True).expand(-1, -1, 6, 6), ramp], 1)

    found = fields(nn.Sequential(Coordinates(), nn.Conv2d(2, 1, 1)))
    assert [(field.grid, field.sees_everything) for field in found.values()] == [((6, 6), True)] * 2


def test_maxvit_sees_everything_from_its_first_grid_attention_on() -> None:
    with torch.device("meta"):
        model = torchvision.models.maxvit_t().eval()
    found = receptive_fields(model, (3, 224, 224))
    block = "blocks.0.layers.0.layers"
    assert border_layer(found) == f"{block}.grid_attention.departition_op"
    box = found[f"{block}.window_attention"].boxes[""][0, 0]
    last = 6 * 4 - 5 + 11 - 1  # a window's seventh unit, of jump 4, padding 5 and size 11
    assert box.tolist() == [0, 0, last, last]


def test_three_convolutions_see_seven_pixels_fewer_at_the_border() -> None:
    found = fields(nn.Sequential(*[nn.Conv2d(1, 1, 3, padding=1) for _ in range(3)]))
    assert [field.theoretical for field in found.values()] == [(3, 3), (5, 5), (7, 7)]
    last = found["2"]
    assert (last.jump, last.padding) == ((1, 1), (3, 3))
    assert last.boxes[""][5, 6].tolist() == [2, 3, 8, 9]
    assert last.boxes[""][0, 11].tolist() == [0, 8, 3, 11]
    assert last.share == 49 / 144


def test_a_stride_spreads_what_comes_behind_it() -> None:
    found = fields(
        nn.Sequential(nn.Conv2d(1, 1, 3, stride=2, padding=1), nn.Conv2d(1, 1, 3, padding=1))
    )
    field = found["1"]  # 3 + 2 * 2, and 1 + 2 beyond the border
    assert (field.theoretical, field.jump, field.padding) == ((7, 7), (2, 2), (3, 3))
    assert field.boxes[""][2, 3].tolist() == [1, 3, 7, 9]


def test_the_holes_of_a_dilated_kernel_are_inside_the_box() -> None:
    field = fields(nn.Sequential(nn.Conv2d(1, 1, 3, dilation=2)))["0"]
    assert field.theoretical == (5, 5)
    assert field.boxes[""][0, 0].tolist() == [0, 0, 4, 4]


def test_ceil_mode_adds_a_unit_that_sees_less() -> None:
    field = fields(nn.Sequential(nn.MaxPool2d(3, 2, ceil_mode=True)), side=6)["0"]
    assert field.grid == (3, 3)
    assert field.boxes[""][2, 2].tolist() == [4, 4, 5, 5]


def test_padding_may_differ_from_side_to_side() -> None:
    model = nn.Sequential(nn.ZeroPad2d((1, 0, 2, 0)), nn.Conv2d(1, 1, (3, 2)))
    field = fields(model)["1"]  # rows c - 2 to c, columns c - 1 to c
    assert (field.theoretical, field.padding) == ((3, 2), (2, 1))
    assert field.boxes[""][0, 0].tolist() == [0, 0, 0, 0]
    assert field.boxes[""][5, 5].tolist() == [3, 4, 5, 5]


def test_a_unit_in_the_padding_sees_nothing() -> None:
    field = fields(nn.Sequential(nn.Conv2d(1, 1, 1, padding=1)))["0"]
    assert field.boxes[""][0, 3].tolist() == [0, 0, -1, -1]
    assert field.boxes[""][1, 3].tolist() == [0, 2, 0, 2]


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.wide = nn.Conv2d(1, 1, (3, 1), padding=(1, 0))
        self.high = nn.Conv2d(1, 1, 5, padding=2)
        self.relu = nn.ReLU(inplace=True)
        self.last = nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.wide(x))
        y = self.relu(x + y + self.high(x))
        return self.last(y)  # type: ignore[no-any-return]


def test_where_branches_meet_the_larger_field_counts() -> None:
    found = fields(Residual())
    assert found["wide"].theoretical == (3, 1)
    assert found["relu"].theoretical == (5, 5)
    assert found["last"].theoretical == (7, 7)
    path = recurrence(found)
    assert [(step.layer, step.size, step.joined) for step in path] == [
        ("high", (5, 5), False),
        ("last", (7, 7), True),
    ]


def test_a_layer_that_runs_twice_counts_with_its_last_run_as_a_source_too() -> None:
    model = Residual().eval()
    found = receptive_fields(model, (1, 12, 12), sources=["relu", "wide"])
    assert list(found) == ["wide", "high", "relu", "last"]
    assert found["last"].boxes["relu"][5, 5].tolist() == [4, 4, 6, 6]
    assert found["last"].boxes["wide"][5, 5].tolist() == [4, 4, 6, 6]
    assert found["high"].boxes["wide"][5, 5].tolist() == [0, 0, -1, -1]  # beside it
    assert "relu" not in found["high"].boxes or not (found["high"].boxes["relu"][..., 2] >= 0).any()


class Squeeze(nn.Module):
    """Squeeze and excitation behind a convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 4, 1), nn.Sigmoid())
        self.last = nn.Conv2d(4, 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        return self.last(x * self.gate(x))  # type: ignore[no-any-return]


def test_a_gate_is_left_out_and_named() -> None:
    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.block = Squeeze()

        def forward(self, x: Tensor) -> Tensor:
            return self.block(x)  # type: ignore[no-any-return]

    found = fields(Network())
    last = found["block.last"]
    assert last.theoretical == (5, 5)
    assert last.gates == ("block",)
    assert last.gated
    assert not last.sees_everything
    assert not found["block.conv"].gated
    assert found["block.gate.1"].sees_everything
    whole = receptive_fields(Network().eval(), (1, 12, 12), gates=True)["block.last"]
    assert whole.sees_everything
    assert not whole.gated


def test_the_border_layer_is_the_first_to_see_everything() -> None:
    assert border_layer(fields(nn.Sequential(nn.Conv2d(1, 1, 3, padding=1)))) is None
    deep = nn.Sequential(*[nn.Conv2d(1, 1, 3, padding=1) for _ in range(9)])
    # the center of 12 pixels is pixel 6: it sees pixel 0 from a reach of 6 on
    assert border_layer(fields(deep)) == "5"


class Lambda(nn.Module):
    """A layer, and the operation before it."""

    def __init__(self, before: object, channels: int, kernel: int = 3) -> None:
        super().__init__()
        self.before = before
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.last = nn.Conv2d(channels, 2, kernel, padding=kernel // 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.before(self.stem(x)))  # type: ignore[operator, no-any-return]


def split(x: Tensor) -> Tensor:
    """Keep half of the channels, shift the others: they must not see through each other."""
    left, right = x.chunk(2, dim=1)
    return F.channel_shuffle(torch.cat([left, right.roll(3, dims=2)], dim=1), 2)[:, ::2]


def attend(x: Tensor) -> Tensor:
    """Attend along rows only, which leaves the rows apart."""
    q = x.permute(0, 2, 3, 1)  # (N, H, W, C)
    return F.scaled_dot_product_attention(q, q, q).permute(0, 3, 1, 2)


def write(x: Tensor) -> Tensor:
    """Overwrite a tensor as a whole."""
    return torch.zeros_like(x).copy_(x.flip(2))


def shift(x: Tensor) -> Tensor:
    """Shift the rows by one, and one column by two."""
    y = x * 1
    y[:, :, 1:] = x[:, :, :-1]
    y[:, :, 2:, 3:4] += x[:, :, :-2, 3:4]
    return y


PLACES = torch.tensor([7, 2, 4])

OPERATIONS = {
    "transposed": (nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1), 3),
    "grouped transposed": (nn.ConvTranspose2d(4, 4, 2, stride=2, groups=2), 4),
    "nearest": (nn.Upsample(scale_factor=2), 4),
    "nearest, smaller": (nn.Upsample(size=(5, 7)), 4),
    "nearest-exact": (nn.Upsample(size=(7, 5), mode="nearest-exact"), 4),
    "bilinear": (nn.Upsample(scale_factor=2, mode="bilinear"), 4),
    "bilinear, corners": (nn.Upsample(size=(17, 9), mode="bilinear", align_corners=True), 4),
    "bicubic": (nn.Upsample(size=(18, 7), mode="bicubic"), 4),
    "adaptive": (nn.AdaptiveAvgPool2d((5, 7)), 4),
    "adaptive max": (nn.AdaptiveMaxPool2d((12, 5)), 4),
    "reflected": (nn.ReflectionPad2d((2, 1, 0, 3)), 4),
    "replicated": (nn.ReplicationPad2d(2), 4),
    "circular": (nn.CircularPad2d(1), 4),
    "pixel shuffle": (nn.PixelShuffle(2), 1),
    "pixel unshuffle": (nn.PixelUnshuffle(2), 16),
    "unfold": (lambda x: F.unfold(x, 3, padding=1, stride=2).unflatten(2, (6, 6)), 36),
    "windows": (lambda x: x.unfold(2, 4, 2).amax(dim=-1), 4),
    "shifted windows": (lambda x: x.roll((2, -3), dims=(2, 3)), 4),
    "grouped": (nn.Conv2d(4, 4, 3, groups=2, stride=2), 4),
    "split": (split, 2),
    "strips": (lambda x: x * x.mean(dim=3, keepdim=True).sigmoid(), 4),
    "squeeze": (lambda x: x * x.mean(dim=(2, 3), keepdim=True).sigmoid(), 4),
    "instance norm": (nn.InstanceNorm2d(4), 4),
    "group norm": (nn.GroupNorm(2, 4), 4),
    "channel norm": (lambda x: F.layer_norm(x.movedim(1, 3), (4,)).movedim(3, 1), 4),
    "rows attend": (attend, 4),
    "rows mixed": (lambda x: torch.einsum("nchw,hk->nckw", x, torch.ones(12, 6)), 4),
    "stack": (lambda x: torch.stack([x, x.transpose(2, 3)]).sum(dim=0), 4),
    "unbind": (lambda x: torch.stack(x.unbind(dim=2)[::2], dim=2), 4),
    "list": (lambda x: x[:, :, PLACES], 4),
    "overwritten in part": (shift, 4),
    "flip": (lambda x: x.flip(3), 4),
    "overwritten": (write, 4),
    "tiled": (lambda x: x.repeat(1, 1, 2, 1), 4),
    "largest": (lambda x: x.max(dim=1, keepdim=True).values, 1),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_rule_says_what_the_nan_probe_finds(name: str) -> None:
    before, channels = OPERATIONS[name]
    torch.manual_seed(0)
    model = Lambda(before, channels).eval()
    found = receptive_fields(model, (1, 12, 12), gates=True)
    expected = probe(model, (1, 12, 12), ["last"], channels_last=False)
    np.testing.assert_array_equal(found["last"].boxes[""], expected["last"])


def test_an_operation_without_a_rule_is_named_and_everything_assumed() -> None:
    model = Lambda(lambda x: torch.linalg.inv(x), 4).eval()
    with pytest.warns(UserWarning, match="no rule for linalg_inv"):
        field = receptive_fields(model, (1, 12, 12))["last"]
    assert field.sees_everything
    assert field.theoretical is None


def test_writing_a_row_into_a_tensor_is_named_and_its_hull_assumed() -> None:
    def shifted(x: Tensor) -> Tensor:
        y = torch.zeros_like(x)
        y[:, :, 1] = x[:, :, 0]
        return y

    with pytest.warns(UserWarning, match="writing into a part"):
        field = receptive_fields(Lambda(shifted, 4).eval(), (1, 12, 12))["last"]
    assert field.boxes[""][1, 6].tolist() == [0, 0, 1, 11]  # rows 0 and 1 were written


@pytest.mark.parametrize("key", ["vgg11", "googlenet", "resnet20", "densenet"])
def test_boxes_are_where_gradients_are(key: str) -> None:
    row = CATALOGUE[key]
    model = row.build().double().eval()
    for parameter in model.parameters():
        nn.init.constant_(parameter, 0.1)
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.MaxPool2d):  # it hands the gradient to one pixel only
            parent, _, last = name.rpartition(".")
            pool = nn.AvgPool2d(module.kernel_size, module.stride, module.padding, module.ceil_mode)
            setattr(model.get_submodule(parent), last, pool)
    side = row.input_size
    found = receptive_fields(model, (1, side, side))
    for name in (row.early, row.middle, row.late):
        x = torch.ones(1, 1, side, side, dtype=torch.float64, requires_grad=True)
        with torch.enable_grad():
            maps = outputs(model, x, [name])[name]
        height, width = maps.shape[2:]
        for unit in ((0, 0), (height // 2, width // 2), (height - 1, 0)):
            (slope,) = torch.autograd.grad(maps[0, :, *unit].sum(), x, retain_graph=True)
            rows, columns = slope[0, 0].nonzero().T
            box = [rows.min(), columns.min(), rows.max(), columns.max()]
            assert found[name].boxes[""][unit].tolist() == [int(edge) for edge in box]


@pytest.mark.parametrize("up", [nn.ConvTranspose2d(1, 1, 2, 2), nn.UpsamplingNearest2d(None, 3)])
def test_where_neighbors_see_the_same_no_jump_is_claimed(up: nn.Module) -> None:
    found = fields(nn.Sequential(nn.Conv2d(1, 1, 3, stride=2), up), side=33)
    assert found["0"].jump == (2, 2)
    assert (found["1"].theoretical, found["1"].jump) == (None, None)
    assert (
        found["1"].boxes[""][1, 1].tolist() == found["1"].boxes[""][0, 0].tolist() == [0, 0, 2, 2]
    )


@pytest.mark.parametrize("size", [(1, 28), (1, 0, 28), (28,)])
def test_a_size_that_is_none_is_named(size: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"no size .*\(C, H, W\)"):
        receptive_fields(nn.Conv2d(1, 1, 3), size)


def test_a_lazy_layer_has_to_run_first() -> None:
    model = nn.Sequential(nn.LazyConv2d(2, 3))
    with pytest.raises(ValueError, match="send one batch"):
        fields(model)
    model(torch.zeros(1, 1, 12, 12))
    assert fields(model)["0"].theoretical == (3, 3)


def test_a_layer_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="no layer 'conv': choose 0"):
        receptive_fields(nn.Sequential(nn.Conv2d(1, 1, 3)), (1, 8, 8), layers=["conv"])
    with pytest.raises(ValueError, match="no layer 'conv'"):
        receptive_fields(nn.Sequential(nn.Conv2d(1, 1, 3)), (1, 8, 8), sources=["conv"])


def test_a_layer_without_maps_is_named_where_it_was_asked_for() -> None:
    model = nn.Sequential(nn.Flatten(0))
    assert fields(model) == {}
    with pytest.raises(ValueError, match="layer '0' puts out no maps"):
        receptive_fields(model, (1, 8, 8), layers=["0"])


def test_the_network_is_not_touched() -> None:
    model = nn.Sequential(nn.Conv2d(1, 1, 3), nn.BatchNorm2d(1)).train()
    weight = model[0].weight
    receptive_fields(model, (1, 12, 12))
    assert model.training
    assert model[0].weight is weight
    assert weight.requires_grad
    assert not weight.is_meta
    assert not model[0]._forward_hooks
    assert not model[0]._forward_pre_hooks


def test_a_network_of_one_size_only_still_has_a_size_where_its_own_shows_it() -> None:
    class Fixed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one = nn.Conv2d(1, 1, 3)
            self.two = nn.Conv2d(1, 1, 9)

        def forward(self, x: Tensor) -> Tensor:
            if x.shape[-1] != 12:
                raise ValueError("12 pixels only")
            return self.two(self.one(x))  # type: ignore[no-any-return]

    found = fields(Fixed())
    assert found["one"].theoretical == (3, 3)
    assert found["two"].theoretical is None
    assert recurrence(found)[-1].size == (11, 11)


def test_trunks_of_every_row_can_be_sources_at_once() -> None:
    row = CATALOGUE["resnet20"]
    model = row.build().eval()
    blocks = [name for name in trunk(model) if name.startswith("layer")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = receptive_fields(model, (1, 28, 28), layers=blocks, sources=["", *blocks])
    assert list(found[blocks[3]].boxes) == ["", *blocks[:3]]
    assert found["layer1.1"].boxes["layer1.0"][10, 10].tolist() == [8, 8, 12, 12]
