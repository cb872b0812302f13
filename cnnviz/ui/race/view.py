"""One race, live: buttons, curves and standings; and the list of races."""

from collections import Counter
from collections.abc import Iterable
from functools import partial

import pandas as pd
import streamlit as st

from cnnviz.training.engine.settings import PRESETS
from cnnviz.training.race.race import Race, RaceEntry, races, state_of
from cnnviz.training.race.standings import OUT, LearningCurves, common_epochs, race_standings
from cnnviz.training.race.verdict import race_leads
from cnnviz.training.runs.records import (
    ENDED,
    RESUMABLE,
    RunError,
    Status,
    remaining_seconds,
)
from cnnviz.ui.components.failure import failure
from cnnviz.ui.components.job_header import (
    continue_button,
    duration,
    guarded_button,
    header,
    pause_button,
    stop_button,
)
from cnnviz.ui.components.received import selected_rows
from cnnviz.ui.pickers.visitor import is_foreign
from cnnviz.ui.race import selection as race_selection
from cnnviz.ui.race.chart import race_chart
from cnnviz.ui.race.headline import headline, leader_so_far
from cnnviz.ui.race.standings_table import standings_table
from cnnviz.ui.race.verdict import race_verdict
from cnnviz.ui.shell import messages, page_links
from cnnviz.ui.shell.markdown import as_sentence, plain
from cnnviz.ui.shell.parameters import RUN
from cnnviz.ui.shell.units import quantity, to_the_minute

_LISTED = 30  # races: each refresh of the list reads the state of all their runs
_HEADER, _STANDINGS, _LIST = "race_header", "race_standings_view", "race_races"  # fragments
_DRAWN = "cnnviz_race_drawn"
_BEST = "Best test accuracy"  # column


def race_view(race: Race) -> None:
    """Show a race, and keep it up to date while it is live.

    The header is a fragment of its own: a click redraws few elements, and polling redraws the
    header only when the state of the race changes.
    """
    _header(race)
    _standings(race)


@st.fragment(key=_HEADER)
def _header(race: Race) -> None:
    if messages.has_message() or not race.path.exists():
        st.rerun()
    try:
        statuses = _statuses(race)
        title = race.title()
    except RunError as error:
        st.warning(as_sentence(str(error)), icon=":material/warning:")
        return
    state = _state(statuses)
    before, st.session_state[_DRAWN] = st.session_state.get(_DRAWN), _state_shown(race, statuses)
    if before and before[0] == race and (before[1] in ENDED) != (state in ENDED):
        st.rerun()  # a spare trainer is needed now, or more frequent polling
    header(title, state)
    _buttons(race, state, statuses)


@st.fragment(key=_STANDINGS)
def _standings(race: Race) -> None:
    if messages.has_message() or not race.path.exists():
        st.rerun()
    try:
        statuses = _statuses(race)
        costs, digits = race.network_costs()
        curves, left_out = _counted_curves(race, statuses, digits)
    except RunError:  # the header shows the error
        return
    state = _state(statuses)
    ended = state in ENDED
    rows = race_standings(curves, over=ended)
    result = headline(*race_leads(curves, costs)) if ended else leader_so_far(rows)
    if result:
        st.markdown(result)
    _progress(state, statuses)
    _failures(race, statuses)
    race_chart(
        curves,
        costs,
        race=race.id,
        ends=_ends(statuses),
        live=not ended,
        key="race_chart",
        on_update=lambda: _redraw_if_changed(race),
    )
    entered = Counter(entry.model for entry in race.entries())
    standings_table(
        rows, costs, entered=entered, epochs=common_epochs(curves), key="race_standings"
    )
    if left_out:
        reasons = "; ".join(f"{entry.title()} ({why})" for entry, why in left_out.items())
        st.caption(plain(f"Not counted: {reasons}."))
    if ended:
        race_verdict(curves, costs, finished=state == "finished", whole=not left_out)


def _redraw_if_changed(race: Race) -> None:
    """Redraw the header and the list, too, if what they show has changed."""
    try:
        mark = _state_shown(race, _statuses(race))
    except RunError:  # the next refresh shows it
        return
    if st.session_state.get(_DRAWN) != mark:
        st.rerun([_HEADER, _STANDINGS, _LIST])


def _state_shown(race: Race, statuses: dict[RaceEntry, Status]) -> tuple[Race, str, float | None]:
    return race, _state(statuses), _best(statuses.values())


def _best(statuses: Iterable[Status]) -> float | None:
    accuracies = [status.test_accuracy for status in statuses if status.test_accuracy is not None]
    return max(accuracies, default=None)


def _statuses(race: Race) -> dict[RaceEntry, Status]:
    return {entry: entry.run.status() for entry in race.entries() if entry.present()}


def _state(statuses: dict[RaceEntry, Status]) -> str:
    return state_of([(entry.run, status) for entry, status in statuses.items()])


def _progress(state: str, statuses: dict[RaceEntry, Status]) -> None:
    done = sum(status.step for status in statuses.values())
    total = sum(status.total_steps for status in statuses.values())
    knows_total = total and all(status.total_steps for status in statuses.values())
    text = _progress_text(state, statuses)
    if state == "finished":
        st.caption(text)
    else:
        st.progress(min(done / total, 1.0) if knows_total else 0.0, text=text)


