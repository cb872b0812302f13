"""Operators by name, and what happens to one that has no rule."""

import pytest
import torch

from cnnviz.inspection.receptive_field.constant_values import OF_SHAPES
from cnnviz.inspection.receptive_field.fields import receptive_fields
from cnnviz.inspection.receptive_field.operator_rules.table import RULES
from tests.inspection.receptive_field.operator_rules.after_convolution import (
    SIZE,
    AfterConvolution,
)
from tests.loaded import loaded


@pytest.mark.parametrize("name", sorted({*RULES, *OF_SHAPES}))
def test_pytorch_has_an_operator_of_each_name(name: str) -> None:
    assert hasattr(torch.ops.aten, name) or hasattr(torch.ops.aten, f"{name}_")


def test_an_operation_without_a_rule_is_named_and_everything_assumed() -> None:
    model = AfterConvolution(lambda x: torch.linalg.inv(x), 4).eval()
    with pytest.warns(UserWarning, match="no rule for linalg_inv"):
        field = receptive_fields(loaded(model), SIZE)["last"]
    assert field.sees_everything
    assert field.theoretical is None
