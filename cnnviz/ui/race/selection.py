"""The race on the page, its tracks, and actions on it; errors are shown on the page."""

from dataclasses import dataclass

import streamlit as st

from cnnviz.training import launch
from cnnviz.training.race.race import Race, find_race, races
from cnnviz.training.race.standings import LearningCurves, learning_curves
from cnnviz.training.runs.history import History
from cnnviz.training.runs.records import RunError
from cnnviz.training.runs.store import Run
from cnnviz.ui.shell import address
from cnnviz.ui.shell.parameter_types import Text
from cnnviz.ui.shell.parameters import RACE
from cnnviz.ui.training import session

_READINGS = "cnnviz_race_readings"


@dataclass
class _Reading:
    """A log as far as it has been read, and the track computed from it."""

    history: History
    seen: tuple[int, ...] = ()
    track: LearningCurves | None = None  # none before the first look


def current_race() -> Race | None:
    """Return the race in the address, else the newest live one, else the newest.

    The address names it from then on. If its race no longer exists, a message says so.
    """
    named = address.read(RACE, Text())
    gone = False
    if named is not None:
        try:
            return find_race(named)
        except RunError:
            gone = True
    newest_first = races()
    alive = [race for race in newest_first if race.locked()]
    running = [race for race in alive if race.state() != "queued"]
    newest = next(iter([*running, *alive, *newest_first]), None)
    if gone:
        more = " Showing the newest." if newest else ""
        session.keep_message(f"That race no longer exists.{more}")
    show_race(newest)
    return newest


def show_race(race: Race | None) -> None:
    """Show a race; None shows the newest."""
    address.write({RACE: None if race is None else race.id})


def read_track(race: Race, run: Run, digits: int) -> LearningCurves:
    """Return a contestant's track so far; it is empty before its first interval.

    A session reads on from where it stopped, and computes the track again only if there is
    something new: only one or two contestants have trained since.

    Raises:
        RunError: if its log or its settings cannot be read.
    """
    readings: tuple[str, dict[str, _Reading]] | None = st.session_state.get(_READINGS)
    if readings is None or readings[0] != race.id:
        readings = st.session_state[_READINGS] = (race.id, {})
    reading = readings[1].setdefault(run.id, _Reading(History(run)))
    history = reading.history.read()
    seen = (digits, len(history.intervals), len(history.epochs), run.log.identity())
    if reading.track is None or seen != reading.seen:
        batch = run.settings().batch_size
        reading.seen, reading.track = (
            seen,
            learning_curves(history, batch_size=batch, digits=digits),
        )
    return reading.track


def request_race(race: Race, want: str) -> None:
    """Send a request to every contestant's trainer, from a callback."""
    session.attempt(lambda: race.request(want))


def continue_race(race: Race) -> None:
    """Resume a race that ended early, from a callback."""
    session.attempt(lambda: launch.resume_race(race))


def delete(race: Race) -> None:
    """Move a race and its runs to the trash, from a callback."""
    if session.attempt(race.delete):
        show_race(None)
