"""One race, live: its buttons, curves and standings; and the races before it."""

from collections import Counter

import pandas as pd
import streamlit as st

from cnnviz.catalogue import architecture
from cnnviz.race import Contestant, Race, races
from cnnviz.records import ENDED, RESUMABLE, RunError, Status
from cnnviz.settings import PRESETS
from cnnviz.standings import OUT, Track, standings, track
from cnnviz.ui import race_selection, selection
from cnnviz.ui.plain import opening, plain
from cnnviz.ui.race_chart import race_chart
from cnnviz.ui.run_view import COLOURS
from cnnviz.ui.standings_table import standings_table

_LISTED = 30  # races: each look at the list reads the state of all their runs


def race_view(race: Race) -> None:
    """Show a race, and keep it up to date while it is live."""
    _view(race, race.state())


@st.fragment
def _view(race: Race, state: str) -> None:
    if race.state() != state or selection.has_message() or not race.path.exists():
        st.rerun()  # the list of races changes too, and the looking may end
    try:
        entered = race.contestants()
        statuses = {one: one.run.status() for one in entered if one.present()}
        _header(race, state, statuses)
        _buttons(race, state, statuses)
        figures, digits = race.figures()
        tracks = _tracks(race, statuses, digits)
    except RunError as error:
        st.warning(opening(str(error)), icon=":material/warning:")
        return
    _failures(statuses)
    out = Counter(one.model for one, status in statuses.items() if status.state in OUT)
    race_chart(
        tracks,
        figures,
        race=race.id,
        ends=_ends(statuses),
        live=state not in ENDED,
        key="race_chart",
    )
    rows = standings(tracks, out=out, over=state in ENDED)
    standings_table(rows, figures, order=list(tracks), key="race_standings")


def _header(race: Race, state: str, statuses: dict[Contestant, Status]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(race.title()), width="content", anchor=False)
        st.badge(state, color=COLOURS[state])  # type: ignore[arg-type]
    done = sum(status.step for status in statuses.values())
    total = sum(status.total_steps for status in statuses.values())
    known = total and all(status.total_steps for status in statuses.values())
    st.progress(min(done / total, 1.0) if known else 0.0, text=_words(race, state, statuses))


def _words(race: Race, state: str, statuses: dict[Contestant, Status]) -> str:
    if state == "queued":
        return "Starting, or waiting for its turn: another training may have the processor"
    settings = next(iter(statuses)).run.settings() if statuses else None
    if settings is None:
        return "Its runs have been deleted"
    passes = f"{settings.epochs} pass{'es' if settings.epochs > 1 else ''}"
    seconds = sum(status.seconds for status in statuses.values())
    text = f"{passes} in batches of {settings.batch_size} · {seconds:.1f} s of training in all"
    missing = len(race.contestants()) - len(statuses)
    return text + (f" · {missing} of its runs deleted" if missing else "")


def _buttons(race: Race, state: str, statuses: dict[Contestant, Status]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        live = state not in ENDED
        if state == "paused":
            _wish(race, "Resume", "play_arrow", "run")
        else:
            _wish(race, "Pause", "pause", "pause", disabled=state != "running")
        _wish(race, "Stop", "stop", "stop", disabled=not live or state == "stopping")
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


def _wish(race: Race, label: str, icon: str, want: str, *, disabled: bool = False) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"race_{want}",
        on_click=race_selection.ask,
        args=(race, want),
        disabled=disabled,
    )


def _tracks(race: Race, statuses: dict[Contestant, Status], digits: int) -> dict[str, list[Track]]:
    """Return by network the ways of its seeds that count."""
    found: dict[str, list[Track]] = {model: [] for model in race.models()}
    for one, status in statuses.items():
        try:
            history = race_selection.history(race, one.run)
            batch = one.run.settings().batch_size
        except RunError as error:  # damaged, or deleted since: the others go on
            st.warning(opening(str(error)), icon=":material/warning:")
            continue
        if history.intervals and status.state not in OUT:
            found[one.model].append(track(history, batch_size=batch, digits=digits))
    return found


def _failures(statuses: dict[Contestant, Status]) -> None:
    for one, status in statuses.items():
        if status.state == "failed":
            name = f"{architecture(one.model).title}, seed {one.seed}"
            st.error(plain(f"{name}: {status.message}"), icon=":material/error:")
        elif status.state == "diverged":
            name = f"{architecture(one.model).title}, seed {one.seed}"
            st.warning(
                plain(f"{name} has diverged: its learning rate was too high for it."),
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
                st.page_link(
                    "pages/train.py",
                    label=f"{architecture(one.model).title}, seed {one.seed}",
                    icon=":material/visibility:",
                    query_params={selection.RUN: one.run.id},
                )


def race_list(current: Race | None) -> None:
    """List the races; a click on one shows it."""
    found = races()
    if not found:
        st.caption("No race yet. Press Start.")
        return
    rows = [_row(race) for race in found[:_LISTED]]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        on_select=_pick,
        selection_mode="single-row",
        key="race_list",
        column_config={"Best test accuracy": st.column_config.NumberColumn(format="percent")},
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
    best = [status for run in race.present() if (status := run.status()).test_accuracy is not None]
    top = max(best, key=lambda status: status.test_accuracy or 0.0, default=None)
    return {
        "Race": race.title(),
        "Preset": PRESETS[config["preset"]].title if config.get("preset") else "",
        "State": race.state(),
        "Best test accuracy": top.test_accuracy if top else None,
        "Created": config["created"][:16].replace("T", " "),
    }
