"""Reductions, norms, products and attention."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.inspection.receptive_field.operator_rules.after_convolution import (
    Function,
    assert_boxes_are_those_of_the_nan_probe,
)


def attend(x: Tensor) -> Tensor:
    """Attend along rows only, which leaves the rows apart."""
    q = x.permute(0, 2, 3, 1)  # (N, H, W, C)
    return F.scaled_dot_product_attention(q, q, q).permute(0, 3, 1, 2)


OPERATIONS: dict[str, tuple[Function, int]] = {  # with the channels it puts out
    "strips": (lambda x: x * x.mean(dim=3, keepdim=True).sigmoid(), 4),
    "squeeze": (lambda x: x * x.mean(dim=(2, 3), keepdim=True).sigmoid(), 4),
    "instance norm": (nn.InstanceNorm2d(4), 4),
    "group norm": (nn.GroupNorm(2, 4), 4),
    "channel norm": (lambda x: F.layer_norm(x.movedim(1, 3), (4,)).movedim(3, 1), 4),
    "rows attend": (attend, 4),
    "rows mixed": (lambda x: torch.einsum("nchw,hk->nckw", x, torch.ones(12, 6)), 4),
    "largest": (lambda x: x.max(dim=1, keepdim=True).values, 1),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_boxes_are_those_of_the_nan_probe(name: str) -> None:
    assert_boxes_are_those_of_the_nan_probe(*OPERATIONS[name])
