"""The input that excites a channel or a class most, optimized while one watches."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.data.mnist import CLASSES, Digits
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.channels import tested_digits
from cnnviz.ui.components.tiles import Row, Tile, tiles

if TYPE_CHECKING:
    from cnnviz.inspection.activations.map_layers import MapLayer
    from cnnviz.inspection.interventions.feature_visualization import Frame, Objective

_CLIMB = "channels_climb"
_GOAL, _LESS = "channels_goal", "channels_less"
_CHANNEL, _NONE = "channel", "none"
STEPS = 192
SLICE = 0.12  # seconds of work in one go; others' turns come between
PAUSE = 0.15  # seconds until the next
KEPT = 7  # images of the film beside the last


@dataclass(frozen=True)
class Goal:
    """What is to grow.

    Attributes:
        layer: of the channel; None for a class.
        index: of the channel, or the class.
        less: class whose logit is taken away; None for none.
    """

    layer: "MapLayer | None"
    index: int
    less: int | None = None

    @property
    def title(self) -> str:
        """What the value is, in words."""
        if self.layer is not None:
            return "mean of the channel"
        less = "" if self.less is None else f" less that of {self.less}"
        return f"logit of {self.index}{less}"

    def objective(self) -> "Objective":
        """Return it as a function of what the network puts out."""
        from cnnviz.inspection.interventions import feature_visualization

        if self.layer is not None:
            return feature_visualization.channel(self.layer, self.index)
        logit = feature_visualization.logit(self.index)
        return (
            logit
            if self.less is None
            else feature_visualization.minus(logit, feature_visualization.logit(self.less))
        )


@dataclass
class _Climb:
    """One optimization of this session.

    Attributes:
        subject: network and goal it is of.
        goal: what is to grow.
        frames: those to come; None once it has ended or been stopped.
        best: the objective for the best real digit.
        of: how many real digits were asked.
        seen: those there are.
        turn: whose it is: a script may begin while the one before it ends.
    """

    subject: tuple[object, ...]
    goal: Goal
    frames: "Iterator[Frame] | None"
    best: float
    of: int
    seen: "list[Frame]" = field(default_factory=list)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def advance(self) -> None:
        """Work for a moment."""
        end = time.monotonic() + SLICE
        with self.turn:
            while not self.seen or time.monotonic() < end:
                frames = self.frames  # Stop may take them away at any time
                frame = next(frames, None) if frames is not None else None
                if frame is None:
                    self.frames = None
                    return
                self.seen.append(frame)


def climb(network: TrainedNetwork, digits: Digits, layer: "MapLayer", channel: int) -> None:
    """Offer to look for the input that excites a channel or a class most, and show it growing."""
    goal = _choose_goal(network, digits, layer, channel)
    if goal is None:
        st.caption("A dead channel does not grow, whatever the input: choose a class.")
        return
    subject = (network.key, network.version, goal)
    polled = _running(subject)

    @st.fragment(run_every=PAUSE if polled else None)
    def show() -> None:
        running = _running(subject)
        if running != polled:  # a button was pressed: begin or end to come back by itself
            st.rerun()
        found = _climb(subject)
        st.button(
            "Stop" if running else "Optimize",
            icon=":material/stop:" if running else ":material/trending_up:",
            key="channels_stop" if running else "channels_optimize",
            on_click=_stop if running else _start,
            args=() if running else (network, digits, goal, subject),
        )
        if found is None:
            st.caption("Starts from dark noise and climbs for about two hundred steps.")
            return
        found.advance()
        if found.seen:
            _show(found)
        if _running(subject) != polled:
            st.rerun()

    show()


def _choose_goal(
    network: TrainedNetwork, digits: Digits, layer: "MapLayer", channel: int
) -> Goal | None:
    """Return what the user wants to grow; None where it is a channel that nothing changes."""
    classes = {str(digit): digit for digit in range(CLASSES)}
    more, than = st.columns(2)
    chosen = more.selectbox(
        "What is to grow",
        [_CHANNEL, *classes],
        format_func=lambda key: f"the class {key}" if key in classes else "this channel",
        key=_GOAL,
        persist_state="session",
    )
    if chosen not in classes:
        dead = tested_digits.top_activating(network, digits, layer).constant[channel]
        return None if dead else Goal(layer, channel)
    if st.session_state.get(_LESS) == chosen:
        st.session_state[_LESS] = _NONE
    less = than.selectbox(
        "And not",
        [_NONE, *(key for key in classes if key != chosen)],
        format_func=lambda key: "any other class" if key == _NONE else f"the class {key}",
        key=_LESS,
        persist_state="session",
    )
    return Goal(None, classes[chosen], classes.get(less))


def _climb(subject: tuple[object, ...]) -> _Climb | None:
    """Return this session's optimization if it is of that channel."""
    found: _Climb | None = st.session_state.get(_CLIMB)
    return found if found is not None and found.subject == subject else None


def _running(subject: tuple[object, ...]) -> bool:
    found = _climb(subject)
    return found is not None and found.frames is not None


def _start(
    network: TrainedNetwork,
    digits: Digits,
    goal: Goal,
    subject: tuple[object, ...],
) -> None:
    from cnnviz.inspection.interventions import feature_visualization

    loaded = loading.load(network)
    chosen = tested_digits.tested(digits)
    if goal.layer is not None:
        best = float(tested_digits.top_activating(network, digits, goal.layer).means[goal.index])
    else:
        scores = tested_digits.tested_logits(network, digits)
        less = 0 if goal.less is None else scores[:, goal.less]
        best = float((scores[:, goal.index] - less).max())
    frames = feature_visualization.visualize(loaded, goal.objective(), steps=STEPS)
    st.session_state[_CLIMB] = _Climb(subject, goal, frames, best, len(chosen))


def _stop() -> None:
    found: _Climb | None = st.session_state.get(_CLIMB)
    if found is not None:
        found.frames = None


def _show(found: _Climb) -> None:
    last = found.seen[-1]
    large = Tile(last.image, f"After {last.step} steps", f"step {last.step} of {STEPS}")
    count = len(found.seen) - 1
    places = sorted({round(i * count / KEPT) for i in range(KEPT)}) if count else []
    film = [
        Tile(found.seen[i].image, f"After {found.seen[i].step} steps", f"{found.seen[i].step}")
        for i in places
    ]
    rows = [
        Row(
            "What excites it",
            [large],
            in_words(found.goal, last.value, found.best, found.of),
            scale=7,
        )
    ]
    if film:
        rows.append(Row("On the way", film, "steps", scale=2))
    tiles(rows, key="channels_climb_view")


def in_words(goal: Goal, value: float, best: float, of: int) -> str:
    """Return how far an image goes beyond the best real digit."""
    said = f"{goal.title}: {value:.2f}"
    if best <= 0:
        return f"{said}; at most {best:.2f} for {of:,} test digits"
    return f"{said}, {value / best:.1f} times that of the best of {of:,} test digits ({best:.2f})"
