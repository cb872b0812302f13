"""Start trainers as processes of their own, which outlive the page and its server.

One spare trainer with PyTorch already imported waits on its standard input, so that a click is
followed by a first point at once. A spare that hears the end of its input, because the server has
gone, ends; one that has been given a run does not listen any more.
"""

import contextlib
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cnnviz.data import mnist
from cnnviz.system import files, processes
from cnnviz.system.versions import versions
from cnnviz.training.engine.settings import Settings
from cnnviz.training.race import race
from cnnviz.training.race.race import Race
from cnnviz.training.runs.records import RESUMABLE, RunError
from cnnviz.training.runs.store import Run, create_run, runs

MAX_QUEUED = 4
_START_TIMEOUT = 60.0  # seconds for a new process to take its run's lock

_lock = threading.Lock()
_spare: "subprocess.Popen[str] | None" = None


def start_run(settings: Settings, *, preset: str = "") -> Run:
    """Make a run of these settings and start its trainer.

    Raises:
        RunError: if too many runs are waiting, or the trainer does not start.
        DataError: if the digits that the settings name cannot be used.
        ValueError: if the device is not on this machine.
        OSError: if the run's folder cannot be written.
    """
    run = create_run(resolve_settings(settings), preset=preset, versions=versions())
    _launch(run.path, [run])
    return run


def start_race(settings: Sequence[Settings], *, preset: str = "") -> Race:
    """Make a race of these settings, which `race.plan` returns, and start its trainer.

    Raises:
        RunError: if too many runs are waiting, or the trainer does not start.
        DataError: if the digits that the settings name cannot be used.
        ValueError: if the device is not on this machine.
        OSError: if a folder cannot be written.
    """
    made = race.create_race(
        [resolve_settings(one) for one in settings], preset=preset, versions=versions()
    )
    _launch(made.path, [one.run for one in made.entries()])
    return made


def resume_race(stopped: Race) -> None:
    """Go on with all of a race that has ended before its time, from its last checkpoints.

    Raises:
        RunError: if there is nothing to go on with, too many are waiting, or it does not start.
    """
    _check_queue_length()
    ended = [run for run in stopped.present() if run.status().state in RESUMABLE]
    if not ended:
        raise RunError("every contestant is at work or has arrived")
    for run in ended:
        run.request("run")
    _launch(stopped.path, ended)


def resume_run(run: Run, *, learning_rate: float | None = None) -> None:
    """Go on with a run that has ended before its time, from its last checkpoint.

    Raises:
        RunError: if it is at work already, too many are waiting, or it does not start.
    """
    _check_queue_length()
    run.request("run", learning_rate=learning_rate)
    _launch(run.path, [run])


def resolve_settings(settings: Settings) -> Settings:
    """Return the settings with a source of "auto" replaced by the digits there are.

    A run that is resumed later must find the digits it began with.

    Raises:
        RunError: if too many runs are waiting already.
        DataError: if the digits cannot be used.
        ValueError: if the device is not on this machine.
    """
    _check_queue_length()
    if settings.device not in ("auto", "cpu"):
        from cnnviz.system.hardware import pick_device  # imports PyTorch

        pick_device(settings.device)
    return settings.replace(source=mnist.load_digits(settings.source).source)


def prepare_spare() -> None:
    """Have a spare trainer ready; returns at once, and does nothing when there is one."""
    global _spare
    with _lock:
        _reap()
        if _spare is None:
            _spare = _spawn("--spare", output=None)


def _check_queue_length() -> None:
    queued = [run for run in runs() if run.status().state == "queued"]
    waiting = len({run.config().get("race") or run.id for run in queued})  # a race waits once
    if waiting >= MAX_QUEUED:
        raise RunError(f"{waiting} trainings are waiting already: stop one of them first")


def _launch(work: Path, waiting: list[Run]) -> None:
    """Start one trainer for a folder, of a run or of a race, and wait until it has taken its runs.

    Raises:
        RunError: if one of them has a trainer already, or this one does not start.
    """
    with contextlib.ExitStack() as stack:
        for run in waiting:
            stack.enter_context(run.launching())
        for run in waiting:
            run.write_status(replace(run.recorded_status(), state="queued", message=""))
        asked = {run: files.stamp(run.path / "status.json") for run in waiting}
        spare = _take_spare(work)
        process = spare or _spawn(str(work), output=work / "log.txt")
        deadline = time.monotonic() + _START_TIMEOUT
        # a held lock proves nothing yet, a page may be probing it; only the holder writes this
        while any(files.stamp(run.path / "status.json") == asked[run] for run in waiting):
            if process is spare and process.poll() is not None:  # it died with the work in its hand
                process = _spawn(str(work), output=work / "log.txt")
            elif process.poll() is not None or time.monotonic() > deadline:
                raise RunError("the trainer did not start: see log.txt in the run's folder")
            time.sleep(0.005)


def _take_spare(work: Path) -> "subprocess.Popen[str] | None":
    """Hand the folder to the spare trainer, if there is a living one."""
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
    """Start a trainer, which gives way to other processes."""
    return processes.spawn("cnnviz.training.worker", argument, output=output, modest=True)


def _reap() -> None:
    """Forget a spare trainer that has ended."""
    global _spare
    processes.reap()
    if _spare is not None and _spare.poll() is not None:
        _spare = None
