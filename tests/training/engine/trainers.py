"""Small trainers on few digits, and what is compared of two of them."""

from collections.abc import Iterator

import torch

from cnnviz.data.mnist import Digits
from cnnviz.models.catalog import architecture
from cnnviz.training.engine.events import Event, IntervalEvent
from cnnviz.training.engine.settings import Settings
from cnnviz.training.engine.trainer import Trainer

PLAIN = {"device": "cpu", "precision": "float32", "pool_first": False, "channels_last": False}


def trainer(digits: Digits, settings: Settings, *, every: float = 0) -> Trainer:
    """A trainer of the settings' network, its weights drawn from their seed."""
    torch.manual_seed(settings.seed)
    row = architecture(settings.model)
    options = {"dropout": settings.dropout} if row.has_dropout else {}
    return Trainer(row.build(**options), digits, settings, measure_every=every)


def small(**changes: object) -> Settings:
    return Settings.from_dict({**PLAIN, "epochs": 2, "batch_size": 16, **changes})


def train_to(step: int, training: Trainer) -> Iterator[Event]:
    """Train up to a step, and return the events that are left."""
    events = training.events()
    while training.step < step:
        next(events)
    return events


def intervals(events: Iterator[Event]) -> list[IntervalEvent]:
    return [event for event in events if isinstance(event, IntervalEvent)]


def assert_same(first: Trainer, second: Trainer) -> None:
    one, other = first.state(), second.state()
    assert one.keys() == other.keys()
    assert [name for name in one if not torch.equal(one[name], other[name])] == []
