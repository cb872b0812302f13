"""A training step and a forward pass, by hand."""

import pytest
import torch
from torch import nn

from cnnviz.benchmark.optimizations.workloads import Workload, inference, training_step


def test_the_batch_is_the_same_each_time_and_has_the_workloads_type() -> None:
    workload = Workload(nn.Identity(), (2, 3, 4), 5, torch.float64)
    assert workload.x.shape == (5, 2, 3, 4)
    assert workload.x.dtype == torch.float64
    assert torch.equal(workload.x, workload.x)


def test_a_trainable_copy_has_gradients_but_no_dropout() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(), nn.BatchNorm1d(2)).eval()
    model.requires_grad_(False)
    copy = Workload(model, (2,), 2).trainable_copy()
    assert [module.training for module in copy] == [True, False, True]
    assert all(p.requires_grad for p in copy.parameters())
    assert not any(p.requires_grad for p in model.parameters())


@pytest.mark.parametrize("parts", [1, 2])
def test_the_gradient_of_the_mean_square_by_hand(parts: int) -> None:
    layer = nn.Conv2d(1, 1, 1, bias=False)
    nn.init.constant_(layer.weight, 3.0)
    x = torch.tensor([1.0, 2.0]).reshape(2, 1, 1, 1)
    variant = training_step(layer, x, label="step", parts=parts)
    # d/dw mean((w x)^2) = 2 w mean(x^2) = 2 * 3 * (1 + 4) / 2
    assert variant.results()["weight"].item() == pytest.approx(15)
    assert variant.images == 2


def test_gradients_do_not_add_up_over_calls() -> None:
    layer = nn.Conv2d(1, 1, 1, bias=False)
    variant = training_step(layer, torch.ones(2, 1, 1, 1), label="step")
    first = variant.results()["weight"]
    assert torch.equal(variant.results()["weight"], first)


def test_a_forward_pass_returns_its_output_or_that_of_the_first_image() -> None:
    x = torch.arange(3.0).reshape(3, 1)
    double = nn.Linear(1, 1, bias=False)
    nn.init.constant_(double.weight, 2.0)
    assert inference(double, x, label="all").results()["output"].tolist() == [[0], [2], [4]]
    first = inference(double, x, label="first", first=True)
    assert first.results()["output"].tolist() == [[0]]
    assert first.images == 3
