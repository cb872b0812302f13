import pytest
import torch
from torch import Tensor, nn

from cnnviz.models.catalog import CATALOG, Architecture
from cnnviz.models.copies import meta_copy, shared_copy
from cnnviz.models.hooks import recording
from cnnviz.models.layers import innermost_layers

ROWS = pytest.mark.parametrize("row", CATALOG.values(), ids=CATALOG)


def batch(row: Architecture) -> Tensor:
    return torch.randn(2, 1, row.input_size, row.input_size)


@ROWS
def test_a_twin_shares_weights_and_nothing_else(row: Architecture) -> None:
    model = row.build()
    other = shared_copy(model)
    assert [id(p) for p in other.parameters()] == [id(p) for p in model.parameters()]
    assert not set(map(id, other.modules())) & set(map(id, model.modules()))
    with recording(other, innermost_layers(other)) as outputs:
        model(batch(row))
    assert outputs == {}


def test_a_twin_on_the_meta_device_has_the_shapes_and_leaves_the_model_alone() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)).eval()
    shapes = meta_copy(model)
    assert {t.device.type for t in shapes.state_dict().values()} == {"meta"}
    assert {t.device.type for t in model.state_dict().values()} == {"cpu"}
    assert shapes(torch.zeros(1, 1, 5, 5, device="meta")).shape == (1, 2, 3, 3)


def test_a_weight_that_changes_changes_in_both() -> None:
    model = nn.Sequential(nn.Linear(1, 1, bias=False), nn.BatchNorm1d(1))
    other = shared_copy(model)
    with torch.no_grad():
        model[0].weight.fill_(3.0)
        model[1].running_mean.fill_(5.0)
    assert other[0].weight.item() == 3.0
    assert other[1].running_mean.item() == 5.0


def test_a_single_example_has_the_gradient_of_two_equal_ones() -> None:
    stem = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3)).eval()
    x, weight = torch.randn(1, 1, 5, 5), torch.randn(9, 3)

    def gradient(count: int) -> Tensor:
        model = shared_copy(stem)
        model.zero_grad()
        tokens = model(x.repeat(count, 1, 1, 1)).flatten(2).transpose(1, 2)  # (N, 9, 3)
        (tokens * weight).sum().backward()
        return model[0].weight.grad / count

    assert torch.allclose(gradient(1), gradient(2), atol=1e-6)