def _progress_text(state: str, statuses: dict[RaceEntry, Status]) -> str:
    if not statuses:
        return "All of its runs were deleted"
    if state == "queued":
        return "Starting, or queued behind another training"
    settings = next(iter(statuses)).run.settings()
    epochs = quantity(settings.epochs, "epoch")
    seconds = sum(status.seconds for status in statuses.values())
    text = f"{epochs}, batch size {settings.batch_size} · {seconds:.1f} s of training in total"
    remaining = remaining_seconds([status for status in statuses.values() if status.live])
    if state == "running" and remaining is not None:
        text += f" · about {duration(remaining)} left"
    return text


def _buttons(race: Race, state: str, statuses: dict[RaceEntry, Status]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        live = state not in ENDED
        ask, foreign = partial(race_selection.request_race, race), is_foreign(race)
        pause_button(state, ask, key="race", foreign=foreign)
        stop_button(state, ask, key="race", foreign=foreign)
        if not live and any(status.state in RESUMABLE for status in statuses.values()):
            continue_button(
                partial(race_selection.continue_race, race),
                key="race",
                help="All unfinished runs, from their last checkpoints.",
            )
        guarded_button(
            "Delete",
            "delete",
            partial(race_selection.delete, race),
            key="race_delete",
            help="Moves the race and its runs to the trash folder; you can undo this.",
            disabled=live,
            foreign=foreign,
        )


def _counted_curves(
    race: Race, statuses: dict[RaceEntry, Status], digits: int
) -> tuple[dict[str, list[LearningCurves]], dict[RaceEntry, str]]:
    """Return by network the curves of its seeds that count, and why others do not."""
    counted: dict[str, list[LearningCurves]] = {model: [] for model in race.models()}
    left_out: dict[RaceEntry, str] = {}
    for entry in race.entries():
        status = statuses.get(entry)
        if status is None:
            left_out[entry] = "deleted" if entry.deleted() else "its settings cannot be read"
        elif status.state in OUT:
            left_out[entry] = status.state
        else:
            try:
                run_curves = race_selection.read_curves(race, entry.run, digits)
            except RunError as error:  # damaged, or deleted since: the others go on
                st.warning(plain(f"{entry.title()}: {error}."), icon=":material/warning:")
                left_out[entry] = "its log cannot be read"
                continue
            if status.epoch >= 1 and not len(run_curves.steps):
                left_out[entry] = "its log is empty"  # or one broken line
            else:
                counted[entry.model].append(run_curves)
    return counted, left_out


def _failures(race: Race, statuses: dict[RaceEntry, Status]) -> None:
    for entry, status in statuses.items():
        if status.state == "failed":
            failure(f"{entry.title()}: {status.message}", race.file("log.txt"))
        elif status.state == "diverged":
            st.warning(
                plain(f"{entry.title()} diverged: its learning rate was too high."),
                icon=":material/warning:",
            )
        elif status.warning:
            text = f"{entry.title()}: {status.warning}"
            failure(text, race.file("log.txt"), show=st.warning, icon="warning")


def _ends(statuses: dict[RaceEntry, Status]) -> dict[str, float]:
    """Return the end of the axis of steps: all networks have the same number."""
    return {"steps": float(max((status.total_steps for status in statuses.values()), default=0))}


def entry_links(race: Race) -> None:
    """Show links to the runs of the race on the Train page."""
    with st.container(horizontal=True, gap="small"):
        for entry in race.entries():
            if entry.present():
                page_links.page_link(
                    "train", {RUN: entry.run.id}, label=entry.title(), icon="visibility"
                )


@st.fragment(key=_LIST)
def race_list(current: Race | None) -> None:
    """List the races; selecting one shows it."""
    if race_selection.current_race() != current:
        st.rerun()
    all_races = races()
    if not all_races:
        st.caption("No race yet. Press Start.")
        return
    rows = [_row(race) for race in all_races[:_LISTED]]
    st.dataframe(
        pd.DataFrame(rows).astype({_BEST: float}),
        hide_index=True,
        on_select=_pick,
        selection_mode="single-row",
        key="race_list",
        placeholder="–",
        column_config={
            _BEST: st.column_config.NumberColumn(
                format="%.2f%%", help="The best of its runs, each after its last complete epoch."
            )
        },
    )
    if current is not None:
        st.caption(
            "Select a race to show it above."
            + (
                f" These are the last {_LISTED} of {len(all_races)}."
                if len(all_races) > _LISTED
                else ""
            )
        )


def _pick() -> None:
    all_races = races()
    for row in selected_rows(st.session_state["race_list"], min(_LISTED, len(all_races)))[:1]:
        race_selection.show_race(all_races[row])


def _row(race: Race) -> dict[str, object]:
    config = race.config()
    statuses = [(run, run.status()) for run in race.present()]
    best = _best(status for _, status in statuses)
    return {
        "Race": race.title(),
        "Preset": PRESETS[config["preset"]].title if config.get("preset") else "",
        "State": state_of(statuses),
        _BEST: None if best is None else 100 * best,
        "Created": to_the_minute(config["created"]),
    }
