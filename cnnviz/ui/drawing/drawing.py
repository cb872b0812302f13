"""What is on the pad of this session, and how something else gets there."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from cnnviz.data import canvases, ink, uploads
from cnnviz.data.mnist import SIDE, Digits, Pixels
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.shell.caching import cached
from cnnviz.ui.shell.units import probability

if TYPE_CHECKING:
    from cnnviz.evaluation.image_predictions import EnsemblePrediction, Misclassification
    from cnnviz.inspection.activations.object_queries import Look

_DRAWING = "draw_drawing"
_POSITIONS = "draw_mistakes"  # of the last mistake shown, by network
_REFUSED = "draw_refused"


@dataclass
class Drawing:
    """A drawing as the pad left it, which stays when its page is left.

    Attributes:
        id: another one whenever the page, not the pen, changes the drawing.
        ops: strokes and pictures in the pad's own words, for it to draw and undo.
        image: uint8, (28, 28), what the networks receive.
        note: where a drawing that nobody has touched yet comes from.
        sheet: uint8, (64, 64), the whole pad, which detectors receive.
    """

    id: int = 0
    ops: list[Any] = field(default_factory=list)
    image: Pixels = field(default_factory=lambda: np.zeros((SIDE, SIDE), np.uint8))
    note: str = ""
    sheet: Pixels = field(
        default_factory=lambda: np.zeros((canvases.SIDE, canvases.SIDE), np.uint8)
    )


def current() -> Drawing:
    """Return this session's drawing."""
    drawing: Drawing = st.session_state.setdefault(_DRAWING, Drawing())
    return drawing


def _put(pixels: Pixels, image: Pixels, note: str) -> None:
    """Replace the drawing by a picture."""
    op = {
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "ink": base64.b64encode(pixels.tobytes()).decode(),
        "whole": pixels.shape == (SIDE, SIDE),
    }
    ops = [{"picture": op}]
    st.session_state[_DRAWING] = Drawing(current().id + 1, ops, image, note, _sheet(pixels))


def _sheet(pixels: Pixels) -> Pixels:
    """Return a picture as large as the pad shows it."""
    share = (1 if pixels.shape == (SIDE, SIDE) else ink.BOX / SIDE) / max(pixels.shape)
    height, width = (side * share for side in pixels.shape)
    place = (1 - width) / 2, (1 - height) / 2, width, height
    return ink.place_on_canvas(pixels, place, side=canvases.SIDE)


def put_digit(digits: Digits, index: int, note: str = "") -> None:
    """Put a test digit onto the pad; the networks receive it as it is."""
    image = digits.test_images[index, 0]
    where = f"Test digit {index:,} of {len(digits.test_labels):,}, labeled"
    _put(image, image, note or f"{where} {digits.test_labels[index]}.")


def put_random_digit(digits: Digits, label: int | None) -> None:
    """Put some test digit onto the pad, of the class `label` unless it is None."""
    wanted = digits.test_labels >= 0 if label is None else digits.test_labels == label
    put_digit(digits, int(np.random.default_rng().choice(np.flatnonzero(wanted))))


def put_mistake(digits: Digits, network: TrainedNetwork) -> bool:
    """Put the network's next mistake onto the pad, or return False if it makes none."""
    found = mistakes(network, digits)
    if not found:
        return False
    positions = st.session_state.setdefault(_POSITIONS, {})
    position = positions.get(network.key, -1) + 1
    positions[network.key] = position
    mistake = found[position % len(found)]
    put_digit(
        digits,
        mistake.index,
        f"Mistake {position % len(found) + 1} of {len(found)} by {network.title}: test digit "
        f"{mistake.index:,} is labeled {mistake.label} and taken for {mistake.prediction.digit} "
        f"with {probability(mistake.prediction.confidence)}.",
    )
    return True


def put_upload(key: str) -> None:
    """Put what a file uploader holds onto the pad, or keep the sentence that refuses it."""
    st.session_state.pop(_REFUSED, None)
    upload = st.session_state[key]
    if upload is None:
        return
    try:
        found = ink.crop_to_ink(uploads.read_ink(upload.getvalue()))
    except ValueError as error:
        st.session_state[_REFUSED] = str(error)
    else:
        _put(found, ink.center(found), "From your picture.")


def refused() -> str | None:
    """Return why the last upload was refused."""
    sentence: str | None = st.session_state.get(_REFUSED)
    return sentence


@cached
def prepare(networks: Sequence[TrainedNetwork]) -> None:
    """Do once, before the first stroke, what would make it wait."""
    reading(np.eye(SIDE, dtype=np.uint8), networks)


def reading(image: Pixels, networks: Sequence[TrainedNetwork]) -> "EnsemblePrediction | None":
    """Return what the networks make of an image: None if it is empty or there are none."""
    from cnnviz.evaluation.image_predictions import classify_images, combine_predictions

    if not networks or not image.any():
        return None
    answers = [classify_images(loading.model(n), image[None])[0] for n in networks]
    return combine_predictions(image, answers)


def look(sheet: Pixels, network: TrainedNetwork) -> "Look | None":
    """Return what a detector finds on the whole pad; None if it is empty."""
    from cnnviz.inspection.activations.object_queries import looks

    return looks(loading.model(network), sheet[None])[-1] if sheet.any() else None


@cached(spinner="Reading all test digits, once…")
def mistakes(network: TrainedNetwork, digits: Digits) -> "list[Misclassification]":
    """Return the test digits that a network reads wrong."""
    from cnnviz.evaluation.image_predictions import misclassifications

    return misclassifications(loading.model(network), digits)
