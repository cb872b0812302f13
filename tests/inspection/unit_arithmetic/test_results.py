"""How far a computed value is from the network's own."""

import pytest

from cnnviz.inspection.unit_arithmetic import Unit
from cnnviz.inspection.unit_arithmetic.results import UnitResult


@pytest.mark.parametrize(
    ("value", "tensor", "difference"),
    [
        (0.5, 0.25, 0.25),  # absolute up to 1
        (-0.5, 0.25, 0.75),
        (110.0, 100.0, 0.1),  # relative beyond
        (-90.0, -100.0, 0.1),
    ],
)
def test_a_difference_is_relative_beyond_one(
    value: float, tensor: float, difference: float
) -> None:
    result = UnitResult(
        layer="conv", kind="Conv2d", unit=Unit(), index=(0, 0, 0, 0), value=value, tensor=tensor
    )
    assert result.difference == pytest.approx(difference)
    assert result.after is None
