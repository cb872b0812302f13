"""Elementwise operators and copies."""

import pytest
import torch
from torch import Tensor

from cnnviz.inspection.receptive_field.fields import receptive_fields
from tests.inspection.receptive_field.operator_rules.after_convolution import (
    SIZE,
    AfterConvolution,
    Function,
    assert_boxes_are_those_of_the_nan_probe,
)
from tests.loaded import loaded


def write(x: Tensor) -> Tensor:
    """Overwrite a tensor as a whole."""
    return torch.zeros_like(x).copy_(x.flip(2))


OPERATIONS: dict[str, tuple[Function, int]] = {  # with the channels it puts out
    "overwritten": (write, 4),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_boxes_are_those_of_the_nan_probe(name: str) -> None:
    assert_boxes_are_those_of_the_nan_probe(*OPERATIONS[name])


def test_a_gate_is_left_out_and_its_layer_recorded() -> None:
    model = AfterConvolution(lambda x: x * x.mean(dim=(2, 3), keepdim=True).sigmoid(), 4).eval()
    field = receptive_fields(loaded(model), SIZE)["last"]
    assert field.gates == ("",)  # the network's own forward pass multiplies
    assert field.theoretical == (5, 5)  # of two 3×3 convolutions
    assert receptive_fields(loaded(model), SIZE, gates=True)["last"].sees_everything
