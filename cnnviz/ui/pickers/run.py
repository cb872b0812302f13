"""The run on the Train page, and actions on runs; errors are shown on the page."""

from typing import Any

from cnnviz.data import mnist
from cnnviz.training import launch, trainer_requests
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs.store import Run, find_run, runs
from cnnviz.training.runs.summaries import summaries
from cnnviz.training.runs.unreadable import unreadable_runs
from cnnviz.ui.pickers.job import drop_missing_job, linked_job
from cnnviz.ui.pickers.visitor import claim, visitor_token
from cnnviz.ui.shell import address, messages
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameter_types import Text
from cnnviz.ui.shell.parameters import RUN

_RECENT = 30  # newest runs among which a visitor's own is looked for


def current_run() -> Run | None:
    """Return the run in the address, else this visitor's, else the newest live one or the newest.

    Of several of this visitor's it is the newest live one, else the newest; one that was started on
    the Train page comes before those of a race, which the Race page shows.
    """
    if run := linked_job(RUN, find_run):
        return run
    newest_first = summaries()
    live = [s for s in newest_first if s.recorded.live and s.status().live]
    candidates = [*live, *newest_first[:_RECENT]]
    token = visitor_token()
    mine = sorted((s for s in candidates if s.owner == token), key=lambda s: s.races)
    return next((s.run for s in [*mine, *candidates]), None)


def chosen_in_address() -> bool:
    """Return whether the address names a run."""
    return address.read(RUN, Text()) is not None


def drop_missing_run() -> None:
    """Drop a run that does not exist or cannot be read from the address, and say so."""
    key = address.read(RUN, Text())
    unreadable = unreadable_runs() if key else ()
    if entry := next((entry for entry in unreadable if entry.run.id == key), None):
        address.write({RUN: None})
        address.show_rejection(
            f"{plain(entry.title)} cannot be read: {plain(entry.reason)}. The list of runs below "
            "offers what can be done."
        )
    else:
        drop_missing_job(RUN, find_run, runs)


def show_run(run: Run | None) -> None:
    """Show a run on the Train page; None shows the newest."""
    address.write({RUN: None if run is None else run.id})


def start_and_show_run(settings: Settings, preset: str = "") -> bool:
    """Start a training and show it, from a callback; return whether it was started."""
    settings = settings.replace(source=mnist.usable_source(settings.source))
    return messages.attempt(lambda: claim_and_show(launch.start_run(settings, preset=preset)))


def claim_and_show(run: Run) -> None:
    """Record this visitor as the owner of a new run, and show it."""
    claim(run)
    show_run(run)


def needs_rerun(run: Run | None) -> bool:
    """Return whether the whole page must rerun: a fragment of its run would not show the change."""
    if messages.redraw_requested():
        return True
    if run is None:
        return bool(runs())
    return address.read(RUN, Text()) not in (None, run.id) or not run.path.exists()


def request_run(run: Run, want: str | None = None, **controls: Any) -> None:
    """Send a request to a run's trainer, from a callback."""
    messages.attempt(lambda: trainer_requests.request_run(run, want, **controls))
