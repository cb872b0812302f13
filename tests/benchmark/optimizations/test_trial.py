"""The trial of an optimization: what it leaves as it was, and what it compares."""

import pytest
import torch
from torch import nn

from cnnviz.benchmark.optimizations.catalog import OPTIMIZATIONS
from cnnviz.benchmark.optimizations.trial import _relative_difference, try_optimization
from cnnviz.benchmark.optimizations.workloads import Workload
from cnnviz.benchmark.timing.engines import input_shape, network
from cnnviz.benchmark.timing.protocol import Budget, CanceledError
from cnnviz.models.catalog import architecture

QUICK = Budget(calls=1, least=1, seconds=0, warm_calls=0, warm_seconds=0)


def test_the_network_is_as_before() -> None:
    model = network(architecture("resnet8"), published=False)
    before = {name: t.clone() for name, t in model.state_dict().items()}
    for key in OPTIMIZATIONS:
        try_optimization(key, Workload(model, (1, 28, 28), 8), model="resnet8", budget=QUICK)
    assert all(torch.equal(t, before[name]) for name, t in model.state_dict().items())
    assert not model.training
    assert not any(p.requires_grad or p.grad is not None for p in model.parameters())


def test_it_can_be_canceled() -> None:
    row = architecture("lenet5")
    workload = Workload(network(row, published=False), input_shape(row, published=False), 8)

    def tick(_: float) -> None:
        raise CanceledError

    with pytest.raises(CanceledError):
        try_optimization("batching", workload, model="lenet5", tick=tick)


def test_the_difference_is_relative_to_the_largest_result() -> None:
    first = {"a": torch.tensor([1.0, -4.0]), "b": torch.tensor([2.0])}
    second = {"a": torch.tensor([1.0, -3.0]), "b": torch.tensor([2.5])}
    assert _relative_difference(first, second) == 1 / 4
    zero = {"a": torch.zeros(2)}
    assert _relative_difference(zero, {"a": torch.tensor([0.0, 3.0])}) == 3
    with pytest.raises(ValueError, match="results of the same names, got a, b and a"):
        _relative_difference(first, zero)


def test_a_known_obstacle_keeps_it_from_being_tried() -> None:
    workload = Workload(nn.Identity(), (1, 4, 4), 8)
    effect = try_optimization("batching", workload, model="tiny", obstacle="Too large.")
    assert (effect.problem, effect.before, effect.after) == ("Too large.", None, None)
