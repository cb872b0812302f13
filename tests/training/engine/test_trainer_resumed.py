"""A trainer that goes on from a state: bit equal to one that never stopped."""

import json
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from cnnviz.data.mnist import Digits
from cnnviz.training.engine.events import EpochEvent, Event, IntervalEvent
from cnnviz.training.engine.settings import Settings
from tests.training.engine.trainers import assert_same, small, train_to, trainer

FewDigits = Callable[..., Digits]
FIELDS = ("step", "epoch", "loss", "accuracy", "learning_rate", "gradient_norms", "dead")


def through_json(position: dict[str, object]) -> dict[str, object]:
    return dict(json.loads(json.dumps(position)))


RESUMED = {
    "adamw": small(optimizer="adamw", channels_last=True, pool_first=True),
    "adam": small(optimizer="adam", weight_decay=0.1),
    "sgd": small(optimizer="sgd", learning_rate=0.05, channels_last=True, pool_first=True),
    "dropout": small(dropout=0.5, channels_last=True, pool_first=True),
    "augmentation": small(augmentation=1.0, channels_last=True),
    "both, one-cycle": small(
        **{"model": "mnist_fcn", "dropout": 0.2, "augmentation": 0.5},
        **{"schedule": "one-cycle", "channels_last": True, "pool_first": True},
    ),
    "bfloat16": small(precision="bfloat16", channels_last=True, pool_first=True),
    "lenet5": small(model="lenet5", channels_last=True),
    "detection": small(model="detr", augmentation=0.5, channels_last=True),
}


@pytest.mark.parametrize("settings", RESUMED.values(), ids=RESUMED)
def test_resuming_at_any_event_is_bit_equal_to_never_stopping(
    settings: Settings, few_digits: FewDigits
) -> None:
    digits = few_digits(40)
    straight = trainer(digits, settings)
    events, stops = [], [(straight.state(), straight.position())]
    for event in straight.events():
        events.append(event)
        stops.append((straight.state(), through_json(straight.position())))
    for so_far, (state, position) in enumerate(stops):
        torch.manual_seed(99)  # a fresh process has other random numbers
        resumed = trainer(digits, settings.replace(seed=77))
        resumed.settings = settings
        resumed.restore(state, position)
        rest = list(resumed.events())
        assert_same(straight, resumed)
        assert_same_course(events[so_far:], rest)


def assert_same_course(expected: list[Event], found: list[Event]) -> None:
    """The resumed trainer tells what the other told; only the clock differs.

    A `Step` is told after the state it belongs to may have been saved: it comes once at most.
    """
    courses = [
        [
            [getattr(event, name) for name in FIELDS]
            if isinstance(event, IntervalEvent)
            else (event.epoch, event.test_loss, event.confusion)
            for event in events
            if isinstance(event, IntervalEvent | EpochEvent)
        ]
        for events in (expected, found)
    ]
    assert courses[0] == courses[1]


def test_resuming_keeps_a_learning_rate_that_was_changed(few_digits: FewDigits) -> None:
    digits = few_digits(40)
    straight, resumed = trainer(digits, small()), trainer(digits, small())
    straight.learning_rate = 0.01
    events = train_to(2, straight)
    resumed.restore(straight.state(), through_json(straight.position()))
    list(events)
    list(resumed.events())
    assert_same(straight, resumed)


def test_restoring_goes_back_also_within_one_trainer(few_digits: FewDigits) -> None:
    training = trainer(few_digits(40), small())
    events = train_to(2, training)
    state, position = training.state(), training.position()
    list(events)
    expected = training.state()
    training.restore(state, position)
    list(training.events())
    assert [
        n for n, tensor in training.state().items() if not torch.equal(tensor, expected[n])
    ] == []


def test_training_on_does_not_change_a_state_taken_or_given(few_digits: FewDigits) -> None:
    training = trainer(few_digits(40), small())
    train_to(2, training)
    state, position = training.state(), training.position()
    copies = {name: tensor.clone() for name, tensor in state.items()}
    training.restore(state, position)
    list(training.events())
    assert all(torch.equal(state[name], copies[name]) for name in state)


def test_a_state_is_contiguous_and_on_the_cpu_so_that_a_file_can_hold_it(
    few_digits: FewDigits,
) -> None:
    training = trainer(few_digits(40), small(channels_last=True))
    list(training.events())
    state: dict[str, Tensor] = training.state()
    assert all(t.is_contiguous() and t.device.type == "cpu" for t in state.values())
    assert {name.split(".")[0] for name in state} == {"model", "optimizer"}


def test_the_state_of_another_architecture_is_refused(few_digits: FewDigits) -> None:
    digits = few_digits(40)
    other = trainer(digits, small(model="lenet5"))
    training = trainer(digits, small())
    with pytest.raises(ValueError, match="weights must match mnist_cnn, got no "):
        training.restore(other.state(), other.position())
