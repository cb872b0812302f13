"""The race on the page, its learning curves, and actions on it."""

from dataclasses import dataclass

import streamlit as st

from cnnviz.training import launch, trainer_requests
from cnnviz.training.race.curve_log import CurveLogReader
from cnnviz.training.race.race import Race, find_race, races, restore_race
from cnnviz.training.race.standings import LearningCurves, learning_curves
from cnnviz.training.runs.store import Run
from cnnviz.ui.components.undo_delete import remember_deleted
from cnnviz.ui.pickers.job import drop_missing_job, linked_job
from cnnviz.ui.pickers.visitor import is_mine
from cnnviz.ui.shell import address, messages
from cnnviz.ui.shell.parameters import RACE

UNDO = "race_delete"  # key of the offer to restore a race
_RECENT = 30  # newest races among which a visitor's own is looked for
_LOGS = "cnnviz_race_logs"  # of the race on the page, with its id: a session holds one race


@dataclass
class _RaceLog:
    """A run's log as far as it has been read, and the learning curves computed from it."""

    reader: CurveLogReader
    digits: int = 0  # that the curves are computed for
    curves: LearningCurves | None = None  # none before the first read


def current_race() -> Race | None:
    """Return the race in the address, else this visitor's, else the newest live or the newest."""
    if race := linked_job(RACE, find_race):
        return race
    newest_first = races()
    alive = [race for race in newest_first if race.locked()]
    running = [race for race in alive if race.state() != "queued"]
    mine = (race for race in (*running, *alive, *newest_first[:_RECENT]) if is_mine(race))
    return next(mine, None) or next(iter([*running, *alive, *newest_first]), None)


def drop_missing_race() -> None:
    """Drop a race that does not exist from the address, and say so."""
    drop_missing_job(RACE, find_race, races)


def link_race(race: Race | None) -> None:
    """Name the race on the page in the address, so that it stays when another one starts."""
    if linked_job(RACE, find_race) != race:
        show_race(race)


def show_race(race: Race | None) -> None:
    """Show a race; None shows the newest."""
    address.write({RACE: None if race is None else race.id})


def read_curves(race: Race, run: Run, digits: int) -> LearningCurves:
    """Return the learning curves of a run of the race so far; empty before its first interval.

    A session reads on from where it stopped, and computes the curves again only if there is
    something new: only one or two runs have trained since.

    Args:
        race: the only one whose logs the session keeps.
        run: of the race.
        digits: in the training set; 0 if unknown.

    Raises:
        RunError: if its log or its settings cannot be read.
    """
    logs: tuple[str, dict[str, _RaceLog]] | None = st.session_state.get(_LOGS)
    if logs is None or logs[0] != race.id:
        logs = st.session_state[_LOGS] = (race.id, {})
    log = logs[1].setdefault(run.id, _RaceLog(CurveLogReader(run)))
    if log.reader.read() or log.curves is None or log.digits != digits:
        batch_size = run.settings().batch_size
        log.curves = learning_curves(log.reader.log, batch_size=batch_size, digits=digits)
        log.digits = digits
    return log.curves


def request_race(race: Race, want: str) -> None:
    """Send a request to the trainer of every run, from a callback."""
    messages.attempt(lambda: trainer_requests.request_race(race, want))


def continue_race(race: Race) -> None:
    """Resume a race that ended early, from a callback."""
    messages.attempt(lambda: launch.resume_race(race))


def delete(race: Race) -> None:
    """Move a race and its runs to the trash, from a callback."""
    title = race.title()
    if messages.attempt(race.delete):
        remember_deleted(UNDO, race.id, title)
        show_race(None)


def restore(key: str) -> None:
    """Move a race and its runs back from the trash, and show it, from a callback."""
    messages.attempt(lambda: show_race(restore_race(key)))
