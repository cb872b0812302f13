"""Gradient norms and dead channels in the events of trainers whose weights are set by hand."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.data.mnist import Digits
from cnnviz.training.engine.trainer import Trainer
from tests.training.engine.trainers import intervals, small

FewDigits = Callable[..., Digits]


def test_gradient_norms_are_those_worked_out_by_hand(few_digits: FewDigits) -> None:
    digits = few_digits(16)
    layer = nn.Linear(784, 10)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    trainer = Trainer(nn.Sequential(nn.Flatten(), layer), digits, small(epochs=1), measure_every=0)
    [event] = intervals(trainer.events())
    # with all scores at 0 each class has a tenth: the gradient is (1/10 - truth) x^T / N
    x = (digits.train_images.reshape(16, 784) / 255 - 0.1307) / 0.3081
    error = np.full((16, 10), 0.1) - np.eye(10)[digits.train_labels]
    assert event.gradient_norms == {"1": pytest.approx(np.linalg.norm(error.T @ x / 16), rel=1e-5)}


@pytest.mark.parametrize("pool_first", [False, True])
def test_dead_channels_are_counted_on_weights_set_by_hand(
    pool_first: bool, few_digits: FewDigits
) -> None:
    conv = nn.Conv2d(1, 4, 1)
    nn.init.zeros_(conv.weight)
    conv.bias.data = torch.tensor([1.0, 0.0, -0.1, -2.0])  # three of four never fire
    hidden = nn.Linear(4 * 14 * 14, 8)
    nn.init.zeros_(hidden.weight)
    hidden.bias.data = torch.tensor([1.0] * 6 + [-1.0] * 2)  # two of eight
    model = nn.Sequential(
        *(conv, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(hidden, nn.ReLU(), nn.Linear(8, 10)),
    )
    settings = small(pool_first=pool_first, epochs=1)
    trainer = Trainer(model, few_digits(16), settings, measure_every=0)
    [event] = intervals(trainer.events())
    assert event.dead == {"1": 0.75, "5": 0.25}


def test_dead_channels_of_tokens_are_counted_along_their_last_dimension(
    few_digits: FewDigits,
) -> None:
    layer = nn.Linear(28, 4)
    nn.init.zeros_(layer.weight)
    layer.bias.data = torch.tensor([1.0, 0.0, -0.1, -2.0])  # three of four never fire
    rows = nn.Flatten(1, 2)  # of the digit, as tokens (N, 28, 28)
    model = nn.Sequential(rows, layer, nn.ReLU(), nn.Flatten(), nn.Linear(4 * 28, 10))
    trainer = Trainer(model, few_digits(16), small(epochs=1), measure_every=0)
    [event] = intervals(trainer.events())
    assert event.dead == {"2": 0.75}
