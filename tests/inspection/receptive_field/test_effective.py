import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.data.mnist import STD
from cnnviz.inspection.receptive_field.effective import (
    changed_units,
    effective_field,
    perturbation_spread,
    smallest_square,
    untrained_fields,
    visible_share,
)
from cnnviz.inspection.receptive_field.fields import receptive_fields
from cnnviz.models.catalog import CATALOG
from cnnviz.models.loaded_network import LoadedNetwork
from tests.loaded import loaded


def chain(depth: int) -> nn.Sequential:
    """Return 3x3 averages in a row: what they make of a pixel is a binomial coefficient."""
    layers = [nn.Conv2d(1, 1, 3, padding=1, bias=False) for _ in range(depth)]
    for layer in layers:
        nn.init.constant_(layer.weight, 1 / 9)
    return nn.Sequential(*layers)


def test_two_averages_make_a_tent() -> None:
    found = effective_field(loaded(chain(2)), torch.randn(3, 1, 9, 9), "1", kind="noise")
    tent = np.array([0, 0, 1, 2, 3, 2, 1, 0, 0]) / 9
    np.testing.assert_allclose(found.values, np.outer(tent, tent), rtol=1e-5)
    assert found.unit == (4, 4)
    assert (found.count, found.kind) == (3, "noise")
    assert found.side == 5  # the corners, 1/9 of the middle, are above 4.55 %
    assert found.half == 3  # 49 of 81
    assert found.most == 5  # (7 / 9)² is less


def test_the_field_grows_as_the_root_of_the_depth() -> None:
    sides = [
        effective_field(loaded(chain(n)), torch.zeros(1, 1, 99, 99), f"{n - 1}").side
        for n in (8, 32)
    ]
    assert sides[1] / sides[0] == pytest.approx(2, abs=0.1)


def test_a_unit_at_the_border_and_a_channel_may_be_chosen() -> None:
    model = nn.Conv2d(2, 3, 3, padding=1)
    x = torch.randn(4, 2, 8, 8)
    found = effective_field(loaded(nn.Sequential(model)), x, "0", unit=(0, 7), channel=1)
    expected = np.zeros((8, 8))
    expected[:2, 6:] = model.weight[1].detach().abs().mean(dim=0)[1:, :2]
    np.testing.assert_allclose(found.values, expected, rtol=1e-5)


