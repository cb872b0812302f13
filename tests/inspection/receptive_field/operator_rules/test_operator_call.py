"""Arguments of an operator's call, as a rule reads them."""

from typing import Any

import pytest
import torch

from cnnviz.inspection.receptive_field.constant_values import ConstantValues
from cnnviz.inspection.receptive_field.intervals import empty_intervals
from cnnviz.inspection.receptive_field.operator_rules.operator_call import OperatorCall, per_dim


def operation(**arguments: Any) -> OperatorCall:
    x = torch.empty(2, 3, 5, 7, device="meta")
    inputs, constants = [(x, empty_intervals(1, 4))], ConstantValues()
    return OperatorCall("sum", arguments, inputs, [x.sum()], "layer", False, constants)


@pytest.mark.parametrize(("dim", "expected"), [(0, -4), (3, -1), (-1, -1), (-4, -4)])
def test_a_dimension_is_counted_from_the_last(dim: int, expected: int) -> None:
    assert operation(dim=dim).dim() == expected
    assert operation(dim=dim).dims() == [expected]


@pytest.mark.parametrize("arguments", [{}, {"dim": None}, {"dim": []}])
def test_without_dimensions_all_are_reduced(arguments: dict[str, Any]) -> None:
    assert operation(**arguments).dims() == [-4, -3, -2, -1]


def test_shapes_are_those_of_the_tensors() -> None:
    assert operation().input_shape == (2, 3, 5, 7)
    assert operation().output_shape == ()


def test_a_tensor_that_depends_on_no_source_has_no_intervals() -> None:
    assert operation().intervals_of(torch.empty(2, 3, 5, 7, device="meta")) is None
    assert operation().intervals_of("a dtype") is None


def test_one_number_counts_for_each_dimension() -> None:
    assert per_dim(3, 2) == per_dim([3], 2) == per_dim([3, 3], 2) == (3, 3)
    assert per_dim([1, 2], 2) == (1, 2)
