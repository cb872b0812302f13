"""Few digits for a session, and an interval for every step."""

import functools
from collections.abc import Callable

import pytest

from cnnviz.data.mnist import Digits
from cnnviz.training.engine import setup
from cnnviz.training.engine.trainer import Trainer
from cnnviz.training.runs import session

FewDigits = Callable[..., Digits]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, few_digits: FewDigits) -> None:
    """A hundred digits, and an interval for every step."""
    digits = few_digits(100, 40)
    monkeypatch.setattr(setup, "training_digits", lambda *_: digits)
    monkeypatch.setattr(session, "Trainer", functools.partial(Trainer, measure_every=0))
