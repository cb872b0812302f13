"""Taps against layers of ones over unit impulses."""

import pytest
import torch
from torch import nn

from cnnviz.inspection.receptive_field.taps import adaptive_taps, taps, transposed_taps


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation"),
    [(1, 1, 0, 1), (3, 1, 1, 1), (3, 2, 1, 1), (2, 3, 0, 1), (3, 1, 2, 2), (5, 2, 2, 1)],
)
def test_taps_are_where_a_convolution_of_ones_finds_something(
    kernel: int, stride: int, padding: int, dilation: int
) -> None:
    size = 9
    layer = nn.Conv1d(1, 1, kernel, stride, padding, dilation, bias=False)
    nn.init.ones_(layer.weight)
    with torch.no_grad():
        reach = layer(torch.eye(size)[:, None])[:, 0]  # (inputs, outputs)
    found = taps(size, reach.shape[1], kernel, stride, padding, dilation)
    for place, row in enumerate(found):
        assert {tap for tap in row.tolist() if tap >= 0} == set(
            reach[:, place].nonzero().flatten().tolist()
        )


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation"),
    [(2, 2, 0, 1), (3, 2, 1, 1), (3, 1, 0, 1), (3, 2, 0, 2), (4, 3, 1, 1)],
)
def test_transposed_taps_are_where_a_transposed_convolution_of_ones_finds_something(
    kernel: int, stride: int, padding: int, dilation: int
) -> None:
    size = 5
    layer = nn.ConvTranspose1d(1, 1, kernel, stride, padding, bias=False, dilation=dilation)
    nn.init.ones_(layer.weight)
    with torch.no_grad():
        reach = layer(torch.eye(size)[:, None])[:, 0]  # (inputs, outputs)
    found = transposed_taps(size, reach.shape[1], kernel, stride, padding, dilation)
    for place, row in enumerate(found):
        assert {tap for tap in row.tolist() if tap >= 0} == set(
            reach[:, place].nonzero().flatten().tolist()
        )


@pytest.mark.parametrize(("size", "outputs"), [(7, 3), (6, 6), (3, 5), (12, 1), (10, 4)])
def test_adaptive_taps_are_where_adaptive_pooling_finds_something(size: int, outputs: int) -> None:
    reach = nn.AdaptiveAvgPool1d(outputs)(torch.eye(size)[:, None])[:, 0]  # (inputs, outputs)
    for place, row in enumerate(adaptive_taps(size, outputs)):
        assert [tap for tap in row.tolist() if tap >= 0] == (
            reach[:, place].nonzero().flatten().tolist()
        )
