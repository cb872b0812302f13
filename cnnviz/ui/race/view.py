"""One race, live: its buttons, curves and standings; and the races before it."""

from collections import Counter
from collections.abc import Iterable

import pandas as pd
import streamlit as st

from cnnviz.training.engine.settings import PRESETS
from cnnviz.training.race.race import Contestant, Race, races, state_of
from cnnviz.training.race.standings import OUT, LearningCurves, common_epochs, race_standings
from cnnviz.training.runs.records import ENDED, RESUMABLE, RunError, Status
from cnnviz.ui.race import selection as race_selection
from cnnviz.ui.race.chart import race_chart
from cnnviz.ui.race.standings_table import standings_table
from cnnviz.ui.race.verdict import race_verdict
from cnnviz.ui.shell import address
from cnnviz.ui.shell.markdown import opening, plain
from cnnviz.ui.shell.parameters import RUN
from cnnviz.ui.training import session
from cnnviz.ui.training.run_header import duration, head, wish

_LISTED = 30  # races: each look at the list reads the state of all their runs
_HEAD, _LOOK, _LIST = "race_head", "race_look", "race_races"  # fragments
_DRAWN = "cnnviz_race_drawn"
_BEST = "Best test accuracy"  # column


def race_view(race: Race) -> None:
    """Show a race, and keep it up to date while it is live.

    The head is a part of its own, so that a click is answered by a few elements and a look at what
    is new draws the head only when the race has come into another state.
    """
    _head(race)
    _look(race)


@st.fragment(key=_HEAD)
def _head(race: Race) -> None:
    if session.has_message() or not race.path.exists():
        st.rerun()
    try:
        statuses = _statuses(race)
        title = race.title()
    except RunError as error:
        st.warning(opening(str(error)), icon=":material/warning:")
        return
    state = _state(statuses)
    before, st.session_state[_DRAWN] = st.session_state.get(_DRAWN), _mark(race, statuses)
    if before and before[0] == race and (before[1] in ENDED) != (state in ENDED):
        st.rerun()  # a spare trainer is wanted now, or a look more often
    head(title, state)
    _buttons(race, state, statuses)


@st.fragment(key=_LOOK)
def _look(race: Race) -> None:
    if session.has_message() or not race.path.exists():
        st.rerun()
    try:
        statuses = _statuses(race)
        figures, digits = race.network_costs()
        tracks, left_out = _tracks(race, statuses, digits)
    except RunError:  # the head says it
        return
    state = _state(statuses)
    ended = state in ENDED
    _progress(state, statuses)
    _failures(statuses)
    race_chart(
        tracks,
        figures,
        race=race.id,
        ends=_ends(statuses),
        live=not ended,
        key="race_chart",
        on_look=lambda: _turn_over(race),
    )
    rows = race_standings(tracks, over=ended)
    entered = Counter(one.model for one in race.contestants())
    standings_table(
        rows, figures, entered=entered, passes=common_epochs(tracks), key="race_standings"
    )
    if left_out:
        reasons = "; ".join(f"{one.title()} ({why})" for one, why in left_out.items())
        st.caption(plain(f"Not counted: {reasons}."))
    if ended:
        race_verdict(tracks, figures, finished=state == "finished", whole=not left_out)


def _turn_over(race: Race) -> None:
    """Draw the head and the list anew, too, when what they show of the race has changed."""
    try:
        mark = _mark(race, _statuses(race))
    except RunError:  # the look will say it
        return
    if st.session_state.get(_DRAWN) != mark:
        st.rerun([_HEAD, _LOOK, _LIST])


def _mark(race: Race, statuses: dict[Contestant, Status]) -> tuple[Race, str, float | None]:
    return race, _state(statuses), _best(statuses.values())


def _best(statuses: Iterable[Status]) -> float | None:
    known = [one.test_accuracy for one in statuses if one.test_accuracy is not None]
    return max(known, default=None)


def _statuses(race: Race) -> dict[Contestant, Status]:
    return {one: one.run.status() for one in race.contestants() if one.present()}


def _state(statuses: dict[Contestant, Status]) -> str:
    return state_of([(one.run, status) for one, status in statuses.items()])


def _progress(state: str, statuses: dict[Contestant, Status]) -> None:
    done = sum(status.step for status in statuses.values())
    total = sum(status.total_steps for status in statuses.values())
    known = total and all(status.total_steps for status in statuses.values())
    st.progress(min(done / total, 1.0) if known else 0.0, text=_words(state, statuses))


