"""Records in the files of a run, checked when they are read.

A file that another version has written, or that was edited by hand, is an error with a message.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Annotated, Any, NotRequired, TypedDict

import msgspec
from msgspec import Meta

from cnnviz.data.mnist import CLASSES
from cnnviz.system.jobs import JobError
from cnnviz.training.engine.settings import LIMITS, Limit

LIVE = ("queued", "running", "paused", "stopping")  # states of a run whose trainer holds its lock
ENDED = ("finished", "stopped", "interrupted", "failed", "diverged")
RESUMABLE = ("stopped", "interrupted", "failed", "diverged")
CHECKPOINT_FILES = ("last.safetensors", "previous.safetensors")
PARKED = "parked"  # on disk: paused for so long that it has given up its process
UNKNOWN = "unknown"  # shown: whether the trainer of a live run is alive cannot be told
PACE = Limit("pace in steps a second", 0.0, 1_000.0)

# digit, confidence, and left, top, right and bottom of the box as shares of the canvas
_Detection = Annotated[list[int | float], Meta(min_length=6, max_length=6)]
_TEN = Meta(min_length=CLASSES, max_length=CLASSES)
_ConfusionRow = Annotated[list[int], _TEN]


class RunError(JobError):
    """A run cannot be found, read, started or changed; the message says why."""


class ParkedError(RunError):
    """A run is paused without a process, which would have to be started first."""


@dataclass(frozen=True)
class Status:
    """State of a run, and its latest numbers.

    Attributes:
        state: one of `LIVE` or `ENDED`; `PARKED` on disk; `UNKNOWN`, never on disk.
        step: batches trained on.
        total_steps: batches in the whole training; 0 before the digits are read.
        epoch: passes over the training digits, fractions included.
        seconds: of training, pauses not counted.
        test_accuracy: after the last complete epoch, 0 to 1, or the task's own measure.
        best_accuracy: the highest one after an epoch.
        tested_on: the test set in words.
        trained_on: the training set in words.
        hardware: device, number type and threads in words.
        learning_rate: present base value.
        augmentation: present strength; None where an older version trained.
        message: why the run failed, or its state is unknown, in a sentence; else empty.
        warning: what is incomplete although the run has not failed, in sentences; else empty.
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
    augmentation: float | None = None
    message: str = ""
    warning: str = ""

    def __post_init__(self) -> None:
        """Check the state."""
        states = (*LIVE, PARKED, UNKNOWN, *ENDED)
        if self.state not in states:
            raise ValueError(f"state must be one of {', '.join(states)}, got {self.state!r}")

    @property
    def live(self) -> bool:
        """Whether a trainer works on this run, or it waits for one."""
        return self.state in LIVE

    def shown(self) -> "Status":
        """Return the status to show, in which a parked run is paused."""
        return replace(self, state="paused") if self.state == PARKED else self


def remaining_seconds(statuses: Iterable[Status]) -> float | None:
    """Return the seconds of training that runs still need; None before the first step of one."""
    seconds = 0.0
    for status in statuses:
        if not status.step or not status.total_steps:
            return None
        seconds += status.seconds * (status.total_steps / status.step - 1)  # at the run's own speed
    return seconds


