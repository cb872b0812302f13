"""The drawing pad, and in the same component the networks' predictions for the drawing.

One round trip to the server while the pen moves brings the predictions, the bars and the pixels.
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
from cnnviz.stats.percentages import percent, probability
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.components.component import component
from cnnviz.ui.drawing import drawing
from cnnviz.ui.drawing.drawing import Drawing

if TYPE_CHECKING:
    from cnnviz.evaluation.image_predictions import EnsemblePrediction

PAD_KEY = "draw_pad"
FINEST = 112  # pixels on the longer side of the ink that the pad sends

_PAD = component("pad", beside=__file__)


@dataclass(frozen=True)
class Headline:
    """The joint prediction of all networks as text.

    Attributes:
        say: the predicted digit, or why there is none.
        words: whether `say` is words, not a digit.
        detail: how many networks agree; without probabilities, because a screen reader speaks it.
        certainty: the probability as text.
    """

    say: str
    words: bool
    detail: str
    certainty: str = ""


def take_over_pad() -> Drawing:
    """Take over the ink that the pad sent last into the session's drawing, and return it."""
    current = drawing.current_drawing()
    message = _message()
    if message.get("id") == current.id and "ink" in message:
        pixels = _pixels(message)
        current.image = ink.center(pixels)
        current.sheet = ink.place_on_canvas(pixels, _place(message), side=canvases.CANVAS_SIDE)
        current.ops = message.get("ops") or []
        current.note = ""
    return current


def pen_is_down() -> bool:
    """Return whether the pen is down, so that more messages will follow."""
    return bool(_message().get("live"))


def pad(
    current: Drawing,
    networks: Sequence[TrainedNetwork],
    reading: "EnsemblePrediction | None",
    *,
    compact: bool = False,
) -> None:
    """Show the pad with a drawing and its predictions; `compact` makes it lower."""
    message = _message()
    verdict = prediction_text(current.image, networks, reading)
    drawn_by_pad = message.get("live") and message.get("id") == current.id
    drawn = {} if drawn_by_pad else {"ops": current.ops, "code": drawing.keep_for_links(current)}
    answers = [answer.probabilities for answer in reading.members] if reading else []
    data = {
        "ack": message.get("seq", 0),
        "id": current.id,
        "image": base64.b64encode(current.image.tobytes()).decode(),
        "note": current.note,
        "say": verdict.say,
        "words": verdict.words,
        "detail": verdict.detail,
        "certainty": verdict.certainty,
        "compact": compact,
        "doubtful": bool(reading and reading.doubt),
        "networks": [
            {
                "title": network.title,
                "tested": f"{percent(network.accuracy, 2)} test accuracy"
                if network.accuracy
                else "",
                "probabilities": list(answers[i]) if reading else None,
            }
            for i, network in enumerate(networks)
        ],
    }
    _PAD(key=PAD_KEY, data=data | drawn, on_message_change=_nothing)


def prediction_text(
    image: Pixels, networks: Sequence[TrainedNetwork], reading: "EnsemblePrediction | None"
) -> Headline:
    """Return the joint prediction of the networks as text."""
    if not image.any():
        return Headline("The pad is empty", True, "Draw a digit here.")
    if reading is None:
        return Headline("No network chosen", True, "Choose a network above.")
    if reading.doubt:
        return Headline("Not a digit", True, f"{reading.doubt.capitalize()}.")
    digit, count = reading.mean.digit, len(networks)
    agree = sum(answer.digit == digit for answer in reading.members)
    confidence = reading.mean.confidence
    if count == 1:
        certainty = f"Probability {probability(confidence)}"
        return Headline(str(digit), False, networks[0].title, certainty)
    certainty = f"Mean probability {probability(confidence)}"
    return Headline(str(digit), False, _agreement(agree, count), certainty)


def _agreement(agree: int, count: int) -> str:
    if agree < count:
        return f"{agree} of {count} networks agree."
    return "Both agree." if count == 2 else f"All {count} networks agree."


def _message() -> Mapping[str, Any]:
    """Return the pad's last message; empty before the first stroke on this visit."""
    message = (st.session_state.get(PAD_KEY) or {}).get("message")
    return message if isinstance(message, dict) else {}


def _pixels(message: Mapping[str, Any]) -> Pixels:
    """Return the ink in a message; empty if its sizes do not match, which no pad sends."""
    try:
        content = base64.b64decode(message["ink"], validate=True)
        width, height = int(message["width"]), int(message["height"])
    except (binascii.Error, KeyError, TypeError, ValueError):
        return np.zeros((0, 0), np.uint8)
    if not (0 < width <= FINEST and 0 < height <= FINEST and width * height == len(content)):
        return np.zeros((0, 0), np.uint8)
    return np.frombuffer(content, np.uint8).reshape(height, width)


def _place(message: Mapping[str, Any]) -> list[float]:
    """Return the ink's box on the pad, as shares of it; zeros if no pad can have sent it."""
    place = message.get("place")
    if isinstance(place, list) and len(place) == 4:
        with contextlib.suppress(TypeError, ValueError):
            shares = [float(share) for share in place]
            if all(0 <= share <= 1 for share in shares):
                return shares
    return [0.0] * 4


def _nothing() -> None:
    """Make Streamlit keep the message; `take_over_pad` reads it."""
