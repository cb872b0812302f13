"""Windows of each layer, held against PyTorch's own sums and maxima over a random map."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnviz.inspection.unit_arithmetic.windows import (
    Windows,
    adaptive_windows,
    average_pool_windows,
    convolution_windows,
    max_pool_windows,
    patches,
    point_windows,
)

SIZE = (6, 7)
MAPS = torch.randn(2, *SIZE, generator=torch.Generator().manual_seed(0))


def whole(windows: Windows) -> list[list[Tensor]]:
    """What lies under the window at every place of the output."""
    return [
        [patches(MAPS, windows, row, column) for column in range(len(windows.columns))]
        for row in range(len(windows.rows))
    ]


def test_a_convolutions_window_begins_in_the_padding_by_hand() -> None:
    windows = convolution_windows(nn.Conv2d(1, 1, 3, stride=2, padding=1), (5, 6))
    assert windows.rows == ((-1, 0, 1), (1, 2, 3), (3, 4, 5))
    assert windows.columns == ((-1, 0, 1), (1, 2, 3), (3, 4, 5))
    dilated = convolution_windows(nn.Conv2d(1, 1, 2, dilation=3), (5, 4))
    assert (dilated.rows, dilated.columns) == (((0, 3), (1, 4)), ((0, 3),))


@pytest.mark.filterwarnings("ignore:Using padding=.same. with even kernel")
@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
@pytest.mark.parametrize(
    "module",
    [
        nn.Conv2d(2, 1, 3),
        nn.Conv2d(2, 1, (2, 4), padding="same"),
        nn.Conv2d(2, 1, 3, padding="valid", stride=3),
        nn.Conv2d(2, 1, (3, 5), stride=(2, 1), padding=(1, 2)),
        nn.Conv2d(2, 1, 3, dilation=2, padding=2),
    ],
    ids=str,
)
def test_weighing_what_lies_under_a_window_gives_the_convolution(
    module: nn.Conv2d, mode: str
) -> None:
    torch.manual_seed(1)
    again = nn.Conv2d(
        *(2, 1, module.kernel_size, module.stride, module.padding, module.dilation),
        bias=False,
        padding_mode=mode,
    )
    with torch.no_grad():
        expected = again(MAPS[None])[0, 0]  # (H, W)
        found = [
            [(patch * again.weight[0]).sum() for patch in line]
            for line in whole(convolution_windows(again, SIZE))
        ]
    torch.testing.assert_close(torch.tensor(found), expected)


@pytest.mark.parametrize(
    "module",
    [
        nn.MaxPool2d(2),
        nn.MaxPool2d(3, 2, padding=1),
        nn.MaxPool2d((2, 3), (1, 2), dilation=(2, 1)),
        nn.MaxPool2d(3, 2, ceil_mode=True),
    ],
    ids=str,
)
def test_the_maximum_under_a_window_is_that_of_max_pooling(module: nn.MaxPool2d) -> None:
    maps = MAPS - 10  # so that a zero of the padding would be the maximum
    expected = module(maps[None])[0]  # (C, H, W)
    windows = max_pool_windows(module, SIZE, tuple(expected.shape[1:]))
    found = [[(patch - 10).amax(dim=(1, 2)) for patch in line] for line in whole(windows)]
    assert torch.equal(torch.stack([torch.stack(line) for line in found]).movedim(2, 0), expected)


@pytest.mark.parametrize(
    "module",
    [
        nn.AvgPool2d(2),
        nn.AvgPool2d(3, 2, padding=1),
        nn.AvgPool2d(3, 2, padding=1, ceil_mode=True),
        nn.AvgPool2d(3, 2, padding=1, count_include_pad=False),
    ],
    ids=str,
)
def test_the_mean_under_a_window_is_that_of_average_pooling(module: nn.AvgPool2d) -> None:
    expected = module(MAPS[None])[0]  # (C, H, W)
    windows = average_pool_windows(module, SIZE, tuple(expected.shape[1:]))
    found = [[patch.mean(dim=(1, 2)) for patch in line] for line in whole(windows)]
    torch.testing.assert_close(
        torch.stack([torch.stack(line) for line in found]).movedim(2, 0), expected
    )


@pytest.mark.parametrize("out", [(1, 1), (3, 3), (4, 5), (6, 7), (8, 9)])
def test_the_mean_under_a_window_is_that_of_adaptive_pooling(out: tuple[int, int]) -> None:
    expected = F.adaptive_avg_pool2d(MAPS[None], out)[0]  # (C, H, W)
    found = [
        [patch.mean(dim=(1, 2)) for patch in line] for line in whole(adaptive_windows(SIZE, out))
    ]
    torch.testing.assert_close(
        torch.stack([torch.stack(line) for line in found]).movedim(2, 0), expected
    )


def test_a_layer_without_a_window_takes_the_input_at_its_own_place() -> None:
    windows = point_windows((2, 3))
    assert windows == Windows(((0,), (1,)), ((0,), (1,), (2,)))
    assert torch.equal(patches(MAPS, windows, 1, 2)[:, 0, 0], MAPS[:, 1, 2])


def test_boxes_are_windows_clipped_to_the_input_by_hand() -> None:
    # rows -1 to 1, 1 to 3 and 3 to 5 of 5; one column window, 0 to 3 of 4
    windows = Windows(((-1, 0, 1), (1, 2, 3), (3, 4, 5)), ((0, 3),))
    assert windows.boxes((5, 4)).tolist() == [[[0, 0, 1, 3]], [[1, 0, 3, 3]], [[3, 0, 4, 3]]]
    assert windows.boxes((5, 4)).dtype == np.int16