def test_slopes_of_opposite_sign_do_not_cancel_over_images() -> None:
    class Flip(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.square = nn.Identity()
            self.out = nn.ReLU()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.out(x * x)  # type: ignore[no-any-return]

    x = torch.ones(2, 1, 3, 3)
    x[1] = -1
    assert effective_field(loaded(Flip()), x, "out").values[1, 1] == 2


@pytest.mark.parametrize("key", CATALOG)
def test_nothing_is_heard_outside_the_receptive_field(key: str) -> None:
    row = CATALOG[key]
    torch.manual_seed(0)
    model = row.build().eval()
    side = row.input_size
    x = torch.randn(2, 1, side, side)
    found = effective_field(LoadedNetwork(model, row), x, row.middle)
    field = receptive_fields(
        LoadedNetwork(model, row), (1, side, side), layers=[row.middle], gates=True
    )[row.middle]
    assert found.unit == field.center
    top, left, bottom, right = field.boxes[""][field.center]
    outside = found.values.copy()
    outside[top : bottom + 1, left : right + 1] = 0
    assert found.values.max() > 0
    # fast convolutions let rounding, and nothing more, reach beyond
    assert outside.max() <= 1e-5 * found.values.max()


@pytest.mark.parametrize("key", CATALOG)
def test_a_changed_pixel_spreads_no_farther_than_the_boxes_say(key: str) -> None:
    row = CATALOG[key]
    torch.manual_seed(0)
    model = row.build().eval()
    network = LoadedNetwork(model, row)
    size = row.input_size
    image = np.random.default_rng(0).integers(0, 256, (1, 28, 28), dtype=np.uint8)
    r, c = pixel = (size // 2, size // 2 - 1)
    spread = perturbation_spread(network, image, pixel, 0.5)
    found = receptive_fields(LoadedNetwork(model, row), (1, size, size), gates=True)
    assert next(iter(spread)) == ""
    assert [name for name in spread if name in found] == list(found)
    for name, field in found.items():
        top, left, bottom, right = np.moveaxis(field.boxes[""], -1, 0)
        seen = (top <= r) & (r <= bottom) & (left <= c) & (c <= right)
        assert spread[name].shape == seen.shape
        assert not spread[name][~seen].any(), name
    assert spread[row.early].any()


def test_the_change_is_counted_as_brightness() -> None:
    row = CATALOG["mnist_cnn"]
    model = row.build().eval()
    network = LoadedNetwork(model, row)
    image = np.zeros((1, 28, 28), np.uint8)
    spread = perturbation_spread(network, image, (3, 4), 1.0)
    assert spread[""][3, 4] == pytest.approx(1 / STD)
    assert np.count_nonzero(spread[""]) == 1
    weight = model.get_submodule("conv1").weight.detach().double().abs().mean(dim=(0, 1)) / STD
    assert isinstance(weight, torch.Tensor)
    around = spread["conv1"][2:5, 3:6]
    np.testing.assert_allclose(around, weight.flip(0, 1).numpy(), rtol=1e-5)


def test_the_network_is_not_touched() -> None:
    row = CATALOG["mnist_cnn"]
    model = row.build().train()
    network = LoadedNetwork(model, row)
    before = dict(model.named_parameters())
    perturbation_spread(network, np.zeros((1, 28, 28), np.uint8), (0, 0), 1.0)
    effective_field(network, torch.zeros(1, 1, 28, 28), "conv2")
    assert model.training
    for name, parameter in model.named_parameters():
        assert parameter is before[name]
        assert parameter.dtype == torch.float32
        assert parameter.requires_grad
        assert parameter.grad is None
    assert not any(module._forward_hooks for module in model.modules())


def test_what_is_not_there_is_named() -> None:
    x = torch.zeros(1, 1, 9, 9)
    with pytest.raises(ValueError, match="layer must be one of 0, 1, got 'conv'"):
        effective_field(loaded(chain(2)), x, "conv")
    with pytest.raises(ValueError, match=r"unit of '1' must lie in 9 × 9, got \(9, 0\)"):
        effective_field(loaded(chain(2)), x, "1", unit=(9, 0))
    with pytest.raises(ValueError, match="channel of '1' must be 0 to 0, got 1"):
        effective_field(loaded(chain(2)), x, "1", channel=1)
    row = CATALOG["lenet5"]
    with pytest.raises(ValueError, match=r"pixel must lie in the input of 32 × 32, got \(32, 0\)"):
        perturbation_spread(
            LoadedNetwork(row.build(), row), np.zeros((1, 28, 28), np.uint8), (32, 0), 1.0
        )


def test_squares_around_the_center_of_mass() -> None:
    values = np.zeros((8, 8), np.float32)
    assert smallest_square(values, 0.5) == 0
    values[2:4, 4:6] = 1
    assert smallest_square(values, 1.0) == 2
    values[:] = 1
    assert smallest_square(values, 1.0) == 8
    assert smallest_square(values, 0.25) == 4


@pytest.mark.parametrize("key", ["mnist_cnn", "resnet20", "swin", "vit"])
def test_an_untrained_unit_answers_to_no_pixel_outside_its_box(key: str) -> None:
    row = CATALOG[key]
    size = (1, row.input_size, row.input_size)
    boxes = receptive_fields(LoadedNetwork(row.build(), row), size)
    fields = untrained_fields(row)
    assert list(fields) == [row.early, row.middle, row.late]
    for name, values in fields.items():
        top, left, bottom, right = boxes[name].boxes[""][boxes[name].center]
        seen = values[top : bottom + 1, left : right + 1]
        assert values.shape == (row.input_size, row.input_size)
        assert (seen > 0).mean() > 0.9
        assert values.sum() == pytest.approx(seen.sum())


def test_the_visible_share_counts_pixels_above_zero() -> None:
    assert visible_share(np.array([[0, 0.1, 0, 0], [2.0, 0, 0, 1e-9]], np.float32)) == 3 / 8


def test_units_that_change_are_counted() -> None:
    assert changed_units(np.array([[0.0, 1e-9, -2.0], [0.0, 0.0, 3.0]])) == (3, 6)
