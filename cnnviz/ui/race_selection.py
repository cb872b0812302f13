"""Which race is on the page, and what can be asked of it; a refusal is said on the page."""

import streamlit as st

from cnnviz import launch
from cnnviz.history import History
from cnnviz.race import Race, races
from cnnviz.race import race as find
from cnnviz.records import RunError
from cnnviz.runs import Run
from cnnviz.ui import selection
from cnnviz.worker import sentence

RACE = "race"  # query parameter
_HISTORIES = "cnnviz_race_histories"


def current_race() -> Race | None:
    """Return the race the URL names, else the newest live one, else the newest."""
    named = st.query_params.get(RACE)
    if named is not None:
        try:
            return find(named)
        except RunError:
            del st.query_params[RACE]
    found = races()
    return next((race for race in found if race.alive()), found[0] if found else None)


def show(race: Race | None) -> None:
    """Show that race from now on; None goes back to the newest."""
    if race is None:
        st.query_params.pop(RACE, None)
    else:
        st.query_params[RACE] = race.id


def history(race: Race, run: Run) -> History:
    """Return this session's reading of a contestant, so that each look reads only what is new."""
    kept: tuple[str, dict[str, History]] | None = st.session_state.get(_HISTORIES)
    if kept is None or kept[0] != race.id:
        kept = st.session_state[_HISTORIES] = (race.id, {})
    return kept[1].setdefault(run.id, History(run)).read()


def ask(race: Race, want: str) -> None:
    """Ask every contestant for something; for a callback."""
    try:
        race.request(want)
    except (ValueError, OSError) as error:
        selection.say(sentence(error))


def resume(race: Race) -> None:
    """Go on with a race that has ended before its time; for a callback."""
    try:
        launch.resume_race(race)
    except (ValueError, OSError) as error:
        selection.say(sentence(error))


def delete(race: Race) -> None:
    """Move a race and its runs to the trash; for a callback."""
    try:
        race.delete()
    except (ValueError, OSError) as error:
        selection.say(sentence(error))
        return
    show(None)
