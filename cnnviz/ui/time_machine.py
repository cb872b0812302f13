"""The moments of a training as they can be seen: worked out behind the page, and kept."""

import functools
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from cnnviz import networks
from cnnviz.catalogue import architecture
from cnnviz.checkpoint import CheckpointError
from cnnviz.data import Pixels
from cnnviz.networks import Network
from cnnviz.ui import selection
from cnnviz.ui.embeddings import Sample
from cnnviz.ui.later import soon

if TYPE_CHECKING:
    from cnnviz.snapshot import Reaction, Snapshot

_RUN = "time_run"
COUNT = 300  # digits on the map of every moment
HELP = """
- **The scrubber** goes through the moments that the training kept: the initial weights, the first
  doublings of the step, where most happens, and the ends of passes. Everything below is of the
  same moment, and is drawn in your browser.
- **Filters** are what the first convolution does to ink: blue is positive, vermilion negative.
- **Maps** are the strongest channels of the newest moment, the same ones all along.
- **The effective field** is the mean of |∂ unit / ∂ pixel| of the middle layer's central unit over
  16 test digits. Before training it is the architecture's own.
- **Saliency** is the size of the gradient of one logit, the same one all along, by each pixel.
- **The map of digits** is the plane in which the newest moment's digits differ most (PCA of the
  last part before the answer). Earlier moments are projected onto the *same* plane, so that a
  digit that moves has changed its vector, and not the view. The share below says how many digits
  have a majority of their own class among their five nearest.
- **Scales** are shared by all moments, so that what grows gets darker. The box gives each moment
  its own.
"""


@dataclass(frozen=True, eq=False)
class Seen:
    """One moment with all that is to be seen of it."""

    moment: Network
    snapshot: "Snapshot"
    reaction: "Reaction"


def recorded() -> dict[str, Network]:
    """Return the runs of classifiers that keep moments, newest first, by key."""
    found = (network for network in networks.trained() if network.task == "classify")
    return {network.key: network for network in found if networks.moments(network)}


def choose_run(found: dict[str, Network]) -> Network:
    """Return the run that the user chooses, at first the one that Train shows, else the newest."""
    shown = selection.current_run()
    if st.session_state.get(_RUN) not in found or selection.RUN in st.query_params:
        key = shown.id if shown is not None else ""
        st.session_state[_RUN] = key if key in found else next(iter(found))
    chosen = st.selectbox(
        "Training",
        list(found),
        format_func=lambda key: found[key].title,
        key=_RUN,
        on_change=lambda: st.query_params.update({selection.RUN: st.session_state[_RUN]}),
    )
    return found[chosen]


@st.cache_resource(max_entries=2, show_spinner=False)
def few(source: str, _sample: Sample) -> Sample:
    """Return the first `COUNT` digits of a sample, the same object to everyone."""
    del source  # the cache's key
    return replace(
        _sample,
        index=_sample.index[:COUNT],
        images=_sample.images[:COUNT],
        labels=_sample.labels[:COUNT],
    )


def seen(
    moments: Sequence[Network], shown: Sample, image: Pixels, target: int
) -> tuple[list[Seen], int]:
    """Return the moments that are ready, first to last, and how many are still to come.

    The newest is worked out first, since the others are shown on its terms: nothing is ready
    before it is. Moments whose file has gone meanwhile are neither.

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
    ready = soon(calls)
    found: list[Seen] = []
    missing = 0
    for moment in moments:
        keys = [key for key, _ in _calls(moment, shown, image, target)]
        if not all(key in ready for key in keys):
            missing += 1
        elif all(ready[key] is not None for key in keys):
            found.append(Seen(moment, *(ready[key] for key in keys)))
    newest = bool(found) and found[-1].moment == moments[-1]
    return (found, missing) if newest or not missing else ([], missing)


def _calls(
    moment: Network, shown: Sample, image: Pixels, target: int
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


def _snapshot(moment: Network, shown: Sample) -> "Snapshot | None":
    from cnnviz.snapshot import snapshot

    try:
        model = networks.load(moment)
    except CheckpointError:  # deleted since it was listed
        return None
    return snapshot(model, architecture(moment.architecture), shown.images, shown.labels)


def _reaction(moment: Network, image: Pixels, target: int) -> "Reaction | None":
    from cnnviz.snapshot import reaction

    try:
        model = networks.load(moment)
    except CheckpointError:  # deleted since it was listed
        return None
    return reaction(model, architecture(moment.architecture), image[None], target)
