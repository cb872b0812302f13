"""The test of this session's edits in short slices, so that the next edit need not wait."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.data.mnist import Digits, Pixels
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import layer_outputs, loading
from cnnviz.ui.channels.tested_digits import tested_prefix, unedited_baseline
from cnnviz.ui.pickers.image import InputImage

if TYPE_CHECKING:
    from cnnviz.inspection.interventions.edits import Edit
    from cnnviz.inspection.interventions.effects import EditEffect

_TEST = "channels_test"
TEST_SLICE = 0.12  # seconds until a new result is shown


@dataclass
class IncrementalTest:
    """A test of edits on a growing number of test digits.

    Attributes:
        subject: network, digits, edits and image.
        steps: the effects still to come.
        effect: the latest one.
        done: whether all test digits are counted in it.
        turn: held by the script that works: one may begin while the one before it ends.
    """

    subject: tuple[object, ...]
    steps: "Iterator[EditEffect]"
    effect: "EditEffect"
    done: bool = False
    turn: threading.Lock = field(default_factory=threading.Lock)

    def advance(self, seconds: float | None) -> None:
        """Run for that many seconds; None runs to the end."""
        end = None if seconds is None else time.monotonic() + seconds
        with self.turn:
            while not self.done and (end is None or time.monotonic() < end):
                effect = next(self.steps, None)
                self.done = effect is None
                self.effect = effect or self.effect


def advanced_test(
    network: TrainedNetwork,
    digits: Digits,
    edits: "tuple[Edit, ...]",
    image: InputImage,
    *,
    at_once: bool,
) -> IncrementalTest:
    """Return the session's test of these edits, one slice further than at the last call.

    Args:
        network: that is edited.
        digits: it is tested on some of them.
        edits: in order.
        image: whose prediction is compared as well.
        at_once: whether to go on to the end instead.
    """
    subject = (network.key, network.version, digits.source, edits, image.key)
    test: IncrementalTest | None = st.session_state.get(_TEST)
    if test is None or test.subject != subject:
        steps = _effects(network, digits, edits, image.pixels)
        test = st.session_state[_TEST] = IncrementalTest(subject, steps, next(steps))
    test.advance(None if at_once else TEST_SLICE)
    return test


def _effects(
    network: TrainedNetwork, digits: Digits, edits: "tuple[Edit, ...]", image: Pixels
) -> "Iterator[EditEffect]":
    """Yield the effect of edits on a growing number of the tested digits."""
    from cnnviz.inspection.activations.partial_forward import first_to_run
    from cnnviz.inspection.interventions.effects import edit_effects

    loaded = loading.model(network)
    first = first_to_run(loaded, [edit.layer for edit in edits])
    before = tested_prefix(network, digits, first)
    unedited = unedited_baseline(network, digits)
    yield from edit_effects(
        loaded, edits, image, unedited, layers=layer_outputs.map_layers(network), before=before
    )
