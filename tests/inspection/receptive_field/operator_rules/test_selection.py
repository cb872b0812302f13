"""Parts of tensors, and tensors joined."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from tests.inspection.receptive_field.operator_rules.after_convolution import (
    Function,
    assert_boxes_are_those_of_the_nan_probe,
)

PLACES = torch.tensor([7, 2, 4])


def split(x: Tensor) -> Tensor:
    """Keep half of the channels, shift the others: they must not see through each other."""
    left, right = x.chunk(2, dim=1)
    return F.channel_shuffle(torch.cat([left, right.roll(3, dims=2)], dim=1), 2)[:, ::2]


def shift(x: Tensor) -> Tensor:
    """Shift the rows by one, and one column by two."""
    y = x * 1
    y[:, :, 1:] = x[:, :, :-1]
    y[:, :, 2:, 3:4] += x[:, :, :-2, 3:4]
    return y


OPERATIONS: dict[str, tuple[Function, int]] = {  # with the channels it puts out
    "split": (split, 2),
    "stack": (lambda x: torch.stack([x, x.transpose(2, 3)]).sum(dim=0), 4),
    "unbind": (lambda x: torch.stack(x.unbind(dim=2)[::2], dim=2), 4),
    "list": (lambda x: x[:, :, PLACES], 4),
    "overwritten in part": (shift, 4),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_boxes_are_those_of_the_nan_probe(name: str) -> None:
    assert_boxes_are_those_of_the_nan_probe(*OPERATIONS[name])
