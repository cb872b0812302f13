"""Rebuilds the records of a run from its checkpoint: settings, status and log."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cnnviz.system import files, jobs
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import checkpoint
from cnnviz.training.runs.folder_lock import runs_lock
from cnnviz.training.runs.records import RunError, Status
from cnnviz.training.runs.store import Run


def rebuild_run(run: Run) -> None:
    """Write what is lost or damaged of a run's settings and status, so that lists show it again.

    A status that is lost becomes that of an interrupted run at its newest checkpoint, from which it
    can be resumed.

    Raises:
        CheckpointError: if the settings are lost and no checkpoint can be read.
        ValueError: if those of the checkpoint cannot be used by this version.
        RunError: if the run is training, or has been deleted.
        OSError: if a file cannot be written.
    """
    with runs_lock():
        if not run.path.is_dir():
            raise RunError(f"run must exist, got {run.id!r}: it may have been deleted")
        if run.alive() is not False:
            raise RunError("run must have ended, got one that is training")
        if not run.readable():
            config = _saved_config(run)
            Settings.from_dict(config["settings"])
            files.write_json(run.file(run.record_file), config, durable=True)
            run.check()
        if not run.exists():
            run.write_status(_saved_status(run))


def _saved_config(run: Run) -> dict[str, Any]:
    """Return the settings in the newest checkpoint, with what else is known of the run."""
    _, metadata = checkpoint.load_generation(run.path)
    jobs.check_format(metadata)
    if "config" in metadata:
        return dict(metadata["config"])
    if "settings" not in metadata:
        raise RunError(f"{checkpoint.LAST} of run {run.id} is not a checkpoint of a training")
    settings = metadata["settings"]  # an earlier version kept nothing else
    return {"settings": settings, "preset": "", "versions": {}, "created": _created(run)}


def _created(run: Run) -> str:
    """Return the time in a run's id in ISO 8601; the present time if it is none."""
    try:
        start = datetime.strptime(run.id[:15], "%Y%m%d-%H%M%S").astimezone()
    except ValueError:  # made by hand: no such month or hour
        return jobs.timestamp()
    return start.strftime("%Y-%m-%dT%H:%M:%S%z")


def _saved_status(run: Run) -> Status:
    """Return the status of an interrupted run at its newest checkpoint, or before its first."""
    interrupted = Status(state="interrupted")
    try:
        _, metadata = checkpoint.load_generation(run.path)
    except checkpoint.CheckpointError:  # resumed, it begins anew
        return interrupted
    position: Mapping[str, Any] = metadata["position"]
    accuracies = [row["test_accuracy"] for row in run.log.epochs() if "test_accuracy" in row]
    return dataclasses.replace(
        interrupted,
        step=int(position["step"]),
        seconds=float(position["seconds"]),
        learning_rate=float(position["learning_rate"]),
        test_accuracy=accuracies[-1] if accuracies else None,
        best_accuracy=max(accuracies, default=None),
    )
