"""Intervals carried through a forward pass: writing into tensors."""

import pytest
import torch
from torch import Tensor

from cnnviz.inspection.receptive_field.fields import receptive_fields
from tests.inspection.receptive_field.operator_rules.after_convolution import (
    SIZE,
    AfterConvolution,
)
from tests.loaded import loaded


def test_writing_a_row_into_a_tensor_is_named_and_its_hull_assumed() -> None:
    def shifted(x: Tensor) -> Tensor:
        y = torch.zeros_like(x)
        y[:, :, 1] = x[:, :, 0]
        return y

    with pytest.warns(UserWarning, match="writing into a part"):
        field = receptive_fields(loaded(AfterConvolution(shifted, 4).eval()), SIZE)["last"]
    assert field.boxes[""][1, 6].tolist() == [0, 0, 1, 11]  # rows 0 and 1 were written
