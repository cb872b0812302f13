"""Normalization by its formulas."""

import pytest
import torch
from torch import nn

from cnnviz.inspection import unit_arithmetic
from cnnviz.inspection.unit_arithmetic import Unit
from cnnviz.inspection.unit_arithmetic.results import Normalized
from tests.inspection.unit_arithmetic.layers import CLOSE, ran


def test_norms_and_softmax_by_their_formulas() -> None:
    torch.manual_seed(4)
    norm = nn.BatchNorm2d(3)
    norm(torch.randn(8, 3, 4, 4) * 2 + 1)  # moves the running averages
    found = unit_arithmetic.unit_of_run(ran(norm, torch.randn(1, 3, 4, 4)), Unit(1, 2, 3))
    assert isinstance(found, Normalized)
    assert found.difference < CLOSE
    assert found.mean == norm.running_mean[1].item()
    tokens = torch.randn(1, 5, 6)  # a class token and four of a 2 x 2 grid
    found = unit_arithmetic.unit_of_run(ran(nn.LayerNorm(6), tokens), Unit(2, 1, 0))
    assert isinstance(found, Normalized)
    assert found.index == (0, 3, 2)
    assert found.inputs == pytest.approx(tokens[0, 3].numpy())
    assert found.difference < CLOSE
