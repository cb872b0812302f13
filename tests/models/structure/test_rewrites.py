from collections import OrderedDict

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnviz.models.catalog import CATALOG, Architecture, of_task
from cnnviz.models.structure.rewrites import pool_first

every_row = pytest.mark.parametrize("row", CATALOG.values(), ids=CATALOG)


def scores_and_gradients(
    forward: nn.Module, owner: nn.Module, x: Tensor
) -> tuple[Tensor, list[Tensor]]:
    owner.zero_grad(set_to_none=True)
    scores = forward(x)
    F.cross_entropy(scores, torch.arange(len(x)) % 10).backward()
    return scores.detach(), [p.grad.clone() for p in owner.parameters() if p.grad is not None]


@pytest.mark.parametrize("row", of_task("classify").values(), ids=of_task("classify"))
def test_pooling_first_gives_the_same_outputs_and_gradients(row: Architecture) -> None:
    torch.manual_seed(0)
    model = row.build()
    x = torch.randn(20, 1, row.input_size, row.input_size)
    before, gradients = scores_and_gradients(model, model, x)
    after, pooled = scores_and_gradients(pool_first(model), model, x)
    assert torch.equal(before, after)
    assert len(gradients) == len(list(model.parameters()))
    for first, second in zip(gradients, pooled, strict=True):
        assert torch.allclose(first, second, rtol=1e-4, atol=1e-7)


@every_row
def test_pooling_first_shares_the_weights_and_their_names(row: Architecture) -> None:
    model = row.build()
    shared = dict(pool_first(model).named_parameters())
    assert shared.keys() == dict(model.named_parameters()).keys()
    assert all(shared[name] is parameter for name, parameter in model.named_parameters())


def test_the_model_itself_keeps_its_order() -> None:
    model = CATALOG["mnist_cnn"].build()
    before = [name for name, _ in model.named_children()]
    pool_first(model)
    assert [name for name, _ in model.named_children()] == before


def test_pools_change_places_with_the_relu_before_them_and_nothing_else_moves() -> None:
    model = nn.Sequential(
        OrderedDict(conv=nn.Conv2d(1, 2, 3), relu=nn.ReLU(), pool=nn.MaxPool2d(2), tanh=nn.Tanh())
    )
    assert [n for n, _ in pool_first(model).named_children()] == ["conv", "pool", "relu", "tanh"]


def test_average_pooling_stays_since_it_is_not_the_same_function() -> None:
    model = nn.Sequential(nn.ReLU(), nn.AvgPool2d(2))
    x = torch.tensor([[[[-1.0, 1.0], [1.0, 1.0]]]])
    assert pool_first(model)(x).item() == 0.75


def test_a_layer_used_twice_is_used_twice() -> None:
    relu, half = nn.ReLU(), nn.Conv2d(1, 1, 1, bias=False)
    nn.init.constant_(half.weight, -0.5)
    model = nn.Sequential(half, relu, nn.MaxPool2d(2), half, relu)
    x = torch.full((1, 1, 2, 2), -4.0)
    # -4 -> 2 -> relu 2 -> pool 2 -> -1 -> relu 0
    assert pool_first(model)(x).item() == model(x).item() == 0


def test_a_model_that_is_no_sequence_comes_back_as_it_is() -> None:
    model = nn.ModuleList([nn.ReLU()])
    assert pool_first(model) is model
