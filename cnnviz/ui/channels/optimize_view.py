"""The image that maximizes a channel or a class, optimized step by step on the page."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.data.mnist import Digits
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.channels import tested_digits
from cnnviz.ui.channels.goals import Goal, choose_goal
from cnnviz.ui.components.tiles import Row, Tile, tiles

if TYPE_CHECKING:
    from cnnviz.inspection.activations.map_layers import MapLayer
    from cnnviz.inspection.interventions.feature_visualization import Frame

_OPTIMIZATION = "channels_optimization"
STEPS = 192
OPTIMIZE_SLICE = 0.12  # seconds of work at a time; other sessions run in between
PAUSE = 0.15  # seconds until the next slice
EARLIER = 7  # images shown beside the last one


@dataclass
class _Optimization:
    """One optimization of this session.

    Attributes:
        subject: network and goal.
        goal: what is maximized.
        steps: those to come; None once it has ended or been stopped.
        best: the goal's value for the best test digit.
        count: test digits that were compared.
        frames: images so far.
        turn: held by the script that works: one may begin while the one before it ends.
    """

    subject: tuple[object, ...]
    goal: Goal
    steps: "Iterator[Frame] | None"
    best: float
    count: int
    frames: "list[Frame]" = field(default_factory=list)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def advance(self) -> None:
        """Optimize for `OPTIMIZE_SLICE` seconds."""
        end = time.monotonic() + OPTIMIZE_SLICE
        with self.turn:
            while not self.frames or time.monotonic() < end:
                steps = self.steps  # Stop may take them away at any time
                frame = next(steps, None) if steps is not None else None
                if frame is None:
                    self.steps = None
                    return
                self.frames.append(frame)


def optimize_view(network: TrainedNetwork, digits: Digits, layer: "MapLayer", channel: int) -> None:
    """Offer to optimize an image for a channel or a class, and show it while it changes."""
    goal = choose_goal(network, digits, layer, channel)
    if goal is None:
        st.caption("No input changes a dead channel: choose a class.")
        return
    subject = (network.key, network.version, goal)
    polled = _running(subject)

    @st.fragment(run_every=PAUSE if polled else None)
    def optimize() -> None:
        running = _running(subject)
        if running != polled:  # a button was pressed: begin or end to rerun periodically
            st.rerun()
        optimization = _current(subject)
        st.button(
            "Stop" if running else "Optimize",
            icon=":material/stop:" if running else ":material/trending_up:",
            key="channels_stop" if running else "channels_optimize",
            on_click=_stop if running else _start,
            args=() if running else (network, digits, goal, subject),
        )
        if optimization is None:
            st.caption(f"Starts from low-intensity noise and takes {STEPS} gradient steps.")
            return
        optimization.advance()
        if optimization.frames:
            _show(optimization)
        if _running(subject) != polled:
            st.rerun()

    optimize()


def _current(subject: tuple[object, ...]) -> _Optimization | None:
    """Return this session's optimization if it has that subject."""
    optimization: _Optimization | None = st.session_state.get(_OPTIMIZATION)
    return optimization if optimization is not None and optimization.subject == subject else None


def _running(subject: tuple[object, ...]) -> bool:
    optimization = _current(subject)
    return optimization is not None and optimization.steps is not None


def _start(
    network: TrainedNetwork, digits: Digits, goal: Goal, subject: tuple[object, ...]
) -> None:
    from cnnviz.inspection.interventions.feature_visualization import visualize

    best = goal.best_test_value(network, digits)
    steps = visualize(loading.loaded_network(network), goal.objective(), steps=STEPS)
    count = len(tested_digits.tested(digits))
    st.session_state[_OPTIMIZATION] = _Optimization(subject, goal, steps, best, count)


def _stop() -> None:
    optimization: _Optimization | None = st.session_state.get(_OPTIMIZATION)
    if optimization is not None:
        optimization.steps = None


def _show(optimization: _Optimization) -> None:
    """Show the last image large, and some earlier ones small."""
    goal, frames = optimization.goal, optimization.frames
    last, count = frames[-1], len(frames) - 1
    large = Tile(last.image, f"After {last.step} steps", f"step {last.step} of {STEPS}")
    comparison = goal.in_words(last.value, optimization.best, optimization.count)
    rows = [Row("Optimized image", [large], comparison, scale=7)]
    if count:
        places = sorted({round(i * count / EARLIER) for i in range(EARLIER)})
        earlier = [
            Tile(frame.image, f"After {frame.step} steps", f"{frame.step}")
            for frame in (frames[place] for place in places)
        ]
        rows.append(Row("Earlier", earlier, "steps", scale=2))
    tiles(rows, key="channels_optimized")