@dataclass(frozen=True)
class Control:
    """Requests of the user to the trainer of a run.

    Attributes:
        want: "run", "pause" or "stop".
        single_steps: single steps requested since the run was created.
        learning_rate: new base value; None keeps that of the settings.
        augmentation: new strength; None keeps that of the settings.
        pace: most steps a second, to watch them one by one; 0 for full speed.
    """

    want: str = "run"
    single_steps: int = 0
    learning_rate: float | None = None
    augmentation: float | None = None
    pace: float = 0.0

    def __post_init__(self) -> None:
        """Check the command and the numbers."""
        if self.want not in ("run", "pause", "stop"):
            raise ValueError(f"want must be run, pause or stop, got {self.want!r}")
        for name, value in self.changes().items():
            LIMITS[name].check(value)
        PACE.check(self.pace)

    def updated(
        self,
        want: str | None = None,
        *,
        single_step: bool = False,
        learning_rate: float | None = None,
        augmentation: float | None = None,
        pace: float | None = None,
    ) -> "Control":
        """Return these requests with newer ones.

        Args:
            want: "run", "pause" or "stop"; None keeps the present one.
            single_step: whether to pause after one more step.
            learning_rate: new base value; None keeps the present one.
            augmentation: new strength; None keeps the present one.
            pace: most steps a second, 0 for full speed; None keeps the present one.

        Raises:
            ValueError: if a number is out of its range.
        """
        numbers = {"learning_rate": learning_rate, "augmentation": augmentation, "pace": pace}
        return replace(
            self,
            want="pause" if single_step else want or self.want,
            single_steps=self.single_steps + single_step,
            **{name: number for name, number in numbers.items() if number is not None},
        )

    def changes(self) -> dict[str, float]:
        """Return the requested values of settings that may change during the training."""
        values = {"learning_rate": self.learning_rate, "augmentation": self.augmentation}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True)
class Preview:
    """Filters and predictions of a network during its training.

    Attributes:
        step: batches trained on.
        kernel: height and width of the first layer's filters.
        filters: weights of each filter, as a flat list of height x width.
        answers: predicted class of each preview digit.
        confidences: its probability, 0 to 1.
        found: detections of a detector on each preview canvas: digit, confidence, and left, top,
            right and bottom of the box as shares of the canvas.
        indices: of the preview digits in the test set; empty in a run from before they were
            recorded, whose digits are the first two of each class.
    """

    step: int
    kernel: Annotated[list[int], Meta(min_length=2, max_length=2)]
    filters: list[list[float]]
    answers: list[int]
    confidences: list[float]
    found: list[list[_Detection]] = field(default_factory=list)
    indices: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Check that the lengths of the lists agree."""
        if any(len(weights) != math.prod(self.kernel) for weights in self.filters):
            sizes = sorted({len(weights) for weights in self.filters})
            raise ValueError(f"filters must have {math.prod(self.kernel)} weights, got {sizes}")
        if len(self.answers) != len(self.confidences):
            raise ValueError(
                f"confidences must be as many as answers, {len(self.answers)}, "
                f"got {len(self.confidences)}"
            )
        if self.indices and len(self.indices) != len(self.answers):
            raise ValueError(
                f"indices must be as many as answers, {len(self.answers)}, got {len(self.indices)}"
            )


class _Row(TypedDict):
    """Fields of every line of the log."""

    step: int
    epoch: float
    seconds: float


class IntervalRow(_Row):
    """Line of the log for an interval; numbers that were not finite are None."""

    loss: NotRequired[float | None]
    accuracy: NotRequired[float | None]
    images_per_second: NotRequired[float | None]
    learning_rate: NotRequired[float | None]
    gradient_norms: dict[str, float | None]
    dead: dict[str, float | None]


class EpochRow(_Row):
    """Line of the log for an epoch; numbers that were not finite are None."""

    took: NotRequired[float | None]
    test_loss: NotRequired[float | None]
    test_accuracy: NotRequired[float | None]
    confusion: Annotated[list[_ConfusionRow], _TEN]
    measures: NotRequired[dict[str, float | None]]  # older runs have none


class ChangeRow(_Row):
    """Line of the log for settings changed between two steps: their new values."""

    learning_rate: NotRequired[float]
    augmentation: NotRequired[float]


_ROWS: Mapping[str, type[_Row]] = MappingProxyType(
    {"interval": IntervalRow, "epoch": EpochRow, "change": ChangeRow}
)


def check_event(row: Mapping[str, Any]) -> None:
    """Check a line of the log; kinds that this version does not know pass unchecked.

    Raises:
        ValueError: if a value is missing or of another type; the message names it.
    """
    if kind := _ROWS.get(str(row.get("kind"))):
        try:
            msgspec.convert(row, kind)
        except msgspec.ValidationError as error:
            raise ValueError(f"invalid {row['kind']} event: {error}") from error
