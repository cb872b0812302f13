"""Start trainers in processes of their own, which outlive the page and the server.

A spare trainer that has already imported PyTorch waits on its standard input, so that the first
point of a curve follows a click at once. It ends when its input does, because the server has ended;
a trainer that has been given a run no longer reads its input.
"""

import contextlib
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from cnnviz.data import mnist
from cnnviz.models.catalog import architecture
from cnnviz.system import files, processes
from cnnviz.system.versions import versions
from cnnviz.training.admission import admission, check_limits
from cnnviz.training.engine.settings import Settings
from cnnviz.training.race.race import Race, create_race
from cnnviz.training.runs.origin import Parent, Upload
from cnnviz.training.runs.records import RESUMABLE, RunError
from cnnviz.training.runs.store import Run, create_run

_FILE_NAME_LENGTH = 100  # characters of an uploaded file's name that are kept
_START_TIMEOUT = 60.0  # seconds for a new process to take its run's lock

_lock = threading.Lock()
_spare: "subprocess.Popen[str] | None" = None


def start_run(settings: Settings, *, preset: str = "") -> Run:
    """Create a run and start its trainer.

    Raises:
        RunError: if too many runs are queued, or the trainer does not start.
        DataError: if the digits cannot be used.
        ValueError: if the device is not on this machine.
        OSError: if the run's folder cannot be written.
    """
    resolved = resolve_settings(settings)
    return _launch_new(lambda: create_run(resolved, preset=preset, versions=versions()))


def continue_run(parent: Run, step: int, settings: Settings, *, preset: str = "") -> Run:
    """Create a run that begins with another run's weights after a step, and start its trainer.

    It begins with the state of the optimizer too where the other run has kept it, and both use the
    same optimizer.

    Args:
        parent: the other run, which stays as it is.
        step: of one of its snapshots.
        settings: of the new run, for the same network.
        preset: key of the preset they come from, if any.

    Raises:
        RunError: if too many runs are queued, or the trainer does not start.
        CheckpointError: if there is no such snapshot, or it is damaged.
        DataError: if the digits cannot be used.
        ValueError: if the settings are for another network, or the device is not on this machine.
        OSError: if the run's folder cannot be written.
    """
    from cnnviz.training.runs import continuation  # imports PyTorch

    before = parent.settings()
    if settings.model != before.model:
        raise ValueError(f"model must be {before.model}, got {settings.model}")
    resolved = resolve_settings(settings)
    state = continuation.state_at(parent, step)
    if settings.optimizer != before.optimizer:
        state = continuation.without_optimizer(state)
    origin = Parent(parent.id, parent.title(), step, continuation.has_optimizer(state))

    def create() -> Run:
        run = create_run(resolved, preset=preset, versions=versions(), parent=origin)
        continuation.save_start(run, state)
        return run

    return _launch_new(create)


def upload_weights(content: bytes, file: str, model: str, *, source: str = "auto") -> Run:
    """Create a run for weights trained elsewhere, and start a process that tests them.

    Args:
        content: of a safetensors file.
        file: its name.
        model: key of the network that the weights are for.
        source: of the test digits, as in `Settings`.

    Raises:
        RunError: if too many runs are queued, or the process does not start.
        DataError: if the digits cannot be used.
        ValueError: if the weights cannot be used; the message says why.
        OSError: if the run's folder cannot be written.
    """
    from cnnviz.training.runs import uploads  # imports PyTorch

    weights = uploads.read_weights(content, architecture(model))
    name = "".join(c for c in file if c.isprintable())[:_FILE_NAME_LENGTH]
    upload = Upload(name, sha256(content).hexdigest())
    settings = resolve_settings(Settings(model=model, source=source))

    def create() -> Run:
        run = create_run(settings, versions=versions(), upload=upload)
        uploads.save_upload(run, weights)
        return run

    return _launch_new(create)


def start_race(settings: Sequence[Settings], *, preset: str = "") -> Race:
    """Create a race and start its trainer.

    Args:
        settings: of the runs, as `cnnviz.training.race.plan.plan_race` returns them.
        preset: key of the preset they come from, if any.

    Raises:
        RunError: if too many runs are queued, or the trainer does not start.
        DataError: if the digits cannot be used.
        ValueError: if the device is not on this machine.
        OSError: if a folder cannot be written.
    """
    resolved = [resolve_settings(entry_settings) for entry_settings in settings]
    with contextlib.ExitStack() as claims:
        with admission():
            race = create_race(resolved, preset=preset, versions=versions())
            waiting = [entry.run for entry in race.entries()]
            claim(waiting, claims)
        _launch(race.path, waiting)
    return race


