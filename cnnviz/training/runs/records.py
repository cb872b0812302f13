"""What the files of a run may hold: each is checked as it is read.

A folder that was written by another version, or edited by hand, becomes a sentence on the page.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any, NotRequired, TypedDict

import msgspec
from msgspec import Meta

from cnnviz.data.mnist import CLASSES
from cnnviz.system.jobs import JobError
from cnnviz.training.engine.settings import LIMITS

LIVE = ("queued", "running", "paused", "stopping")  # a trainer's lock proves these
ENDED = ("finished", "stopped", "interrupted", "failed", "diverged")
RESUMABLE = ("stopped", "interrupted", "failed", "diverged")

# digit, confidence, and left, top, right and bottom of its box as shares of the canvas
_Detection = Annotated[list[int | float], Meta(min_length=6, max_length=6)]
_TEN = Meta(min_length=CLASSES, max_length=CLASSES)
_ConfusionRow = Annotated[list[int], _TEN]


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
        """Check the state."""
        if self.state not in (*LIVE, *ENDED):
            raise ValueError(
                f"state must be one of {', '.join((*LIVE, *ENDED))}, got {self.state!r}"
            )

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
        """Check the command and the learning rate."""
        if self.want not in ("run", "pause", "stop"):
            raise ValueError(f"want must be run, pause or stop, got {self.want!r}")
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
    kernel: Annotated[list[int], Meta(min_length=2, max_length=2)]
    filters: list[list[float]]
    answers: list[int]
    confidences: list[float]
    found: list[list[_Detection]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Check that the lengths of the lists agree."""
        if any(len(weights) != math.prod(self.kernel) for weights in self.filters):
            raise ValueError(f"each filter must have {math.prod(self.kernel)} weights")
        if len(self.answers) != len(self.confidences):
            raise ValueError("there must be one confidence for each answer")


class _Row(TypedDict):
    """What every line of the log has."""

    step: int
    epoch: float
    seconds: float


class IntervalRow(_Row):
    """A line of the log after an interval; a number that was not finite is None."""

    loss: NotRequired[float | None]
    accuracy: NotRequired[float | None]
    images_per_second: NotRequired[float | None]
    learning_rate: NotRequired[float | None]
    gradient_norms: dict[str, float | None]
    dead: dict[str, float | None]


class EpochRow(_Row):
    """A line of the log after an epoch; a number that was not finite is None."""

    took: NotRequired[float | None]
    test_loss: NotRequired[float | None]
    test_accuracy: NotRequired[float | None]
    confusion: Annotated[list[_ConfusionRow], _TEN]
    measures: NotRequired[dict[str, float | None]]  # older runs have none


_ROWS: Mapping[str, type[_Row]] = MappingProxyType({"interval": IntervalRow, "epoch": EpochRow})


def check_event(row: Mapping[str, Any]) -> None:
    """Check a line of the log; kinds that this version does not know pass unread.

    Raises:
        ValueError: if a value is missing or has another type, naming it.
    """
    if kind := _ROWS.get(str(row.get("kind"))):
        try:
            msgspec.convert(row, kind)
        except msgspec.ValidationError as error:
            raise ValueError(f"invalid {row['kind']} event: {error}") from error