def _words(state: str, statuses: dict[Contestant, Status]) -> str:
    if not statuses:
        return "None of its runs is left"
    if state == "queued":
        return "Starting, or waiting for its turn: another training may have the processor"
    settings = next(iter(statuses)).run.settings()
    passes = f"{settings.epochs} pass{'es' if settings.epochs > 1 else ''}"
    seconds = sum(status.seconds for status in statuses.values())
    text = f"{passes} in batches of {settings.batch_size} · {seconds:.1f} s of training in all"
    live = [status for status in statuses.values() if status.live]
    if state == "running" and all(status.step for status in live):
        left = sum(one.seconds * (one.total_steps / one.step - 1) for one in live)
        text += f" · about {duration(left)} left"
    return text


def _buttons(race: Race, state: str, statuses: dict[Contestant, Status]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        live = state not in ENDED
        ask = race_selection.ask
        if state in ("paused", "resuming"):
            wish("Resume", "play_arrow", "run", ask, race, key="race", disabled=state != "paused")
        else:
            wish("Pause", "pause", "pause", ask, race, key="race", disabled=state != "running")
        over = not live or state == "stopping"
        wish("Stop", "stop", "stop", ask, race, key="race", disabled=over)
        if not live and any(status.state in RESUMABLE for status in statuses.values()):
            st.button(
                "Go on",
                icon=":material/restart_alt:",
                key="race_resume",
                help="All that have not arrived, from their last checkpoints.",
                on_click=race_selection.resume,
                args=(race,),
            )
        st.button(
            "Delete",
            icon=":material/delete:",
            key="race_delete",
            help="Moves the race and its runs to the trash in the folder of runs.",
            on_click=race_selection.delete,
            args=(race,),
            disabled=live,
        )


def _tracks(
    race: Race, statuses: dict[Contestant, Status], digits: int
) -> tuple[dict[str, list[LearningCurves]], dict[Contestant, str]]:
    """Return by network the ways of its seeds that count, and why others do not."""
    found: dict[str, list[LearningCurves]] = {model: [] for model in race.models()}
    left_out: dict[Contestant, str] = {}
    for one in race.contestants():
        status = statuses.get(one)
        if status is None:
            left_out[one] = "deleted" if one.deleted() else "its settings cannot be read"
        elif status.state in OUT:
            left_out[one] = status.state
        else:
            try:
                way = race_selection.way(race, one.run, digits)
            except RunError as error:  # damaged, or deleted since: the others go on
                st.warning(plain(f"{one.title()}: {error}."), icon=":material/warning:")
                left_out[one] = "its log cannot be read"
                continue
            if status.epoch >= 1 and not len(way.steps):
                left_out[one] = "its log is empty"  # or one broken line, which counts as unwritten
            else:
                found[one.model].append(way)
    return found, left_out


def _failures(statuses: dict[Contestant, Status]) -> None:
    for one, status in statuses.items():
        if status.state == "failed":
            st.error(plain(f"{one.title()}: {status.message}"), icon=":material/error:")
        elif status.state == "diverged":
            st.warning(
                plain(f"{one.title()} has diverged: its learning rate was too high for it."),
                icon=":material/warning:",
            )


def _ends(statuses: dict[Contestant, Status]) -> dict[str, float]:
    """Return where the axis of steps will end: all have the same batches."""
    return {"steps": float(max((status.total_steps for status in statuses.values()), default=0))}


def contestants_links(race: Race) -> None:
    """Offer each run of the race for a closer look on the Train page."""
    with st.container(horizontal=True, gap="small"):
        for one in race.contestants():
            if one.present():
                address.page_link("train", {RUN: one.run.id}, label=one.title(), icon="visibility")


@st.fragment(key=_LIST)
def race_list(current: Race | None) -> None:
    """List the races; a click on one shows it."""
    if race_selection.current_race() != current:
        st.rerun()
    found = races()
    if not found:
        st.caption("No race yet. Press Start.")
        return
    rows = [_row(race) for race in found[:_LISTED]]
    st.dataframe(
        pd.DataFrame(rows).astype({_BEST: float}),
        hide_index=True,
        on_select=_pick,
        selection_mode="single-row",
        key="race_list",
        placeholder="–",
        column_config={
            _BEST: st.column_config.NumberColumn(
                format="%.2f%%", help="The highest of its runs, each after its last whole pass."
            )
        },
    )
    if current is not None:
        st.caption(
            "Select a race to see it above."
            + (f" These are the last {_LISTED} of {len(found)}." if len(found) > _LISTED else "")
        )


def _pick() -> None:
    rows = st.session_state["race_list"]["selection"]["rows"]
    found = races()
    if rows and rows[0] < len(found):
        race_selection.show(found[rows[0]])


def _row(race: Race) -> dict[str, object]:
    config = race.config()
    statuses = [(run, run.status()) for run in race.present()]
    best = _best(status for _, status in statuses)
    return {
        "Race": race.title(),
        "Preset": PRESETS[config["preset"]].title if config.get("preset") else "",
        "State": state_of(statuses),
        _BEST: None if best is None else 100 * best,
        "Created": config["created"][:16].replace("T", " "),
    }
