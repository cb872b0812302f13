"""The snapshots of a training, computed in the background and cached."""

import functools
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from cnnviz.data.mnist import Pixels
from cnnviz.models.catalogue import architecture
from cnnviz.training import launch
from cnnviz.training.engine.settings import PRESETS
from cnnviz.training.runs import networks
from cnnviz.training.runs import snapshots as kept
from cnnviz.training.runs.checkpoint import CheckpointError
from cnnviz.training.runs.history import History
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.training.runs.records import RunError
from cnnviz.training.runs.store import Run, find_run, runs
from cnnviz.ui.cached import layer_outputs, loading
from cnnviz.ui.components.poll import pulse
from cnnviz.ui.embedding.samples import Sample
from cnnviz.ui.pickers.image import InputImage
from cnnviz.ui.shell import address
from cnnviz.ui.shell.background import request
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameter_types import Integer, Text
from cnnviz.ui.shell.parameters import MOMENT, RUN
from cnnviz.ui.training import session

if TYPE_CHECKING:
    from cnnviz.inspection.training_snapshot import Reaction, Snapshot

_RUN, _PAGES = "time_run", "time_pages"
_SHORT = "lenet5"  # the architecture offered if nothing has been trained
_MOST_STEPS = 99_999_999  # more than any training takes
_STARTING = 0.7  # seconds until the page looks for the first snapshot
DETECTORS = "Detectors predict boxes instead of one of ten classes: their snapshots are on Detect."
COUNT = 300  # digits on the map of every snapshot
HELP = f"""
- **The slider** steps through the [[snapshots|snapshot]] that the run kept: the initial weights,
  the first doublings of the step, when most changes, and the ends of [[epochs|epoch]]; at most
  {kept.MAX_COUNT} of them and {kept.MAX_BYTES // 2**20} MiB, evenly thinned if there were more.
  Everything below belongs to the same snapshot, and is drawn in your browser.
- **Training [[loss]]** is the [[cross-entropy]] of the last [[batches|batch]] in [[nats|nat]]:
  2.3 for guessing among ten classes, 0 for certain and correct predictions.
- **[[Filters|filter]]** are the [[kernels|kernel]] of the first convolution: blue is positive,
  vermilion negative.
- **Maps** show sixteen [[channels|channel]] at a time, the same ones in every snapshot,
  beginning with those that are strongest in the newest one.
- **The effective field** is the mean of |∂ unit / ∂ pixel| of the middle layer's central
  [[unit]] over 16 test digits, its [[effective receptive field]]. Before training it depends on the
  architecture alone. Below it is the side of the square around its center that holds 95% of it.
- **[[Saliency|saliency]]** is the absolute [[gradient]] of one [[logit]] with respect to each
  pixel; the logit is the same in all snapshots.
- **The map of digits** is the plane in which the newest snapshot's digits vary most ([[PCA]] of the
  last part before the classifier). Earlier snapshots are projected onto the *same* plane: a digit
  that moves has changed its vector, not the view. The percentage above it is the share of digits
  whose five nearest neighbors in the layer vote for their label.
- **Scales** are shared by all snapshots: values that grow become darker, and the map of digits,
  which may begin as a dot, larger. The checkbox scales each snapshot by itself.
- {DETECTORS}
"""


@dataclass(frozen=True, eq=False)
class LoadedSnapshot:
    """One snapshot with all that is shown of it."""

    moment: TrainedNetwork
    snapshot: "Snapshot"
    reaction: "Reaction"


def recorded() -> dict[str, TrainedNetwork]:
    """Return the runs of classifiers with snapshots by key, newest first."""
    return {one.key: one for one in networks.networks_with_snapshots() if one.task == "classify"}


def offer_training() -> None:
    """Offer a short training if there is no run with snapshots, or wait for one that has begun."""
    session.show_message()
    if any(run.status().live for run in runs()):
        st.progress(0, text="Training has begun: waiting for its first snapshot.")
        pulse(_STARTING, key="time_starting")
        return
    st.info(
        "There is no run with snapshots yet: the pretrained networks include only their final "
        "weights. Every training keeps its weights after 0, 1, 2, 4, 8 … steps. "
        f"{DETECTORS}",
        icon=":material/info:",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"Train {architecture(_SHORT).title} for one epoch",
            type="primary",
            icon=":material/play_arrow:",
            on_click=lambda: session.start_run(PRESETS["quick"].settings(_SHORT), "quick"),
        )
        st.page_link(
            "pages/train.py", label="Train another network", icon=":material/model_training:"
        )
    launch.prepare_spare()


