"""What the files of a run may hold: each is checked as it is read.

A folder that was written by another version, or edited by hand, becomes a sentence on the page.
"""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cnnviz.data.mnist import CLASSES
from cnnviz.system.jobs import JobError
from cnnviz.training.engine.settings import LIMITS

LIVE = ("queued", "running", "paused", "stopping")  # a trainer's lock proves these
ENDED = ("finished", "stopped", "interrupted", "failed", "diverged")
RESUMABLE = ("stopped", "interrupted", "failed", "diverged")

_BOX = 6  # numbers that describe a digit found


class RunError(JobError):
    """A run cannot be found, started or changed; the message says why."""


@dataclass(frozen=True)
class Status:
    """How far a run is.

    Attributes:
        state: one of `LIVE` or `ENDED`.
        step: batches learned from.
        total_steps: batches in the whole training; 0 before the digits are read.
        epoch: passes over the training digits, with the fraction.
        seconds: of training, pauses not counted.
        test_accuracy: after the last whole epoch, 0 to 1.
        best_accuracy: the highest of them.
        tested_on: the test digits in words.
        trained_on: the training digits in words.
        hardware: device, type of number and threads in words.
        learning_rate: its present base value.
        message: one sentence on why the run failed, else empty.
    """

    state: str
    step: int = 0
    total_steps: int = 0
    epoch: float = 0.0
    seconds: float = 0.0
    test_accuracy: float | None = None
    best_accuracy: float | None = None
    tested_on: str = ""
    trained_on: str = ""
    hardware: str = ""
    learning_rate: float | None = None
    message: str = ""

    def __post_init__(self) -> None:
        """Refuse what no trainer has written."""
        numbers = (self.step, self.total_steps, self.epoch, self.seconds)
        maybe = (self.test_accuracy, self.best_accuracy, self.learning_rate)
        texts = (self.tested_on, self.trained_on, self.hardware, self.message)
        if (
            self.state not in (*LIVE, *ENDED)
            or not all(map(_is_number, numbers))
            or not all(value is None or _is_number(value) for value in maybe)
            or not all(isinstance(text, str) for text in texts)
        ):
            raise ValueError("this is no status of a run")

    @property
    def live(self) -> bool:
        """Whether a trainer is behind this run."""
        return self.state in LIVE


@dataclass(frozen=True)
class Control:
    """What the user wants of a run.

    Attributes:
        want: "run", "pause" or "stop".
        single_steps: how many single steps have been asked for since the run was made.
        learning_rate: new base value; None keeps the settings' own.
    """

    want: str = "run"
    single_steps: int = 0
    learning_rate: float | None = None

    def __post_init__(self) -> None:
        """Refuse what no user can want."""
        if self.want not in ("run", "pause", "stop") or not isinstance(self.single_steps, int):
            raise ValueError("this is no wish")
        if self.learning_rate is not None:
            LIMITS["learning_rate"].check(self.learning_rate)


@dataclass(frozen=True)
class Preview:
    """What a network looks like while it learns.

    Attributes:
        step: batches learned from.
        kernel: height and width of the first layer's filters.
        filters: their weights, each a flat list.
        answers: the digit that the network takes each preview digit for.
        confidences: the probability of each answer.
        found: of a detector, for each preview canvas the digits found on it: digit, confidence,
            and left, top, right and bottom of its box as shares of the canvas.
    """

    step: int
    kernel: list[int]
    filters: list[list[float]]
    answers: list[int]
    confidences: list[float]
    found: list[list[list[float]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Refuse what no trainer has written."""
        values = [*self.kernel, *self.answers, *self.confidences, *itertools.chain(*self.filters)]
        boxes = list(itertools.chain(*self.found))
        if (
            not isinstance(self.step, int)
            or not all(map(_is_number, [*values, *itertools.chain(*boxes)]))
            or any(len(box) != _BOX for box in boxes)
            or len(self.kernel) != 2
            or any(len(f) != math.prod(self.kernel) for f in self.filters)
            or len(self.answers) != len(self.confidences)
        ):
            raise ValueError("this is no preview of a run")


_EVENTS: Mapping[str, tuple[str, ...]] = {
    "interval": ("loss", "accuracy", "images_per_second", "learning_rate"),
    "epoch": ("took", "test_loss", "test_accuracy"),
}


def check_event(row: Mapping[str, Any]) -> None:
    """Check a line of the log; numbers that were not finite are None, other kinds pass unread.

    Raises:
        ValueError: if no trainer has written it.
    """
    kind = str(row.get("kind"))
    if kind not in _EVENTS:
        return
    sure = [row.get(name) for name in ("step", "epoch", "seconds")]
    numbers = [row.get(name) for name in _EVENTS[kind]]
    if kind == "epoch":
        sure += [count for line in _matrix(row.get("confusion")) for count in line]
        numbers += _mapping(row.get("measures", {}))  # older runs have none
    else:
        for name in ("gradient_norms", "dead"):
            numbers += _mapping(row.get(name))
    if not all(map(_is_number, sure)) or not all(v is None or _is_number(v) for v in numbers):
        raise ValueError("this is no event of a run")


def _mapping(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else ["no mapping"]


def _matrix(value: Any) -> list[list[Any]]:
    if (
        not isinstance(value, list)
        or len(value) != CLASSES
        or not all(isinstance(line, list) and len(line) == CLASSES for line in value)
    ):
        raise ValueError("this is no confusion matrix")
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
