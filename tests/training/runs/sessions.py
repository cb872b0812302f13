"""A training session in this process, and what it has left on disk."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cnnviz.training.engine.events import Event, StepEvent
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import checkpoint
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.session import Session
from cnnviz.training.runs.store import Run
from tests.on_disk import make_run

Observer = Callable[[Event], None]
SMALL = {"model": "lenet5", "epochs": 3, "batch_size": 16, "source": "embedded", "device": "cpu"}
STEPS = 21  # 3 passes of 7 batches
RATE = Settings().learning_rate


class FreeSlot:
    """A slot that is always free, and records its calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def try_acquire(self) -> bool:
        self.calls.append("acquire")
        return True

    def release(self) -> None:
        self.calls.append("release")


def made(**changes: object) -> Run:
    return make_run(Settings.from_dict({**SMALL, **changes}), state="queued")


def train(run: Run, observe: Observer | None = None, slot: FreeSlot | None = None) -> Status:
    return Session(run, slot or FreeSlot(), observe).train()


def act_at(step: int, act: Callable[[], None]) -> Observer:
    """An observer that acts once a step is over."""
    return lambda event: act() if event == StepEvent(step) else None


def state_of(run: Run) -> tuple[dict[str, Tensor], dict[str, Any]]:
    return checkpoint.load_checkpoint(run.path / checkpoint.LAST)


def stored_events(run: Run) -> list[dict[str, Any]]:
    """The events of the newest checkpoint, whose metadata tells how long their file is."""
    size = state_of(run)[1]["events"]["bytes"]
    content = (run.path / "history.jsonl").read_bytes()[:size]
    return [json.loads(line) for line in content.splitlines()]


def assert_same_network(one: Run, other: Run) -> None:
    """Weights and optimizer are equal bit by bit, also in the file to take away."""
    (first, place), (second, other_place) = state_of(one), state_of(other)
    assert place["position"]["step"] == other_place["position"]["step"]
    assert first.keys() == second.keys()
    assert [name for name in first if not torch.equal(first[name], second[name])] == []
    weights = [
        checkpoint.load_checkpoint(run.path / "weights.safetensors")[0] for run in (one, other)
    ]
    for name, weight in weights[0].items():
        assert torch.equal(weight, weights[1][name])
        assert torch.equal(weight, first[f"model.{name}"])


def course(run: Run) -> list[tuple[object, ...]]:
    """What the log says of each event, but for the clock."""
    names = ("kind", "step", "loss", "accuracy", "learning_rate", "epoch", "test_loss", "confusion")
    return [tuple(row.get(name) for name in names) for row in run.log.read()[0]]


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
