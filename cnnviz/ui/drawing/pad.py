"""The drawing pad and, in the same component, what networks make of the drawing.

One trip to the server while the pen moves brings back the answers, the bars and the pixels.
"""

import base64
import binascii
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from cnnviz.data import canvases, ink
from cnnviz.data.mnist import Pixels
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.components.component import component
from cnnviz.ui.drawing import drawing
from cnnviz.ui.drawing.drawing import Drawing
from cnnviz.ui.shell.units import probability

if TYPE_CHECKING:
    from cnnviz.evaluation.image_predictions import EnsemblePrediction

KEY = "draw_pad"
FINEST = 112  # pixels on the longer side of the ink that the pad sends

_PAD = component("pad", beside=__file__)


@dataclass(frozen=True)
class Verdict:
    """What all networks together say, in words.

    Attributes:
        say: the answer, or why there is none.
        words: whether `say` is words, not a digit.
        detail: who says so; without probabilities, because a screen reader speaks it.
        certainty: how sure they are.
    """

    say: str
    words: bool
    detail: str
    certainty: str = ""


def received() -> Drawing:
    """Return the session's drawing as the pad's last message left it."""
    found = drawing.current()
    message = _message()
    if message.get("id") == found.id and "ink" in message:
        pixels = _pixels(message)
        found.image = ink.center(pixels)
        found.sheet = ink.place_on_canvas(pixels, _place(message), side=canvases.SIDE)
        found.ops = message.get("ops") or []
        found.note = ""
    return found


def drawing_goes_on() -> bool:
    """Tell whether the pen is down, so that more is to come."""
    return bool(_message().get("live"))


def pad(
    found: Drawing,
    networks: Sequence[TrainedNetwork],
    reading: "EnsemblePrediction | None",
    *,
    compact: bool = False,
) -> None:
    """Show the pad with that drawing and what the networks read on it; compact, it is lower."""
    message = _message()
    verdict = describe(found.image, networks, reading)
    known = message.get("live") and message.get("id") == found.id
    drawn = {} if known else {"ops": found.ops}
    answers = [answer.probabilities for answer in reading.members] if reading else []
    data = {
        "ack": message.get("seq", 0),
        "id": found.id,
        "image": base64.b64encode(found.image.tobytes()).decode(),
        "note": found.note,
        "say": verdict.say,
        "words": verdict.words,
        "detail": verdict.detail,
        "certainty": verdict.certainty,
        "compact": compact,
        "doubtful": bool(reading and reading.doubt),
        "networks": [
            {
                "title": network.title,
                "tested": f"{network.accuracy:.2%} right" if network.accuracy else "",
                "probabilities": list(answers[i]) if reading else None,
            }
            for i, network in enumerate(networks)
        ],
    }
    _PAD(key=KEY, data=data | drawn, on_message_change=_nothing)


def describe(
    image: Pixels, networks: Sequence[TrainedNetwork], reading: "EnsemblePrediction | None"
) -> Verdict:
    """Put into words what the networks read."""
    if not image.any():
        return Verdict("The pad is empty", True, "Draw a digit here.")
    if reading is None:
        return Verdict("No network is reading", True, "Choose a network above.")
    if reading.doubt:
        return Verdict("Not a digit", True, f"{reading.doubt.capitalize()}.")
    digit, count = reading.mean.digit, len(networks)
    agree = sum(answer.digit == digit for answer in reading.members)
    confidence = reading.mean.confidence
    sure = f"{probability(confidence)} sure"
    if count == 1:
        return Verdict(str(digit), False, networks[0].title, sure)
    return Verdict(str(digit), False, _who(agree, count), f"{sure} on average")


def _who(agree: int, count: int) -> str:
    if agree < count:
        return f"{agree} of {count} networks say so."
    return "Both agree." if count == 2 else f"All {count} networks agree."


def _message() -> Mapping[str, Any]:
    """Return what the pad sent last; nothing before its first stroke on this visit."""
    return (st.session_state.get(KEY) or {}).get("message") or {}


def _pixels(message: Mapping[str, Any]) -> Pixels:
    """Return the ink in a message: none if the sizes do not fit, which no pad sends."""
    try:
        content = base64.b64decode(message["ink"], validate=True)
        width, height = int(message["width"]), int(message["height"])
    except (binascii.Error, KeyError, TypeError, ValueError):
        return np.zeros((0, 0), np.uint8)
    if not (0 < width <= FINEST and 0 < height <= FINEST and width * height == len(content)):
        return np.zeros((0, 0), np.uint8)
    return np.frombuffer(content, np.uint8).reshape(height, width)


def _place(message: Mapping[str, Any]) -> list[float]:
    """Return where on the pad the ink lies, as shares of it: nowhere if no pad can have sent it."""
    place = message.get("place")
    if isinstance(place, list) and len(place) == 4:
        with contextlib.suppress(TypeError, ValueError):
            shares = [float(share) for share in place]
            if all(0 <= share <= 1 for share in shares):
                return shares
    return [0.0] * 4


def _nothing() -> None:
    """Make Streamlit keep the message; `received` reads it."""
