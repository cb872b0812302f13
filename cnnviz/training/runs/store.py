"""Training runs on disk: one folder each, and a lock that its trainer holds.

    runs/<id>/config.json        settings and versions of packages; never changes
              label.json         name given by the user
              status.json        state and latest numbers, written by the trainer
              control.json       requests of the user, read by the trainer
              metrics.jsonl      one line per event, appended by the trainer
              preview.json       latest first-layer filters and predictions for a few test digits
              history.jsonl      the events up to the last checkpoint
              last.safetensors, previous.safetensors   checkpoints, with the digest of their history
              weights.safetensors                      weights as of the last checkpoint
              start.safetensors                        first weights, if from another run
              moments/<step>.safetensors               snapshots of the weights after some steps
              log.txt            output of the trainer
              lock               held by the trainer while it runs
              launch.lock        held while a trainer is started

Neither PyTorch nor Streamlit is imported here.
"""

import dataclasses
import json
import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from filelock import Timeout

from cnnviz.models.catalog import architecture
from cnnviz.system import files, jobs
from cnnviz.system.jobs import Job, JobError
from cnnviz.system.locks import held, lock_in_folder, probe
from cnnviz.system.paths import runs_dir
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs.event_log import EventLog
from cnnviz.training.runs.folder_lock import runs_lock
from cnnviz.training.runs.origin import Parent, Upload
from cnnviz.training.runs.records import (
    PARKED,
    UNKNOWN,
    Control,
    ParkedError,
    Preview,
    RunError,
    Status,
)
from cnnviz.training.runs.titles import title_of_settings

_LABEL_LENGTH = 60
_UNKNOWN_TEXT = (
    "Cannot tell whether this run is training: its lock belongs to another user, or the folder of "
    "runs is on a network file system without locks."
)


