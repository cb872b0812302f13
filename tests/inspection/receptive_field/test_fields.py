"""Receptive fields of small networks, worked out by hand."""

import pytest
import torch
from torch import Tensor, nn

from cnnviz.inspection.receptive_field.fields import (
    Field,
    border_layer,
    outside_gates,
    receptive_fields,
)
from tests.loaded import loaded


def fields(model: nn.Module, side: int = 12, channels: int = 1) -> dict[str, Field]:
    return receptive_fields(loaded(model.eval()), (channels, side, side))


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
    assert field.center_size == (3, 2)


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
    path = found["last"].path
    assert [(step.layer, step.size, step.joined) for step in path] == [
        ("high", (5, 5), False),
        ("last", (7, 7), True),
    ]


def test_a_layer_that_runs_twice_counts_with_its_last_run_as_a_source_too() -> None:
    model = Residual().eval()
    found = receptive_fields(loaded(model), (1, 12, 12), sources=["relu", "wide"])
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


class Gated(nn.Module):
    """Scale maps by the output of a gate."""

    def __init__(self, gate: nn.Module) -> None:
        super().__init__()
        self.gate = gate

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gate(x)  # type: ignore[no-any-return]


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
    whole = receptive_fields(loaded(Network().eval()), (1, 12, 12), gates=True)["block.last"]
    assert whole.sees_everything
    assert not whole.gated


def test_layers_inside_a_gate_do_not_count() -> None:
    gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 4, 1), nn.Sigmoid())

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.excitation = nn.Conv2d(1, 4, 3, padding=1), Gated(gate)
            self.last = nn.Conv2d(4, 1, 3, padding=1)

        def forward(self, x: Tensor) -> Tensor:
            return self.last(self.excitation(self.conv(x)))  # type: ignore[no-any-return]

    found = fields(Network())
    assert found["excitation.gate.0"].sees_everything
    assert list(outside_gates(found)) == ["conv", "excitation", "last"]
    assert border_layer(found) is None


def test_the_border_layer_is_the_first_to_see_everything() -> None:
    assert border_layer(fields(nn.Sequential(nn.Conv2d(1, 1, 3, padding=1)))) is None
    deep = nn.Sequential(*[nn.Conv2d(1, 1, 3, padding=1) for _ in range(9)])
    # the center of 12 pixels is pixel 6: it sees pixel 0 from a reach of 6 on
    assert border_layer(fields(deep)) == "5"


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
    message = r"input size must be \(channels, rows, columns\), each at least 1, got"
    with pytest.raises(ValueError, match=message):
        receptive_fields(loaded(nn.Conv2d(1, 1, 3)), size)


def test_a_lazy_layer_has_to_run_first() -> None:
    model = nn.Sequential(nn.LazyConv2d(2, 3))
    with pytest.raises(ValueError, match="lazy layers must be initialized, got '0'"):
        fields(model)
    model(torch.zeros(1, 1, 12, 12))
    assert fields(model)["0"].theoretical == (3, 3)


def test_a_layer_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="layer must be one of 0, got 'conv'"):
        receptive_fields(loaded(nn.Sequential(nn.Conv2d(1, 1, 3))), (1, 8, 8), layers=["conv"])
    with pytest.raises(ValueError, match="layer must be one of 0, got 'conv'"):
        receptive_fields(loaded(nn.Sequential(nn.Conv2d(1, 1, 3))), (1, 8, 8), sources=["conv"])


def test_a_layer_without_maps_is_named_where_it_was_asked_for() -> None:
    model = nn.Sequential(nn.Flatten(0))
    assert fields(model) == {}
    with pytest.raises(
        ValueError, match="output of '0' must be maps or tokens of one image, got shape \\(64,\\)"
    ):
        receptive_fields(loaded(model), (1, 8, 8), layers=["0"])


def test_the_network_is_not_touched() -> None:
    model = nn.Sequential(nn.Conv2d(1, 1, 3), nn.BatchNorm2d(1)).train()
    weight = model[0].weight
    receptive_fields(loaded(model), (1, 12, 12))
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
    assert found["two"].path[-1].size == (11, 11)


def test_a_model_of_ones_own_needs_no_row() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.MaxPool2d(2), nn.Conv2d(4, 4, 3))
    fields = receptive_fields(model, (3, 20, 20))
    assert [fields[name].theoretical for name in "012"] == [(3, 3), (4, 4), (8, 8)]  # 4 + 2 * 2
