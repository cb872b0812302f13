import pytest
import torch
from torch import nn

from cnnviz.models.feature_maps import Layout, as_maps, channel_dimension, layout_of

MAPS = torch.arange(2 * 3 * 4 * 4.0).reshape(2, 3, 4, 4)


def test_maps_stay_as_they_are() -> None:
    assert as_maps(MAPS) is MAPS


def test_channels_come_back_from_the_end() -> None:
    assert torch.equal(as_maps(MAPS.permute(0, 2, 3, 1), nhwc=True), MAPS)


@pytest.mark.parametrize("class_tokens", [0, 1, 2])
def test_tokens_lie_row_by_row_and_class_tokens_have_no_place(class_tokens: int) -> None:
    tokens = MAPS.flatten(2).transpose(1, 2)  # (2, 16, 3)
    before = torch.full((2, class_tokens, 3), -1.0)
    assert torch.equal(as_maps(torch.cat([before, tokens], dim=1)), MAPS)


@pytest.mark.parametrize("shape", [(2,), (2, 3), (2, 3, 4, 5, 6)])
def test_another_shape_is_an_error_that_names_it(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="must be maps or tokens, got shape"):
        as_maps(torch.zeros(shape))


@pytest.mark.parametrize(
    ("module", "dimensions", "first", "last"),
    [
        (nn.Conv2d(1, 2, 3), 4, 1, 1),
        (nn.BatchNorm2d(2), 4, 1, 1),
        (nn.AdaptiveAvgPool2d(1), 4, 1, 1),
        (nn.Linear(2, 2), 4, 3, 3),
        (nn.LayerNorm(2), 4, 3, 3),
        (nn.GELU(), 4, 1, 3),
        (nn.Linear(2, 2), 3, 2, 2),
        (nn.GELU(), 3, 2, 2),
        (nn.Linear(2, 2), 2, 1, 1),
    ],
    ids=str,
)
def test_channels_lie_where_the_kind_of_layer_or_the_network_puts_them(
    module: nn.Module, dimensions: int, first: int, last: int
) -> None:
    assert channel_dimension(module, dimensions) == first
    assert channel_dimension(module, dimensions, nhwc=True) == last


@pytest.mark.parametrize(
    ("shape", "layout"),
    [
        ((1, 3, 4, 5), Layout((2, 3), (4, 5))),
        ((1, 17, 3), Layout((1,), (4, 4), 1)),
        ((1, 19, 3), None),  # three tokens more than a square
        ((1, 3), Layout((), (1, 1))),
        ((4, 3, 4, 5), None),  # four windows
        ((1,), None),
    ],
)
def test_a_layout_is_that_of_one_image(shape: tuple[int, ...], layout: Layout | None) -> None:
    assert layout_of(nn.ReLU(), shape) == layout


def test_maps_of_a_layout_hold_every_value_at_its_place() -> None:
    one = MAPS[:1]
    tokens = torch.cat([torch.zeros(1, 1, 3), one.flatten(2).transpose(1, 2)], dim=1)
    for output, last in ((one, False), (one.permute(0, 2, 3, 1), True), (tokens, False)):
        layout = layout_of(nn.GELU(), tuple(output.shape), nhwc=last)
        assert layout is not None
        assert torch.equal(layout.maps(output), one)
    vector = layout_of(nn.GELU(), (1, 3))
    assert vector is not None
    assert vector.maps(torch.tensor([[1.0, 2.0, 3.0]])).shape == (1, 3, 1, 1)
