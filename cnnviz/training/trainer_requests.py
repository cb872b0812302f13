"""Requests of the user to live trainings, whose trainer is started if they were paused for long.

Neither PyTorch nor Streamlit is imported here.
"""

from typing import Any

from cnnviz.training import launch
from cnnviz.training.race.race import Race
from cnnviz.training.runs.records import ParkedError
from cnnviz.training.runs.store import Run


def request_run(run: Run, want: str | None = None, **changes: Any) -> None:
    """Send requests to a run's trainer, which is started if the run is parked.

    Args:
        run: that is live.
        want: "run", "pause" or "stop"; None keeps the present one.
        changes: as in `Control.updated`.

    Raises:
        ValueError: if a number is out of its range.
        RunError: if the run has been deleted, or its trainer is refused or does not start; unless
            it did not start, the requests are as before.
        OSError: if the file cannot be written.
    """
    try:
        run.request(want, **changes)
    except ParkedError:
        if want == "stop":
            _stop_parked(run)
        else:
            launch.resume_run(run, want, **changes)


def request_race(race: Race, want: str) -> None:
    """Ask every live run of the race to "run", "pause" or "stop", as `request_run` does.

    Raises:
        RunError: if its trainer is refused or does not start.
        OSError: if a file cannot be written.
    """
    parked = race.request(want)
    if want == "stop":
        for run in parked:
            _stop_parked(run)
    elif parked and race.locked():  # its trainer has runs that are not paused
        for run in parked:
            launch.resume_run(run)
    elif parked:
        launch.resume_race(race, parked=True)


def _stop_parked(run: Run) -> None:
    with run.launching():
        run.request("stop", launching=True)
        run.change_state("stopped")
