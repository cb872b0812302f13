"""The moments of a training as they can be seen: worked out behind the page, and kept."""

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
from cnnviz.ui.embedding.maps import Sample
from cnnviz.ui.pickers.image import Subject
from cnnviz.ui.shell import address
from cnnviz.ui.shell.background import request
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameter_types import Integer, Text
from cnnviz.ui.shell.parameters import MOMENT, RUN
from cnnviz.ui.training import session

if TYPE_CHECKING:
    from cnnviz.inspection.training_snapshot import Reaction, Snapshot

_RUN, _PAGES = "time_run", "time_pages"
_SHORT = "lenet5"  # the architecture that is offered to those who have trained nothing
_MOST_STEPS = 99_999_999  # more than any training here takes
_STARTING = 0.7  # seconds until the page looks for the first moment
DETECTORS = (
    "Detectors, whose answers are boxes and not one of ten classes, have their moments on Detect."
)
COUNT = 300  # digits on the map of every moment
HELP = f"""
- **The scrubber** goes through the moments that the training kept: the initial weights, the first
  doublings of the step, where most happens, and the ends of passes; at most {kept.MAX_COUNT} of
  them and {kept.MAX_BYTES // 2**20} MiB, and where there were more, evenly thinned. Everything
  below is of the same moment, and is drawn in your browser.
- **Training loss** is the cross-entropy of the last batches in nats: 2.3 for guessing among ten
  classes, 0 for being sure and right.
- **Filters** are what the first convolution does to ink: blue is positive, vermilion negative.
- **Maps** are of sixteen channels at a time, those first that are strongest at the newest moment;
  the same ones all along.
- **The effective field** is the mean of |∂ unit / ∂ pixel| of the middle layer's central unit over
  16 test digits. Before training it is the architecture's own. Below it stands how large a square
  around its middle holds 95% of it.
- **Saliency** is the size of the gradient of one logit, the same one all along, by each pixel.
- **The map of digits** is the plane in which the newest moment's digits differ most (PCA of the
  last part before the answer). Earlier moments are projected onto the *same* plane, so that a
  digit that moves has changed its vector, and not the view. The share above it says how many digits
  lie among their own: their five nearest in the layer vote for the class they are labeled.
- **Scales** are shared by all moments, so that what grows gets darker, and the map of digits, which
  may begin as a dot, larger. The box gives each moment its own.
- **Detectors** answer with boxes and not with one of ten classes: their moments are on Detect.
"""


@dataclass(frozen=True, eq=False)
class Seen:
    """One moment with all that is to be seen of it."""

    moment: TrainedNetwork
    snapshot: "Snapshot"
    reaction: "Reaction"


def recorded() -> dict[str, TrainedNetwork]:
    """Return the runs of classifiers that keep moments, newest first, by key."""
    return {one.key: one for one in networks.networks_with_snapshots() if one.task == "classify"}


def offer_training() -> None:
    """Say that there is nothing yet, and offer a short training; wait for one that has begun."""
    if message := session.said():
        st.error(message, icon=":material/error:")
    if any(run.status().live for run in runs()):
        st.progress(0, text="A training has begun: its first moment is on its way.")
        pulse(_STARTING, key="time_starting")
        return
    st.info(
        "No training here has kept its moments yet: the networks that ship come as they were at "
        "the end. Every training keeps its weights as they were after 0, 1, 2, 4, 8 … steps. "
        f"{DETECTORS}",
        icon=":material/info:",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"Train {architecture(_SHORT).title} for one pass",
            type="primary",
            icon=":material/play_arrow:",
            on_click=lambda: session.start(PRESETS["quick"].settings(_SHORT), "quick"),
        )
        st.page_link("pages/train.py", label="Another one", icon=":material/model_training:")
    launch.prepare_spare()


def read_log(run: Run) -> tuple[History, bool]:
    """Return a run's log, and whether it is damaged: then what stands before, and a sentence."""
    history = History(run)
    try:
        return history.read(), False
    except RunError:
        history.read_sound()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(
            "This training's log is damaged: the curves of loss and accuracy end where it can no "
            "longer be read. The moments do not need it.",
            icon=":material/warning:",
        )
        address.page_link(
            "train", {RUN: run.id}, label="Go on with it or delete it", icon="model_training"
        )
    return history, True


