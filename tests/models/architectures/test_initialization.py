import math

import torch
from torch import nn

from cnnviz.models.architectures.initialization import (
    init_positions,
    initialize_narrow,
    xavier_linear,
)


class Tokens(nn.Module):
    """Layers and positions under the names that timm gives them."""

    def __init__(self) -> None:
        super().__init__()
        self.pos_embed = nn.Parameter(torch.zeros(1, 50, 64))
        self.cls_token = nn.Parameter(torch.zeros(1, 1, 64))
        self.attention_biases = nn.Parameter(torch.zeros(4, 49))
        self.proj = nn.Linear(64, 32)
        self.pos_proj = nn.Linear(3, 4)
        self.head = nn.Linear(64, 10)
        nn.init.constant_(self.proj.weight, 0.5)
        nn.init.constant_(self.pos_proj.weight, 0.5)
        nn.init.zeros_(self.head.weight)


def test_weights_are_uniform_within_glorots_bound() -> None:
    model = Tokens()
    xavier_linear(model)
    bound = math.sqrt(6 / (64 + 32))
    assert model.proj.weight.abs().max() <= bound
    assert abs(float(model.proj.weight.detach().std()) - bound / math.sqrt(3)) < 0.01


def test_layers_at_zero_and_layers_to_skip_stay_as_they_are() -> None:
    model = Tokens()
    xavier_linear(model, skip=("pos_proj",))
    assert not model.head.weight.any()
    assert (model.pos_proj.weight == 0.5).all()
    assert not (model.proj.weight == 0.5).any()


def test_positions_are_standard_normal_and_nothing_else_is_changed() -> None:
    model = Tokens()
    init_positions(model)
    for positions in (model.pos_embed, model.attention_biases):
        assert abs(float(positions.detach().mean())) < 0.3
        assert abs(float(positions.detach().std()) - 1) < 0.2
    assert not model.cls_token.any()
    assert (model.proj.weight == 0.5).all()


def test_a_narrow_model_gets_both() -> None:
    model = initialize_narrow(Tokens(), skip=("proj",))
    assert model.pos_embed.any()
    assert (model.proj.weight == 0.5).all()
    assert not (model.pos_proj.weight == 0.5).any()
