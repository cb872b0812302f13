"""The input that excites a channel most, optimized while one watches."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.catalogue import architecture
from cnnviz.data import Digits
from cnnviz.networks import Network
from cnnviz.ui import cache, channel_data
from cnnviz.ui.tiles import Row, Tile, tiles

if TYPE_CHECKING:
    from cnnviz.map_layers import MapLayer
    from cnnviz.visualize import Frame

_CLIMB = "channels_climb"
STEPS = 192
SLICE = 0.12  # seconds of work in one go; others' turns come between
PAUSE = 0.15  # seconds until the next
KEPT = 7  # images of the film beside the last


@dataclass
class _Climb:
    """One optimization of this session.

    Attributes:
        subject: network, layer and channel it is of.
        frames: those to come; None once it has ended or been stopped.
        best: the objective for the best real digit.
        of: how many real digits were asked.
        seen: those there are.
        turn: whose it is: a script may begin while the one before it ends.
    """

    subject: tuple[object, ...]
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


def climb(network: Network, digits: Digits, layer: "MapLayer", channel: int) -> None:
    """Offer to look for the input that excites a channel most, and show how it is found."""
    subject = (network.key, network.version, layer.name, channel)
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
            args=() if running else (network, digits, layer, channel, subject),
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


def _climb(subject: tuple[object, ...]) -> _Climb | None:
    """Return this session's optimization if it is of that channel."""
    found: _Climb | None = st.session_state.get(_CLIMB)
    return found if found is not None and found.subject == subject else None


def _running(subject: tuple[object, ...]) -> bool:
    found = _climb(subject)
    return found is not None and found.frames is not None


def _start(
    network: Network,
    digits: Digits,
    layer: "MapLayer",
    channel: int,
    subject: tuple[object, ...],
) -> None:
    from cnnviz import visualize

    model, row = cache.load(network), architecture(network.architecture)
    objective = visualize.channel(layer, channel)
    chosen = channel_data.tested(digits)
    real = channel_data.real(network, digits, layer)[channel]
    frames = visualize.visualize(model, row, objective, steps=STEPS)
    st.session_state[_CLIMB] = _Climb(subject, frames, real, len(chosen))


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
    rows = [Row("What excites it", [large], in_words(last.value, found.best, found.of), scale=7)]
    if film:
        rows.append(Row("On the way", film, "steps", scale=2))
    tiles(rows, key="channels_climb_view")


def in_words(value: float, best: float, of: int) -> str:
    """Return how far an image goes beyond the best real digit."""
    mean = f"mean of the channel {value:.2f}"
    if best <= 0:
        return f"{mean}; at most {best:.2f} for {of:,} test digits"
    return f"{mean}, {value / best:.1f} times that of the best of {of:,} test digits ({best:.2f})"