def resume_race(stopped: Race, *, parked: bool = False) -> None:
    """Resume the unfinished runs of a race from their last checkpoints.

    Args:
        stopped: race without a trainer.
        parked: resume the parked runs instead of those that have ended early.

    Raises:
        RunError: if no run can be resumed, too many are queued, or the trainer does not start.
    """
    with contextlib.ExitStack() as claims:
        with admission():
            resumable = [run for run in stopped.present() if _resumable(run, parked)]
            if not resumable:
                raise RunError("race must have a stopped run to resume, got none")
            claim(resumable, claims, lambda run: run.request("run", launching=True))
        _launch(stopped.path, resumable)


def resume_run(run: Run, want: str | None = "run", **changes: Any) -> None:
    """Resume a run from its last checkpoint.

    Args:
        run: that has ended before its last step, or is parked.
        want: "run", or None for a single step.
        changes: requests to its trainer, as in `Control.updated`.

    Raises:
        RunError: if it is training, too many runs are queued, or the trainer does not start.
            Unless the trainer did not start, the requests are as before.
        ValueError: if a number is out of its range.
    """
    with contextlib.ExitStack() as claims:
        with admission():
            claim([run], claims, lambda run: run.request(want, launching=True, **changes))
        _launch(run.path, [run])


def resolve_settings(settings: Settings) -> Settings:
    """Return the settings with the source "auto" replaced by the one it stands for.

    A run that is resumed later must use the same digits.

    Raises:
        RunError: if too many runs are queued.
        DataError: if the digits cannot be used.
        ValueError: if the device is not on this machine.
    """
    check_limits()
    if settings.device not in ("auto", "cpu"):
        from cnnviz.system.hardware import pick_device  # imports PyTorch

        pick_device(settings.device)
    return settings.replace(source=mnist.load_digits(settings.source).source)


def prepare_spare() -> None:
    """Start a spare trainer if there is none, without waiting for it."""
    global _spare
    with _lock:
        _reap()
        if _spare is None:
            _spare = _spawn("--spare", output=None)


def _resumable(run: Run, parked: bool) -> bool:
    return run.parked() if parked else run.status().state in RESUMABLE


def _launch_new(create: Callable[[], Run]) -> Run:
    """Create a run once it is admitted, start its trainer, and return it."""
    with contextlib.ExitStack() as claims:
        with admission():
            run = create()
            claim([run], claims)
        _launch(run.path, [run])
    return run


def claim(
    waiting: list[Run], claims: contextlib.ExitStack, request: Callable[[Run], None] | None = None
) -> None:
    """Mark runs as queued, and keep others from starting them.

    Args:
        waiting: to be trained by one process.
        claims: that holds the launch locks of the runs.
        request: what the user asks of each run, written when all of them are free.

    Raises:
        RunError: if one of the runs has a trainer already; nothing is changed then.
    """
    for run in waiting:
        claims.enter_context(run.launching())
    for run in waiting:
        if request:
            request(run)
        run.change_state("queued")


def _launch(work: Path, waiting: list[Run]) -> None:
    """Start a trainer for the folder of a run or race, and wait until it has locked its runs.

    Args:
        work: folder of the run or race.
        waiting: its claimed runs.

    Raises:
        RunError: if the trainer does not start; its process is then ended.
    """
    stamps = {run: files.stamp(run.path / "status.json") for run in waiting}
    spare = _take_spare(work)
    process = spare or _spawn(str(work), output=work / "log.txt")
    deadline = time.monotonic() + _START_TIMEOUT
    # a held lock proves nothing, since a page may be probing it; only the holder writes status
    while any(files.stamp(run.path / "status.json") == stamps[run] for run in waiting):
        if process is spare and process.poll() is not None:  # it died with the run in its hand
            process = _spawn(str(work), output=work / "log.txt")
        elif process.poll() is not None or time.monotonic() > deadline:
            processes.end(process)
            raise RunError("the trainer did not start: see log.txt in the run's folder")
        time.sleep(0.005)


def _take_spare(work: Path) -> "subprocess.Popen[str] | None":
    """Give the folder to the spare trainer and return it; None if there is none alive."""
    global _spare
    with _lock:
        process, _spare = _spare, None
    if process is None or process.poll() is not None or process.stdin is None:
        return None
    try:
        process.stdin.write(f"{work}\n")
        process.stdin.close()
    except OSError:  # it has just died
        return None
    return process


def _spawn(argument: str, *, output: Path | None) -> "subprocess.Popen[str]":
    """Start a trainer process with low priority."""
    return processes.spawn("cnnviz.training.worker", argument, output=output, low_priority=True)


def _reap() -> None:
    """Forget a spare trainer that has ended, and other ended children."""
    global _spare
    processes.reap()
    if _spare is not None and _spare.poll() is not None:
        _spare = None
