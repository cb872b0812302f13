"""The network and the digits that a training begins with."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.data.mnist import DataError, Digits, load_digits
from cnnviz.training.engine import setup
from cnnviz.training.engine.settings import Settings
from cnnviz.training.engine.trainer import Trainer

FewDigits = Callable[..., Digits]


def test_the_seed_alone_decides_the_initial_weights() -> None:
    states = []
    for seed, settings in ((1, Settings(seed=5)), (2, Settings(seed=5)), (2, Settings(seed=6))):
        torch.manual_seed(seed)
        states.append(setup.build_network(settings).state_dict())
    first, same, other = (state["conv1.weight"] for state in states)
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_dropout_reaches_the_network() -> None:
    network = setup.build_network(Settings(dropout=0.25))
    assert {m.p for m in network.modules() if isinstance(m, nn.Dropout)} == {0.25}


def test_the_embedded_test_digits_are_left_out_of_the_training_digits(
    few_digits: FewDigits, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded, few = load_digits("embedded"), few_digits(40)
    full = Digits(
        "full",
        np.concatenate([few.train_images, embedded.test_images[:7]]),
        np.concatenate([few.train_labels, embedded.test_labels[:7]]),
        few.test_images,
        few.test_labels,
    )
    monkeypatch.setattr(
        setup, "load_digits", lambda source: embedded if source == "embedded" else full
    )
    settings = Settings(source="full")
    assert len(setup.training_digits(settings).train_labels) == 47
    digits = setup.training_digits(settings.replace(spare_embedded_test=True))
    assert np.array_equal(digits.train_images, few.train_images)
    assert np.array_equal(digits.train_labels, few.train_labels)


def test_a_damaged_download_does_not_stop_the_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    embedded, asked = load_digits("embedded"), []

    def load(source: str = "auto") -> Digits:
        asked.append(source)
        if source != "embedded":
            raise DataError("train-images is damaged")
        return embedded

    monkeypatch.setattr(setup, "load_digits", load)
    setup.warm_up.cache_clear()
    setup.warm_up()
    assert set(asked) == {"embedded", "auto"}


def test_a_process_warms_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    trainers = []

    def build(*arguments: Any) -> Trainer:
        trainers.append(Trainer(*arguments))
        return trainers[-1]

    monkeypatch.setattr(setup, "Trainer", build)
    setup.warm_up.cache_clear()
    setup.warm_up()
    setup.warm_up()
    assert [trainer.step for trainer in trainers] == [2]