def say_lost(count: int, *, whole: bool) -> None:
    """Say how many moments cannot be read.

    Args:
        count: of them.
        whole: whether none can be.
    """
    if whole:
        words = "No moment of this training can be read: its files are damaged. Choose another one."
    else:
        words = (
            f"{count} of its moments cannot be read, and {'are' if count > 1 else 'is'} left out."
        )
    st.warning(words, icon=":material/warning:")


def target(moments: Sequence[TrainedNetwork], subject: Subject) -> int:
    """Return the class whose logit is followed: the true one, else the newest moment's answer."""
    if subject.label is not None:
        return subject.label
    for moment in reversed(moments):
        try:
            loading.load(moment)
        except ValueError:  # damaged, or deleted since it was listed
            continue
        return int(layer_outputs.forward_pass(moment, subject.image).probabilities.argmax())
    return 0


def choose_run(found: dict[str, TrainedNetwork]) -> TrainedNetwork:
    """Return the run that the user chooses, at first the one that Train shows, else the newest."""
    wanted = _wanted()
    if wanted is None and (shown := session.current_run()) is not None:
        wanted = shown.id
    st.session_state[_RUN] = wanted if wanted in found else next(iter(found))
    chosen = st.selectbox(
        "Training",
        list(found),
        format_func=lambda key: found[key].title,
        key=_RUN,
        on_change=lambda: address.write({RUN: st.session_state[_RUN], MOMENT: None}),
    )
    return found[chosen]


def forget_missing(found: Mapping[str, TrainedNetwork]) -> None:
    """Say so where the run of the address, or the one shown before, cannot be shown any more.

    One that is gone leaves the address, and so does its moment.
    """
    wanted = _wanted()
    if wanted is None or wanted in found:
        return
    try:
        title = plain(find_run(wanted).title())
    except RunError:
        _forget()
        instead = " This is the newest one that keeps its moments." if found else ""
        words = (
            f"The training that was chosen is not here any more: it may have been deleted.{instead}"
        )
        st.info(words, icon=":material/info:")
    else:
        address.write({MOMENT: None})
        if found:  # else the page says what there is to do
            st.info(
                f"{title} has no moments that can be shown here, or none yet. {DETECTORS}",
                icon=":material/info:",
            )


def _wanted() -> str | None:
    """Return the run that the address names, else the one that was shown before."""
    named = address.read(RUN, Text())
    return named if named is not None else st.session_state.get(_RUN)


def _forget() -> None:
    address.write({RUN: None, MOMENT: None})
    st.session_state.pop(_RUN, None)


def linked_moment() -> int | None:
    """Return the step that the address names."""
    address.show_complaint(MOMENT)
    return address.read(MOMENT, Integer(high=_MOST_STEPS))


def remember_moment(step: int) -> None:
    """Put the moment that is looked at into the address."""
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


def seen(
    moments: Sequence[TrainedNetwork], shown: Sample, image: Pixels, target: int
) -> tuple[list[Seen], int, int]:
    """Return the moments that are ready, how many are still to come, and how many cannot be read.

    The newest is worked out first, since the others are shown on its terms: nothing is ready
    before it is.

    Args:
        moments: of one run, first to last.
        shown: the digits on the map.
        image: uint8, (28, 28).
        target: class whose logit is followed.
    """
    calls: dict[Hashable, Callable[[], Any]] = {}
    for moment in (*moments[-1:], *moments[:-1]):
        for key, call in _calls(moment, shown, image, target):
            calls[key] = call
    ready = request(calls)
    found: list[Seen] = []
    missing = 0
    for moment in moments:
        keys = [key for key, _ in _calls(moment, shown, image, target)]
        if not all(key in ready for key in keys):
            missing += 1
        elif all(ready[key] is not None for key in keys):
            found.append(Seen(moment, *(ready[key] for key in keys)))
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
