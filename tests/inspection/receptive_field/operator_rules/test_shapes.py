"""The same numbers in another shape or order."""

import pytest
from torch import nn

from tests.inspection.receptive_field.operator_rules.after_convolution import (
    Function,
    assert_boxes_are_those_of_the_nan_probe,
)

OPERATIONS: dict[str, tuple[Function, int]] = {  # with the channels it puts out
    "pixel shuffle": (nn.PixelShuffle(2), 1),
    "pixel unshuffle": (nn.PixelUnshuffle(2), 16),
    "shifted windows": (lambda x: x.roll((2, -3), dims=(2, 3)), 4),
    "flip": (lambda x: x.flip(3), 4),
    "tiled": (lambda x: x.repeat(1, 1, 2, 1), 4),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_boxes_are_those_of_the_nan_probe(name: str) -> None:
    assert_boxes_are_those_of_the_nan_probe(*OPERATIONS[name])