@dataclass(frozen=True)
class Run(Job):
    """A training run, by its folder."""

    noun: ClassVar[str] = "run"
    error: ClassVar[type[JobError]] = RunError
    record_file: ClassVar[str] = "config.json"

    @property
    def weights(self) -> Path:
        """File with the weights as of the last checkpoint, which need not exist yet."""
        return self.path / "weights.safetensors"

    @property
    def log(self) -> EventLog:
        """The run's event log."""
        return EventLog(self.path)

    def settings(self) -> Settings:
        """Return the run's settings."""
        return Settings.from_dict(self.config()["settings"])

    def parent(self) -> Parent | None:
        """Return the snapshot that the run continues; None if it began with random weights."""
        return msgspec.convert(self.config().get("parent"), Parent | None)

    def upload(self) -> Upload | None:
        """Return the file that the weights were uploaded from; None if they were trained here."""
        return msgspec.convert(self.config().get("upload"), Upload | None)

    def title(self) -> str:
        """Return the label of the run, or its architecture and what differs from a preset."""
        if label := self.label():
            return label
        if upload := self.upload():
            return f"{architecture(self.settings().model).title} · {upload.file}"
        config = self.config()  # read once: a list has many titles
        title = title_of_settings(Settings.from_dict(config["settings"]))
        step = config["parent"]["step"] if "parent" in config else None
        return title if step is None else f"{title}, from step {step:,}"

    def label(self) -> str:
        """Return the name given by the user; empty if there is none."""
        try:
            return self.read_record("label.json", str)
        except RunError:
            return ""

    def rename(self, label: str) -> None:
        """Set the label, cut to 60 printable characters; an empty one removes it."""
        text = "".join(c for c in label if c.isprintable()).strip()[:_LABEL_LENGTH]
        files.write_json(self.path / "label.json", text)

    def exists(self) -> bool:
        """Tell whether the run has a status, which is written last when a run is created."""
        return (self.path / "status.json").exists()

    def check(self) -> None:
        """Check settings, preset, origin and time of creation.

        Raises:
            KeyError, TypeError, ValueError: if one is missing, damaged or of another version.
        """
        jobs.check_format(self.config())
        self.settings()
        self.parent()
        self.upload()
        for name in ("preset", "created"):
            if not isinstance(self.config()[name], str):
                raise TypeError(f"{name} must be a string, got {self.config()[name]!r}")

    def alive(self) -> bool | None:
        """Tell whether a trainer holds this run's lock, or one is being started.

        None if that cannot be told, because the lock may not be read or has no effect.
        """
        locks = probe(self.file("lock")), probe(self.path / "launch.lock")
        return True if True in locks else None if None in locks else False

    def status(self) -> Status:
        """Return the status; that of a live run whose trainer has died becomes interrupted."""
        status = self.recorded_status()
        if not status.live:
            return status.shown()
        alive = self.alive()
        if alive:
            return self._as_requested(status)
        if alive is None:
            return dataclasses.replace(status, state=UNKNOWN, message=_UNKNOWN_TEXT)
        interrupted = dataclasses.replace(status, state="interrupted")
        try:
            with self._lock_file("lock", timeout=0):
                status = self.recorded_status()
                if not status.live or held(self.path / "launch.lock"):
                    return status
                interrupted = dataclasses.replace(status, state="interrupted")
                self.write_status(interrupted)
        except Timeout:
            return self.recorded_status()
        except OSError:  # deleted meanwhile, or a full disk: true even if it cannot be written
            return interrupted
        return interrupted

    def write_status(self, status: Status) -> None:
        """Replace the status; only the holder of the lock may call this."""
        files.replace(self.path / "status.json", _as_json(status))

    def overwrite_status(self, status: Status) -> None:
        """Write the status in place; only the holder of the lock may call this."""
        files.overwrite(self.path / "status.json", _as_json(status))

    def change_state(self, state: str) -> None:
        """Write a new state, without a message; only the holder of the lock may call this."""
        self.write_status(dataclasses.replace(self.recorded_status(), state=state, message=""))

    def control(self) -> Control:
        """Return the user's requests."""
        try:
            return self.read_record("control.json", Control)
        except RunError:
            return Control()

    def parked(self) -> bool:
        """Tell whether the run is paused and has given up its process."""
        return self.recorded_status().state == PARKED

    def request(self, want: str | None = None, *, launching: bool = False, **changes: Any) -> None:
        """Write requests to the trainer.

        Args:
            want: "run", "pause" or "stop"; None keeps the present one.
            launching: whether a trainer is about to be started, whatever the state of the run.
            changes: as in `Control.updated`.

        Raises:
            ValueError: if a number is out of its range.
            ParkedError: if the run has no trainer to carry it out: see `launch.request_run`.
            RunError: if the run has been deleted.
            OSError: if the file cannot be written.
        """
        with self.control_lock():
            needs_trainer = want in ("run", "stop") or changes.get("single_step")
            if needs_trainer and not launching and self.parked():
                raise ParkedError(f"{self.title()} must have a trainer, got one that is parked")
            new = self.control().updated(want, **changes)
            files.write_json(self.path / "control.json", dataclasses.asdict(new), durable=True)

    @contextmanager
    def control_lock(self) -> Iterator[None]:
        """Hold the lock under which requests are written.

        Raises:
            RunError: if the run has been deleted.
        """
        with self._present(), self._lock_file("control.lock"):
            yield

    @contextmanager
    def _present(self) -> Iterator[None]:
        """Raise a `RunError` if a file of the run is missing: it may even be back by then."""
        try:
            yield
        except FileNotFoundError as error:
            if str(self.path) not in str(error.filename):
                raise
            raise RunError(f"run must exist, got {self.id!r}: it may have been deleted") from error

    @contextmanager
    def _lock_file(self, name: str, *, timeout: float = math.inf) -> Iterator[None]:
        """Hold one of the run's locks, which is in the trash if the run was deleted meanwhile."""
        with lock_in_folder(self.path / name, timeout=timeout):
            self.path.stat()
            yield

    def preview(self) -> Preview | None:
        """Return the latest preview; None if there is none."""
        try:
            return self.read_record("preview.json", Preview)
        except RunError:
            return None

    def delete(self) -> None:
        """Move the run to the trash, while nobody can start it.

        Raises:
            RunError: if it is still training, or has been deleted already.
        """
        with self._present(), runs_lock():
            status = self.status()
            if status.live:
                raise RunError(f"{self.title()} is still training: stop it first")
            if status.state == UNKNOWN:
                raise RunError(status.message.rstrip("."))
            trashed = self.move_to_trash(self.path.parent, self.id)
        # TensorBoard reads every folder below; a resumed run writes its event files again
        shutil.rmtree(trashed / "tensorboard", ignore_errors=True)

    @contextmanager
    def launching(self) -> Iterator[None]:
        """Hold the launch lock, so that only one trainer is started at a time.

        Raises:
            RunError: if a trainer is being started or running, or the run has been deleted.
        """
        try:
            # a page that checks whether the trainer is alive holds both for a moment
            with self._present(), self._lock_file("launch.lock", timeout=0.05):
                if held(self.path / "lock", patience=0.5):
                    raise RunError(f"{self.title()} is already training")
                yield
        except Timeout:
            raise RunError(f"{self.title()} is already being started") from None

    def recorded_status(self) -> Status:
        """Return the status as last written, whether or not the trainer is alive."""
        if not (self.path / "status.json").exists():
            return Status(state="queued")
        try:
            return self.read_record("status.json", Status)
        except RunError as error:
            return Status(state="failed", message=f"{error}.")

    def _as_requested(self, status: Status) -> Status:
        """Return the status with state "stopping" if the user has requested a stop."""
        if self.control().want == "stop":
            return dataclasses.replace(status, state="stopping")
        return status


def _as_json(status: Status) -> bytes:
    return json.dumps(dataclasses.asdict(status), allow_nan=False).encode()


def runs() -> list[Run]:
    """Return all runs that this version can read, newest first."""
    return jobs.list_jobs(Run, runs_dir())


def find_run(key: str) -> Run:
    """Return the run with an id.

    Raises:
        RunError: if there is none; anything but a generated id is refused unread.
    """
    return jobs.find_job(Run, runs_dir(), key)


def create_run(
    settings: Settings,
    *,
    preset: str = "",
    versions: dict[str, str],
    race: str = "",
    parent: Parent | None = None,
    upload: Upload | None = None,
) -> Run:
    """Create the folder of a new run, which `runs` lists once it has a status.

    Args:
        settings: of the training, with a source other than "auto".
        preset: key of the preset they come from, if any.
        versions: of the packages that determine the result, for the record.
        race: id of the race that the run is part of, if any.
        parent: snapshot that the run continues, if any.
        upload: file that the weights come from, if they were not trained here.

    Raises:
        OSError: if the folder cannot be written.
    """
    path = jobs.new_path(Run, runs_dir())
    path.mkdir(parents=True)
    config = {"format": jobs.FORMAT, "settings": settings.to_dict(), "preset": preset}
    config |= {"versions": versions}
    config |= {"race": race} if race else {}
    config |= {"parent": dataclasses.asdict(parent)} if parent else {}
    config |= {"upload": dataclasses.asdict(upload)} if upload else {}
    config["created"] = jobs.timestamp()
    files.write_json(path / "config.json", config, durable=True)
    files.sync_folder(path.parent)
    return Run(path)
