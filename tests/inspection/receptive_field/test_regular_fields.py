import pytest
import torch
from torch import Tensor, nn

from cnnviz.inspection.receptive_field.propagation import IntervalPass
from cnnviz.inspection.receptive_field.regular_fields import RegularField, regular_fields
from tests.loaded import loaded


def of(model: nn.Module, side: int) -> dict[str, RegularField]:
    model, size = model.eval().to("meta"), (1, side, side)
    names = [name for name, _ in model.named_modules() if name]
    propagation = IntervalPass(loaded(model), names, {"": 0})
    propagation.run(size)
    return regular_fields(loaded(model), size, propagation)


@pytest.mark.parametrize("side", [8, 64])  # 8 pixels: every field touches a border
def test_size_jump_and_padding_equal_the_recurrence_by_hand(side: int) -> None:
    model = nn.Sequential(
        nn.Conv2d(1, 1, 3, stride=2, padding=1),
        nn.Conv2d(1, 1, (3, 1), dilation=(2, 1), padding=(3, 0)),
    )
    # second layer, rows: size 3 + (3 - 1) * 2 * 2 = 11, padding 1 + 3 * 2 = 7
    assert of(model, side) == {
        "0": RegularField(size=(3, 3), jump=(2, 2), padding=(1, 1)),
        "1": RegularField(size=(11, 3), jump=(2, 2), padding=(7, 1)),
    }


def test_fields_that_grow_with_the_input_are_not_regular() -> None:
    model = nn.Sequential(nn.Conv2d(1, 1, 3), nn.AdaptiveAvgPool2d(4), nn.Conv2d(1, 1, 1))
    assert of(model, 32) == {"0": RegularField((3, 3), (1, 1), (0, 0))}


def test_neighbors_with_the_same_field_are_not_regular() -> None:
    model = nn.Sequential(nn.Conv2d(1, 1, 3, stride=2), nn.UpsamplingNearest2d(scale_factor=3))
    assert of(model, 64) == {"0": RegularField((3, 3), (2, 2), (0, 0))}


def test_layers_are_measured_as_far_as_a_network_for_one_size_runs() -> None:
    class OneSize(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Conv2d(1, 1, 7, padding=3), nn.Conv2d(1, 1, 3)

        def forward(self, x: Tensor) -> Tensor:
            maps: Tensor = self.first(x)  # (1, 1, H, W)
            torch._assert(maps.shape[-1] == 6, "6 pixels only")
            output: Tensor = self.last(maps)  # (1, 1, 4, 4)
            return output

    assert of(OneSize(), 6) == {"first": RegularField((7, 7), (1, 1), (3, 3))}
