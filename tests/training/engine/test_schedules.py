"""Learning-rate schedules against points worked out by hand and PyTorch's schedulers."""

import math

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, OneCycleLR

from cnnviz.training.engine.schedules import SCHEDULES
from cnnviz.training.engine.settings import Settings

STEPS = 10_000


def pytorchs(scheduler: type, **options: float) -> list[float]:
    """A PyTorch scheduler's learning rates over the whole training, the base being 1."""
    sgd = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = scheduler(sgd, **options)
    rates = []
    for _ in range(STEPS):
        rates.append(float(sgd.param_groups[0]["lr"]))
        sgd.step()
        if len(rates) < STEPS:
            schedule.step()
    return rates


def test_the_settings_accept_every_schedule_and_no_other() -> None:
    assert tuple(SCHEDULES) == ("constant", "cosine", "one-cycle")
    assert [Settings(schedule=name).schedule for name in SCHEDULES] == list(SCHEDULES)
    with pytest.raises(ValueError, match="schedule"):
        Settings(schedule="linear")


def test_constant_is_one_throughout() -> None:
    assert [SCHEDULES["constant"](p / 10) for p in range(11)] == [1] * 11


@pytest.mark.parametrize(
    ("progress", "factor"),
    [(0, 1), (1 / 3, 0.75), (0.5, 0.5), (2 / 3, 0.25), (1, 0)],
)
def test_cosine_passes_the_points_of_half_a_cosine(progress: float, factor: float) -> None:
    assert SCHEDULES["cosine"](progress) == pytest.approx(factor, abs=1e-12)


@pytest.mark.parametrize(
    ("progress", "factor"),
    [
        (0, 0.04),  # a twenty-fifth
        (0.15, 0.52),  # half way up: the mean of 0.04 and 1
        (0.3, 1),
        (0.65, 0.5),  # half way down
        (1, 0),
    ],
)
def test_one_cycle_passes_the_points_worked_out_by_hand(progress: float, factor: float) -> None:
    assert SCHEDULES["one-cycle"](progress) == pytest.approx(factor, abs=1e-12)


def test_cosine_is_pytorchs_cosine_annealing() -> None:
    expected = pytorchs(CosineAnnealingLR, T_max=STEPS)
    factors = [SCHEDULES["cosine"](step / STEPS) for step in range(STEPS)]
    assert factors == pytest.approx(expected, abs=1e-6)


def test_one_cycle_is_pytorchs_but_for_where_the_end_lies() -> None:
    expected = pytorchs(
        OneCycleLR,
        max_lr=1.0,
        total_steps=STEPS,
        pct_start=0.3,
        div_factor=25,
        final_div_factor=1e9,  # ours ends at 0
        cycle_momentum=False,
    )
    factors = [SCHEDULES["one-cycle"](step / STEPS) for step in range(STEPS)]
    # PyTorch reaches the end at the last step, ours one step after it: the slope is at most
    # pi / 2 / 0.3 a training, one step of which is
    assert factors == pytest.approx(expected, abs=math.pi / 2 / 0.3 / STEPS)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_stays_between_zero_and_one(name: str) -> None:
    assert all(0 <= SCHEDULES[name](step / 1000) <= 1 for step in range(1001))