def read_log(run: Run) -> tuple[History, bool]:
    """Return a run's log, and whether it is damaged; then the readable part, with a warning."""
    history = History(run)
    try:
        return history.read(), False
    except RunError:
        history.read_sound()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(
            "The log of this run is damaged: the curves of loss and accuracy end where it can no "
            "longer be read. The snapshots are not affected.",
            icon=":material/warning:",
        )
        address.page_link(
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
        words = "No snapshot of this run can be read: its files are damaged. Choose another run."
    else:
        words = (
            f"{count} snapshot{'s' if count > 1 else ''} cannot be read and "
            f"{'are' if count > 1 else 'is'} left out."
        )
    st.warning(words, icon=":material/warning:")


def target_class(moments: Sequence[TrainedNetwork], image: InputImage) -> int:
    """Return the class whose logit is explained: the label, else the newest prediction."""
    if image.label is not None:
        return image.label
    for moment in reversed(moments):
        try:
            loading.load(moment)
        except ValueError:  # damaged, or deleted since it was listed
            continue
        return int(layer_outputs.forward_pass(moment, image.pixels).probabilities.argmax())
    return 0


def choose_run(found: dict[str, TrainedNetwork]) -> TrainedNetwork:
    """Return the run that the user chooses, at first the one that Train shows, else the newest."""
    wanted = _wanted()
    if wanted is None and (shown := session.current_run()) is not None:
        wanted = shown.id
    st.session_state[_RUN] = wanted if wanted in found else next(iter(found))
    chosen = st.selectbox(
        "Run",
        list(found),
        format_func=lambda key: found[key].title,
        key=_RUN,
        on_change=lambda: address.write({RUN: st.session_state[_RUN], MOMENT: None}),
    )
    return found[chosen]


def forget_missing(found: Mapping[str, TrainedNetwork]) -> None:
    """Say so if the run of the address, or the one shown before, can no longer be shown.

    A run that does not exist is dropped from the address with its snapshot.
    """
    wanted = _wanted()
    if wanted is None or wanted in found:
        return
    try:
        title = plain(find_run(wanted).title())
    except RunError:
        _forget()
        instead = " Showing the newest one with snapshots." if found else ""
        words = f"The chosen run no longer exists: it may have been deleted.{instead}"
        st.info(words, icon=":material/info:")
    else:
        address.write({MOMENT: None})
        if found:  # else the page says what there is to do
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


def linked_step() -> int | None:
    """Return the step that the address names."""
    address.show_complaint(MOMENT)
    return address.read(MOMENT, Integer(high=_MOST_STEPS))


def remember_step(step: int) -> None:
    """Write the step of the shown snapshot into the address."""
    address.write({MOMENT: step})


def pages(run: str) -> tuple[int, int, int]:
    """Return which sixteen channels of the early, the middle and the late layer are shown."""
    found: tuple[int, int, int] = st.session_state.get(_PAGES, {}).get(run, (0, 0, 0))
    return found


def turn_page(run: str, stage: int, page: int) -> None:
    """Show other channels of one of the three layers."""
    now = list(pages(run))
    now[stage] = page
    st.session_state[_PAGES] = {run: tuple(now)}


def load_snapshots(
    moments: Sequence[TrainedNetwork], shown: Sample, image: Pixels, target: int
) -> tuple[list[LoadedSnapshot], int, int]:
    """Return the finished snapshots, how many are still computed, and how many cannot be read.

    The newest is computed first, since it defines the plane and the channels of the others:
    nothing is returned before it is finished.

    Args:
        moments: snapshots of one run, first to last.
        shown: the digits on the map.
        image: uint8, (28, 28).
        target: class whose logit is explained.
    """
    calls: dict[Hashable, Callable[[], Any]] = {}
    for moment in (*moments[-1:], *moments[:-1]):
        for key, call in _calls(moment, shown, image, target):
            calls[key] = call
    ready = request(calls)
    found: list[LoadedSnapshot] = []
    missing = 0
    for moment in moments:
        keys = [key for key, _ in _calls(moment, shown, image, target)]
        if not all(key in ready for key in keys):
            missing += 1
        elif all(ready[key] is not None for key in keys):
            found.append(LoadedSnapshot(moment, *(ready[key] for key in keys)))
    newest = bool(found) and found[-1].moment == moments[-1]
    lost = len(moments) - missing - len(found)
    return (found if newest or not missing else []), missing, lost


def _calls(
    moment: TrainedNetwork, shown: Sample, image: Pixels, target: int
) -> list[tuple[Hashable, Callable[[], Any]]]:
    name = moment.key, moment.version
    return [
        (
            ("snapshot", *name, shown.source, len(shown.labels)),
            functools.partial(_snapshot, moment, shown),
        ),
        (
            ("reaction", *name, image.tobytes(), target),
            functools.partial(_reaction, moment, image, target),
        ),
    ]


def _snapshot(moment: TrainedNetwork, shown: Sample) -> "Snapshot | None":
    from cnnviz.inspection.training_snapshot import snapshot

    try:
        loaded = networks.load_network(moment)
    except CheckpointError:  # deleted since it was listed
        return None
    return snapshot(loaded, shown.images, shown.labels)


def _reaction(moment: TrainedNetwork, image: Pixels, target: int) -> "Reaction | None":
    from cnnviz.inspection.training_snapshot import reaction

    try:
        loaded = networks.load_network(moment)
    except CheckpointError:  # deleted since it was listed
        return None
    return reaction(loaded, image[None], target)
