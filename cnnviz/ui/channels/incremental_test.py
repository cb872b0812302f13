"""The test of this session's edits, a slice at a time, so that the next edit need not wait."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.data.mnist import Digits, Pixels
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import layer_outputs, loading
from cnnviz.ui.channels.tested_digits import baseline, prefix
from cnnviz.ui.pickers.image import InputImage

if TYPE_CHECKING:
    from cnnviz.inspection.interventions.edits import Edit
    from cnnviz.inspection.interventions.effects import Effect

_TRIAL = "channels_trial"
SLICE = 0.12  # seconds until something new is shown


@dataclass
class Trial:
    """A test that is under way.

    Attributes:
        of: network, edits and image.
        steps: what is still to come.
        effect: what is known by now.
        done: whether that is all.
        turn: whose it is: a script may begin while the one before it ends.
    """

    of: tuple[object, ...]
    steps: "Iterator[Effect]"
    effect: "Effect"
    done: bool = False
    turn: threading.Lock = field(default_factory=threading.Lock)

    def advance(self, seconds: float | None) -> None:
        """Go on for so long; None goes on to the end."""
        end = None if seconds is None else time.monotonic() + seconds
        with self.turn:
            while not self.done and (end is None or time.monotonic() < end):
                found = next(self.steps, None)
                self.done = found is None
                self.effect = found or self.effect


def trial(
    network: TrainedNetwork,
    digits: Digits,
    edits: "tuple[Edit, ...]",
    image: InputImage,
    *,
    at_once: bool,
) -> Trial:
    """Return the session's test of these edits, further than at the last call."""
    of = (network.key, network.version, digits.source, edits, image.key)
    found: Trial | None = st.session_state.get(_TRIAL)
    if found is None or found.of != of:
        steps = _effects(network, digits, edits, image.pixels)
        found = st.session_state[_TRIAL] = Trial(of, steps, next(steps))
    found.advance(None if at_once else SLICE)
    return found


def _effects(
    network: TrainedNetwork, digits: Digits, edits: "tuple[Edit, ...]", image: Pixels
) -> "Iterator[Effect]":
    """Yield what edits do, over more and more of the tested digits."""
    from cnnviz.inspection.activations.partial_forward import earliest
    from cnnviz.inspection.interventions.effects import effects

    loaded = loading.model(network)
    first = earliest(loaded, [edit.layer for edit in edits])
    before, unedited = prefix(network, digits, first), baseline(network, digits)
    yield from effects(
        loaded, edits, image, unedited, layers=layer_outputs.map_layers(network), before=before
    )
