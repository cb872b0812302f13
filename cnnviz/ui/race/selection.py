"""Which race is on the page, and what can be asked of it; a refusal is said on the page."""

from dataclasses import dataclass

import streamlit as st

from cnnviz.training import launch
from cnnviz.training.race.race import Race, find_race, races
from cnnviz.training.race.standings import LearningCurves, learning_curves
from cnnviz.training.runs.failures import error_message
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
    """A log as far as it has been read, and what that came to."""

    history: History
    seen: tuple[int, ...] = ()
    track: LearningCurves | None = None  # none before the first look


def current_race() -> Race | None:
    """Return the race the URL names, else the newest that runs or waits, else the newest.

    The URL names it from then on. If there is no such race any more, that is said.
    """
    named = address.read(RACE, Text())
    gone = False
    if named is not None:
        try:
            return find_race(named)
        except RunError:
            gone = True
    found = races()
    alive = [race for race in found if race.locked()]
    running = [race for race in alive if race.state() != "queued"]
    newest = next(iter([*running, *alive, *found]), None)
    if gone:
        more = " Below is the newest." if newest else ""
        session.say(f"That race is not here any more.{more}")
    show(newest)
    return newest


def show(race: Race | None) -> None:
    """Show that race from now on; None goes back to the newest."""
    address.write({RACE: None if race is None else race.id})


def way(race: Race, run: Run, digits: int) -> LearningCurves:
    """Return a contestant's way so far; it is empty before its first interval.

    This session reads on from where it read last, and works the way out again only when there is
    something new: of all contestants, one or two have been at work since.

    Raises:
        RunError: if its log or its settings cannot be read.
    """
    kept: tuple[str, dict[str, _Reading]] | None = st.session_state.get(_READINGS)
    if kept is None or kept[0] != race.id:
        kept = st.session_state[_READINGS] = (race.id, {})
    reading = kept[1].setdefault(run.id, _Reading(History(run)))
    history = reading.history.read()
    seen = (digits, len(history.intervals), len(history.epochs), run.log_identity())
    if reading.track is None or seen != reading.seen:
        batch = run.settings().batch_size
        reading.seen, reading.track = (
            seen,
            learning_curves(history, batch_size=batch, digits=digits),
        )
    return reading.track


def ask(race: Race, want: str) -> None:
    """Ask every contestant for something; for a callback."""
    try:
        race.request(want)
    except (ValueError, OSError) as error:
        session.say(error_message(error))


def resume(race: Race) -> None:
    """Go on with a race that has ended before its time; for a callback."""
    try:
        launch.resume_race(race)
    except (ValueError, OSError) as error:
        session.say(error_message(error))


def delete(race: Race) -> None:
    """Move a race and its runs to the trash; for a callback."""
    try:
        race.delete()
    except (ValueError, OSError) as error:
        session.say(error_message(error))
        return
    show(None)
