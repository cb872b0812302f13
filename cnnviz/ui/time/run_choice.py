"""The run whose snapshots are shown, its address, and what is missing of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from cnnviz.models.catalog import architecture
from cnnviz.training import launch
from cnnviz.training.engine.settings import PRESETS
from cnnviz.training.runs import networks
from cnnviz.training.runs.history import History
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.training.runs.records import RunError
from cnnviz.training.runs.store import Run, find_run
from cnnviz.training.runs.summaries import any_live
from cnnviz.ui.cached import histories
from cnnviz.ui.components.poll import pulse
from cnnviz.ui.pickers.job import missing_sentence
from cnnviz.ui.pickers.run import current_run, start_and_show_run
from cnnviz.ui.shell import address, messages, page_links
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameter_types import Integer, Parsed, Text
from cnnviz.ui.shell.parameters import MOMENT, RUN
from cnnviz.ui.shell.units import quantity
from cnnviz.ui.time.explanation import DETECTORS

_RUN, _PAGES = "time_run", "time_pages"
_SHORT = "lenet5"  # the architecture offered if nothing has been trained
_STARTING = 0.7  # seconds until the page looks for the first snapshot


@dataclass(frozen=True)
class SnapshotStep(Integer):
    """The step of a snapshot.

    Attributes:
        steps: of the run's snapshots.
    """

    steps: tuple[int, ...] = ()

    def parse(self, texts: Sequence[str]) -> Parsed[int]:
        """Return the step that the last text contains, if it has a snapshot."""
        value = super().parse(texts).value
        return Parsed(value) if value in self.steps else Parsed(None, (texts[-1],))

    def rule(self) -> str:
        """Return the steps."""
        return f"must be one of this run's: step {', '.join(f'{step:,}' for step in self.steps)}"


def recorded_classifiers() -> dict[str, TrainedNetwork]:
    """Return the runs of classifiers with snapshots by key, newest first."""
    recorded = networks.networks_with_snapshots()
    return {network.key: network for network in recorded if network.task == "classify"}


def offer_training() -> None:
    """Offer a short training if there is no run with snapshots, or wait for one that has begun."""
    messages.show_message()
    if any_live():
        st.progress(0, text="Training has begun: waiting for its first snapshot.")
        pulse(_STARTING, key="time_starting")
        return
    st.info(
        "Nothing has been trained here yet, and the pretrained networks include only their final "
        "weights. A training keeps its weights after 0, 1, 2, 4, 8 … steps: start one, and then "
        "step through how it learned. "
        f"{DETECTORS}",
        icon=":material/info:",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"Train {architecture(_SHORT).title} for one epoch",
            type="primary",
            icon=":material/play_arrow:",
            on_click=_start_short_run,
        )
        st.page_link(
            "pages/train.py", label="Train another network", icon=":material/model_training:"
        )
    launch.prepare_spare()


def read_log(run: Run) -> tuple[History, bool]:
    """Return a run's log, and whether it is damaged; then the readable part, with a warning."""
    try:
        return histories.history(run), False
    except RunError:
        history = History(run).read_sound()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(
            "The log of this run is damaged: the curves of loss and accuracy end where it can no "
            "longer be read. The snapshots are not affected.",
            icon=":material/warning:",
        )
        page_links.page_link(
            "train", {RUN: run.id}, label="Resume or delete the run", icon="model_training"
        )
    return history, True


def warn_unreadable(count: int, *, whole: bool) -> None:
    """Say how many snapshots cannot be read.

    Args:
        count: of unreadable ones.
        whole: whether these are all.
    """
    if whole:
        text = "No snapshot of this run can be read: its files are damaged. Choose another run."
    else:
        text = (
            f"{quantity(count, 'snapshot')} cannot be read and "
            f"{'are' if count > 1 else 'is'} left out."
        )
    st.warning(text, icon=":material/warning:")


def choose_run(recorded: dict[str, TrainedNetwork]) -> TrainedNetwork:
    """Return the run that the user chooses, at first the one that Train shows, else the newest."""
    wanted = _wanted()
    if wanted is None and (shown := current_run()) is not None:
        wanted = shown.id
    st.session_state[_RUN] = wanted if wanted in recorded else next(iter(recorded))
    chosen = st.selectbox(
        "Run",
        list(recorded),
        format_func=lambda key: recorded[key].title,
        key=_RUN,
        on_change=lambda: address.write({RUN: st.session_state[_RUN], MOMENT: None}),
        help="Trainings that kept snapshots of their weights, newest first.",
    )
    return recorded[chosen]


def drop_unknown_run(recorded: Mapping[str, TrainedNetwork]) -> None:
    """Say so if the run of the address, or the one shown before, can no longer be shown.

    A run that does not exist is dropped from the address with its snapshot.
    """
    wanted = _wanted()
    if wanted is None or wanted in recorded:
        return
    try:
        title = plain(find_run(wanted).title())
    except RunError:
        _forget()
        instead = " Showing the newest one with snapshots." if recorded else ""
        address.show_rejection(f"{missing_sentence(Run.noun, wanted)}{instead}")
    else:
        address.write({MOMENT: None})
        if recorded:  # else the page says what there is to do
            st.info(
                f"{title} has no snapshots that can be shown here, or none yet. {DETECTORS}",
                icon=":material/info:",
            )


def _wanted() -> str | None:
    """Return the run that the address names, else the one shown before."""
    named = address.read(RUN, Text())
    return named if named is not None else st.session_state.get(_RUN)


def _forget() -> None:
    address.write({RUN: None, MOMENT: None})
    st.session_state.pop(_RUN, None)


def linked_step(snapshots: Sequence[TrainedNetwork]) -> int | None:
    """Return the step that the address names, of one of these snapshots."""
    steps = tuple(network.step for network in snapshots if network.step is not None)
    step = address.read(MOMENT, SnapshotStep(steps=steps))
    address.show_complaint(MOMENT)
    return step


def remember_step(step: int) -> None:
    """Write the step of the shown snapshot into the address."""
    address.write({MOMENT: step})


def channel_pages(run: str) -> tuple[int, int, int]:
    """Return which sixteen channels of the early, the middle and the late layer are shown."""
    pages: tuple[int, int, int] = st.session_state.get(_PAGES, {}).get(run, (0, 0, 0))
    return pages


def turn_page(run: str, stage: int, page: int) -> None:
    """Show other channels of one of the three layers."""
    pages = list(channel_pages(run))
    pages[stage] = page
    st.session_state[_PAGES] = {run: tuple(pages)}


def _start_short_run() -> None:
    start_and_show_run(PRESETS["quick"].settings(_SHORT), "quick")
