"""Admission of trainings: the limits on waiting and on live ones, checked by one process at a time.

Neither PyTorch nor Streamlit is imported here.
"""

import contextlib
from collections.abc import Iterator

from cnnviz.system.cores import slot_count
from cnnviz.training.disk_space import check_space
from cnnviz.training.runs.folder_lock import runs_lock
from cnnviz.training.runs.records import RunError
from cnnviz.training.runs.store import Run
from cnnviz.training.runs.summaries import summaries

MAX_QUEUED = 4  # runs and races that wait for a slot
MAX_PAUSED = 4  # places for paused ones, beyond the slots and the queue


@contextlib.contextmanager
def admission() -> Iterator[None]:
    """Let one training in: no other is admitted until the block has marked its runs as queued.

    Raises:
        RunError: if too many trainings are queued or live, others are being started, or the disk
            has no space for one more.
        OSError: if the folder of runs cannot be written.
    """
    with runs_lock():
        check_limits()
        check_space()
        yield


def check_limits() -> None:
    """Check that one more training may be started.

    Raises:
        RunError: if too many are queued, or have a process; the message has the number.
    """
    live_runs = (entry.run for entry in summaries() if entry.recorded.live)
    states = {run: run.status().state for run in live_runs}
    waiting = _trainings(states, "queued")
    if waiting >= MAX_QUEUED:
        raise RunError(
            f"at most {MAX_QUEUED} trainings may be queued, got {waiting}: stop one first"
        )
    most = slot_count() + MAX_QUEUED + MAX_PAUSED
    live = _trainings(states, "queued", "running", "paused", "stopping")
    if live >= most:
        raise RunError(
            f"at most {most} trainings may be running, queued or paused, got {live}: stop one first"
        )


def _trainings(states: dict[Run, str], *counted: str) -> int:
    """Return how many runs are in the counted states; a race counts once."""
    chosen = (run for run, state in states.items() if state in counted)
    return len({run.config().get("race") or run.id for run in chosen})
