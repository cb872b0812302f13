"""Padding and interpolation."""

import pytest
from torch import nn

from tests.inspection.receptive_field.operator_rules.after_convolution import (
    Function,
    assert_boxes_are_those_of_the_nan_probe,
)

OPERATIONS: dict[str, tuple[Function, int]] = {  # with the channels it puts out
    "nearest": (nn.Upsample(scale_factor=2), 4),
    "nearest, smaller": (nn.Upsample(size=(5, 7)), 4),
    "nearest-exact": (nn.Upsample(size=(7, 5), mode="nearest-exact"), 4),
    "bilinear": (nn.Upsample(scale_factor=2, mode="bilinear"), 4),
    "bilinear, corners": (nn.Upsample(size=(17, 9), mode="bilinear", align_corners=True), 4),
    "bicubic": (nn.Upsample(size=(18, 7), mode="bicubic"), 4),
    "reflected": (nn.ReflectionPad2d((2, 1, 0, 3)), 4),
    "replicated": (nn.ReplicationPad2d(2), 4),
    "circular": (nn.CircularPad2d(1), 4),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_boxes_are_those_of_the_nan_probe(name: str) -> None:
    assert_boxes_are_those_of_the_nan_probe(*OPERATIONS[name])
