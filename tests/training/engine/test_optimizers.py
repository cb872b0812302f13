import pytest
import torch
from torch import nn

from cnnviz.training.engine.optimizers import build_optimizer
from cnnviz.training.engine.settings import Settings


def step_from(weight: float, gradient: float, settings: Settings, times: int = 1) -> float:
    parameter = nn.Parameter(torch.tensor([weight]))
    chosen = build_optimizer(settings, [parameter])
    for _ in range(times):
        parameter.grad = torch.tensor([gradient])
        chosen.step()
    return parameter.item()


def test_sgd_steps_with_momentum_as_worked_out_by_hand() -> None:
    sgd = Settings(optimizer="sgd", learning_rate=0.1, weight_decay=0)
    # velocities 1, 1.9, 2.71: the weight falls by a tenth of their sum
    assert step_from(2.0, 1.0, sgd, times=3) == pytest.approx(2 - 0.561)


def test_sgds_weight_decay_is_an_l2_penalty() -> None:
    sgd = Settings(optimizer="sgd", learning_rate=0.1, weight_decay=0.5)
    assert step_from(2.0, 1.0, sgd) == pytest.approx(2 - 0.1 * (1 + 0.5 * 2))


def test_adamws_weight_decay_is_decoupled() -> None:
    adamw = Settings(optimizer="adamw", learning_rate=0.1, weight_decay=0.5)
    # the first step of Adam has the length of the learning rate whatever the gradient
    assert step_from(2.0, 7.0, adamw) == pytest.approx(2 * (1 - 0.1 * 0.5) - 0.1)


def test_adams_weight_decay_is_an_l2_penalty() -> None:
    adam = Settings(optimizer="adam", learning_rate=0.1, weight_decay=0.5)
    assert step_from(2.0, -0.5, adam) == pytest.approx(2 - 0.1)  # 0.5 * 2 outweighs -0.5
