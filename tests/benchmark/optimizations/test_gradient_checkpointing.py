"""Blocks that are computed a second time: where they are, and that gradients stay the same."""

import pytest
import torch
from torch import nn

from cnnviz.benchmark.optimizations.gradient_checkpointing import checkpoint_blocks
from cnnviz.models.catalog import architecture


@pytest.mark.parametrize(
    ("key", "published", "blocks"),
    [
        ("mnist_cnn", False, 1),  # one chain
        ("resnet18", True, 8),
        ("vit", True, 12 + 1),  # the patches' embedding
        ("googlenet", True, 9 + 3),  # convolutions with a batch norm of their own
    ],
)
def test_blocks_are_found_wherever_they_are(key: str, published: bool, blocks: int) -> None:
    row = architecture(key)
    model = row.published.build() if published and row.published else row.build()
    assert checkpoint_blocks(model) == blocks


def test_a_checkpointed_network_has_the_same_gradients() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 1))
    x = torch.randn(5, 3)
    model(x).sum().backward()
    expected = [p.grad.clone() for p in model.parameters() if p.grad is not None]
    model.zero_grad()
    assert checkpoint_blocks(model) == 1
    model(x).sum().backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    assert len(gradients) == len(expected) == 6
    for gradient, before in zip(gradients, expected, strict=True):
        torch.testing.assert_close(gradient, before)


def test_a_network_without_blocks_is_left_as_it_was() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    assert checkpoint_blocks(model) == 0
    assert "forward" not in vars(model)
