"""Windows: convolution, pooling and unfolding."""

import pytest
import torch.nn.functional as F
from torch import nn

from tests.inspection.receptive_field.operator_rules.after_convolution import (
    Function,
    assert_boxes_are_those_of_the_nan_probe,
)

OPERATIONS: dict[str, tuple[Function, int]] = {  # with the channels it puts out
    "transposed": (nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1), 3),
    "grouped transposed": (nn.ConvTranspose2d(4, 4, 2, stride=2, groups=2), 4),
    "grouped": (nn.Conv2d(4, 4, 3, groups=2, stride=2), 4),
    "adaptive": (nn.AdaptiveAvgPool2d((5, 7)), 4),
    "adaptive max": (nn.AdaptiveMaxPool2d((12, 5)), 4),
    "unfold": (lambda x: F.unfold(x, 3, padding=1, stride=2).unflatten(2, (6, 6)), 36),
    "windows": (lambda x: x.unfold(2, 4, 2).amax(dim=-1), 4),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_boxes_are_those_of_the_nan_probe(name: str) -> None:
    assert_boxes_are_those_of_the_nan_probe(*OPERATIONS[name])
