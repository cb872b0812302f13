"""Training runs on disk: a folder is the truth, a held file lock is the proof of life.

    runs/<id>/config.json        settings and what the run was made with; never changes
              label.json         the user's name for it
              status.json        how far it is, written by the trainer
              control.json       what the user wants, read by the trainer
              metrics.jsonl      one line per event, appended
              preview.json       first-layer filters and answers to a few test digits, now
              last.safetensors, previous.safetensors   to go on from, history inside
              weights.safetensors                      the network as of the last checkpoint
              lock               held by the trainer as long as it lives
              launch.lock        held by whoever is starting a trainer

Neither PyTorch nor Streamlit is imported here.
"""

import dataclasses
import functools
import json
import math
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout

from cnnviz import files
from cnnviz.catalogue import architecture
from cnnviz.settings import LIMITS, PRESETS, Settings

LIVE = ("queued", "running", "paused", "stopping")  # a trainer's lock proves these
ENDED = ("finished", "stopped", "interrupted", "failed", "diverged")
RESUMABLE = ("stopped", "interrupted", "failed", "diverged")

_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")
_LABEL_LENGTH = 60
_Record = TypeVar("_Record")


class RunError(ValueError):
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
class Run:
    """One training run, by its folder."""

    path: Path

    @property
    def id(self) -> str:
        """The generated name of the run's folder."""
        return self.path.name

    def config(self) -> dict[str, Any]:
        """Return what the run was made with."""
        return _read_record(self.path / "config.json", dict)

    def settings(self) -> Settings:
        """Return the run's settings."""
        return Settings.from_dict(self.config()["settings"])

    def title(self) -> str:
        """Return the user's name for the run, or its architecture and preset."""
        label = self.label()
        if label:
            return label
        config = self.config()
        name = architecture(config["settings"]["model"]).title
        preset = PRESETS.get(config["preset"])
        return f"{name} · {preset.title if preset else 'own settings'}"

    def label(self) -> str:
        """Return the user's name for the run; empty if it has none."""
        try:
            return str(_read_json(self.path / "label.json"))
        except RunError:
            return ""

    def rename(self, label: str) -> None:
        """Give the run a name of at most 60 printable characters; an empty one takes it away."""
        text = "".join(c for c in label if c.isprintable()).strip()[:_LABEL_LENGTH]
        files.write_json(self.path / "label.json", text)

    def readable(self) -> bool:
        """Tell whether what the run was made with is whole, and not of another version."""
        try:
            found = (self.path / "config.json").stat()
        except OSError:
            return False
        return _readable(self, (found.st_mtime_ns, found.st_size))

    def alive(self) -> bool:
        """Tell whether a trainer holds this run's lock, or one is being started."""
        return self.locked() or _held(self.path / "launch.lock")

    def locked(self) -> bool:
        """Tell whether a trainer holds this run's lock."""
        return _held(self.path / "lock")

    def status(self) -> Status:
        """Return the run's status; a live one whose trainer is gone becomes interrupted."""
        status = self.recorded_status()
        if not status.live:
            return status
        if self.alive():
            return self._as_wanted(status)
        interrupted = dataclasses.replace(status, state="interrupted")
        if not self.path.exists():  # deleted meanwhile: a lock would make the folder anew
            return interrupted
        try:
            with FileLock(self.path / "lock", timeout=0):
                status = self.recorded_status()
                if not status.live or _held(self.path / "launch.lock"):
                    return status
                interrupted = dataclasses.replace(status, state="interrupted")
                self.write_status(interrupted)
        except Timeout:
            return self.recorded_status()
        except OSError:  # a full disk: as true unwritten
            return interrupted
        return interrupted

    def write_status(self, status: Status) -> None:
        """Replace the status; only the holder of the lock does this."""
        files.write_json(self.path / "status.json", dataclasses.asdict(status))

    def control(self) -> Control:
        """Return what the user wants of the run."""
        try:
            return _read_record(self.path / "control.json", Control)
        except RunError:
            return Control()

    def request(
        self,
        want: str | None = None,
        *,
        single_step: bool = False,
        learning_rate: float | None = None,
    ) -> None:
        """Ask the trainer for something.

        Args:
            want: "run", "pause" or "stop"; None leaves it.
            single_step: pause, and take one step more.
            learning_rate: new base value; None leaves it.

        Raises:
            ValueError: if the learning rate is out of its range.
            RunError: if the run has been deleted.
            OSError: if the disk refuses.
        """
        if not self.path.exists():  # a lock would make the folder anew
            raise RunError("there is no such run: it may have been deleted")
        with FileLock(self.path / "control.lock"):
            old = self.control()
            if learning_rate is not None:
                self.settings().replace(learning_rate=learning_rate)
            new = Control(
                want="pause" if single_step else want or old.want,
                single_steps=old.single_steps + single_step,
                learning_rate=old.learning_rate if learning_rate is None else learning_rate,
            )
            files.write_json(self.path / "control.json", dataclasses.asdict(new))

    def metrics(self, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
        """Return the events from a byte offset on, and the offset to read on from.

        A last line that is still being written is left for the next call. An offset beyond the
        end means that the log was rewritten: it is then read from its start.

        Raises:
            RunError: if a line cannot be read.
        """
        lines, start = self.lines(offset)
        return self.events(lines), start + sum(map(len, lines))

    def lines(self, offset: int = 0) -> tuple[list[bytes], int]:
        """Return the log's whole lines from a byte offset on, and where they really start."""
        path = self.path / "metrics.jsonl"
        if not path.exists():
            return [], 0
        with files.patiently(lambda: path.open("rb")) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(offset if offset <= size else 0)
            start, content = file.tell(), file.read()
        return content[: content.rfind(b"\n") + 1].splitlines(keepends=True), start

    def events(self, lines: list[bytes]) -> list[dict[str, Any]]:
        """Return lines of the log as events.

        Raises:
            RunError: if one of them cannot be read.
        """
        try:
            return [dict(json.loads(line)) for line in lines]
        except (ValueError, TypeError) as error:
            raise RunError(
                f"the log of run {self.id} is damaged: go on with the run, which mends it from "
                "its checkpoint, or delete it"
            ) from error

    def log_identity(self) -> int:
        """Return a number that changes when the log is rewritten, which a resumed run does."""
        try:
            return (self.path / "metrics.jsonl").stat().st_ino
        except FileNotFoundError:
            return 0

    def preview(self) -> dict[str, Any] | None:
        """Return the latest first-layer filters and answers, if there are any."""
        try:
            return _read_record(self.path / "preview.json", dict)
        except RunError:
            return None

    def delete(self) -> None:
        """Move the run to the trash.

        Raises:
            RunError: if it is still training.
        """
        if self.status().live:
            raise RunError(f"{self.title()} is still training: stop it first")
        trash = self.path.parent / ".trash"
        trash.mkdir(exist_ok=True)
        shutil.move(self.path, trash / self.id)

    @contextmanager
    def launching(self) -> Iterator[None]:
        """Hold the launch lock, so that only one trainer is started.

        Raises:
            RunError: if another trainer is being started or is at work.
        """
        try:
            with FileLock(self.path / "launch.lock", timeout=0):
                # a page that has just looked whether the trainer lives holds it for a moment
                if _held(self.path / "lock", patience=0.5):
                    raise RunError(f"{self.title()} is already training")
                yield
        except Timeout:
            raise RunError(f"{self.title()} is already being started") from None

    def recorded_status(self) -> Status:
        """Return the status as it was last written, whether its trainer lives or not."""
        if not (self.path / "status.json").exists():
            return Status(state="queued")
        try:
            return _read_record(self.path / "status.json", Status)
        except RunError as error:
            return Status(state="failed", message=f"{error}.")

    def _as_wanted(self, status: Status) -> Status:
        """Show a stop that the trainer has not carried out yet."""
        if self.control().want == "stop":
            return dataclasses.replace(status, state="stopping")
        return status


def runs_dir() -> Path:
    """Return the folder that holds the runs; `CNNVIZ_RUNS_DIR` names it, else `runs/`."""
    return Path(os.environ.get("CNNVIZ_RUNS_DIR", "runs")).resolve()


def runs() -> list[Run]:
    """Return all runs that this version can read, newest first."""
    if not runs_dir().exists():
        return []
    folders = [p for p in runs_dir().iterdir() if _ID.fullmatch(p.name)]
    found = [Run(p) for p in sorted(folders, reverse=True) if (p / "status.json").exists()]
    return [run for run in found if run.readable()]


def run(key: str) -> Run:
    """Return the run of that id.

    Raises:
        RunError: if there is none; anything but a generated id is refused unread.
    """
    path = runs_dir() / key if _ID.fullmatch(key) else None
    if path is None or path.is_symlink() or not (path / "status.json").exists():
        raise RunError("there is no such run: it may have been deleted")
    if not Run(path).readable():
        raise RunError(f"run {key} was made by another version of cnnviz, or is damaged")
    return Run(path)


def create(settings: Settings, *, preset: str = "", versions: dict[str, str]) -> Run:
    """Make the folder of a new run; `runs` lists it once it has a status.

    Args:
        settings: what to train and how; a source of "auto" should be settled by now.
        preset: key of the preset they come from, if any.
        versions: of the packages that matter, for the record.

    Raises:
        OSError: if the folder cannot be written.
    """
    key = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
    path = runs_dir() / key
    path.mkdir(parents=True)
    config = {"settings": settings.to_dict(), "preset": preset, "versions": versions}
    config["created"] = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    files.write_json(path / "config.json", config)
    return Run(path)


def stamp(path: Path) -> tuple[int, int]:
    """Return numbers that change whenever the file is replaced; zeros if there is none.

    The time alone would miss the second of two changes within one tick of the clock.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_ino, found.st_mtime_ns


def _held(path: Path, *, patience: float = 0.0) -> bool:
    """Tell whether some process holds the lock of that path, and for so many seconds."""
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=patience, poll_interval=0.01):
            return False
    except Timeout:
        return True


@functools.lru_cache(maxsize=4096)
def _readable(run: Run, stamp: tuple[int, int]) -> bool:
    del stamp  # of the file: another one is another file
    try:
        run.settings()
        config = run.config()
        return isinstance(config["preset"], str) and isinstance(config["created"], str)
    except (ValueError, KeyError, TypeError):
        return False


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _read_record(path: Path, kind: Callable[..., _Record]) -> _Record:
    """Return a JSON object as a dataclass or a dictionary."""
    try:
        return kind(**_read_json(path))
    except (TypeError, ValueError) as error:  # no object, or fields of another version
        raise RunError(f"{path.name} of run {path.parent.name} cannot be read") from error


def _read_json(path: Path) -> Any:
    try:
        return json.loads(files.patiently(path.read_bytes))
    except (OSError, ValueError) as error:
        raise RunError(f"{path.name} of run {path.parent.name} cannot be read") from error
