"""The drawing of this session, and ways to replace it: test digits, mistakes, uploads."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from cnnviz.data import canvases, ink, uploads
from cnnviz.data.mnist import SIDE, Digits, Pixels
from cnnviz.stats.percentages import probability
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.components.upload import upload
from cnnviz.ui.shell import address
from cnnviz.ui.shell.caching import cached
from cnnviz.ui.shell.content_types import GrayImage
from cnnviz.ui.shell.parameters import DRAWING

if TYPE_CHECKING:
    from cnnviz.evaluation.image_predictions import EnsemblePrediction, Misclassification
    from cnnviz.inspection.activations.object_queries import QueryPredictions

_DRAWING = "draw_drawing"
_POSITIONS = "draw_mistakes"  # of the last mistake shown, by network


@dataclass
class Drawing:
    """A drawing as the pad last sent it; it outlives its page.

    Attributes:
        id: changes whenever the page, not the pen, replaces the drawing.
        ops: strokes and pictures in the pad's own format, for it to draw and undo.
        image: uint8, (28, 28), what the networks receive.
        note: where an unedited drawing comes from.
        sheet: uint8, (64, 64), the whole pad, which detectors receive.
    """

    id: int = 0
    ops: list[Any] = field(default_factory=list)
    image: Pixels = field(default_factory=lambda: np.zeros((SIDE, SIDE), np.uint8))
    note: str = ""
    sheet: Pixels = field(
        default_factory=lambda: np.zeros((canvases.CANVAS_SIDE, canvases.CANVAS_SIDE), np.uint8)
    )


def current_drawing() -> Drawing:
    """Return this session's drawing; a link that contains another one replaces it."""
    linked = address.read_foreign(DRAWING, GrayImage(SIDE))
    if linked is not None:
        pixels = linked_pixels(linked)
        _put(pixels, pixels, "From the link.")
    return _session_drawing()


def linked_pixels(content: bytes) -> Pixels:
    """Return an image of a link as pixels, uint8, (28, 28)."""
    return np.frombuffer(content, np.uint8).reshape(SIDE, SIDE).copy()  # a link's is read-only


def _session_drawing() -> Drawing:
    drawing: Drawing = st.session_state.setdefault(_DRAWING, Drawing())
    return drawing


def keep_for_links(drawing: Drawing) -> str:
    """Have other pages write the drawing into their address; return it as they do, "" if empty."""
    content = drawing.image.tobytes()
    address.keep(DRAWING, content)
    return "".join(DRAWING.type.format(content))


def _put(pixels: Pixels, image: Pixels, note: str) -> None:
    """Replace the drawing by an image."""
    op = {
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "ink": base64.b64encode(pixels.tobytes()).decode(),
        "whole": pixels.shape == (SIDE, SIDE),
    }
    ops = [{"picture": op}]
    new = Drawing(_session_drawing().id + 1, ops, image, note, _sheet(pixels))
    st.session_state[_DRAWING] = new
    keep_for_links(new)


def _sheet(pixels: Pixels) -> Pixels:
    """Return an image scaled to the size of the pad."""
    share = (1 if pixels.shape == (SIDE, SIDE) else ink.BOX / SIDE) / max(pixels.shape)
    height, width = (side * share for side in pixels.shape)
    place = (1 - width) / 2, (1 - height) / 2, width, height
    return ink.place_on_canvas(pixels, place, side=canvases.CANVAS_SIDE)


def put_digit(digits: Digits, index: int, note: str = "") -> None:
    """Put a test digit onto the pad; the networks receive it as it is."""
    image = digits.test_images[index, 0]
    _put(image, image, note or f"{digits.title(index)}.")


def put_random_digit(digits: Digits, label: int | None) -> None:
    """Put some test digit onto the pad, of the class `label` unless it is None."""
    wanted = digits.test_labels >= 0 if label is None else digits.test_labels == label
    put_digit(digits, int(np.random.default_rng().choice(np.flatnonzero(wanted))))


def put_mistake(digits: Digits, network: TrainedNetwork) -> bool:
    """Put the next test digit that a network misclassifies onto the pad; False if there is none."""
    misclassified = mistakes(network, digits)
    if not misclassified:
        return False
    positions = st.session_state.setdefault(_POSITIONS, {})
    position = positions.get(network.key, -1) + 1
    positions[network.key] = position
    mistake = misclassified[position % len(misclassified)]
    put_digit(
        digits,
        mistake.index,
        f"Mistake {position % len(misclassified) + 1} of {len(misclassified)} by {network.title}: "
        f"the test digit at index {mistake.index:,}, labeled {mistake.label}, is classified as "
        f"{mistake.prediction.digit} with probability "
        f"{probability(mistake.prediction.confidence)}.",
    )
    return True


def upload_digit(
    *, key: str, read: Callable[[Pixels], Pixels], then: Callable[[Pixels], None] | None = None
) -> Pixels | None:
    """Return the last image of a digit that the user uploaded; None before the first.

    Args:
        key: Streamlit's key of the uploader.
        read: turns the ink of the image into the returned pixels.
        then: called with the pixels of a new image.
    """
    return upload(
        "Image of a digit",
        key=key,
        read=lambda content: read(uploads.read_ink(content)),
        help="PNG or JPEG, at most 5 MB and 4 megapixels, dark on light or light on dark. It is "
        "not stored.",
        then=then,
    )


def put_picture(pixels: Pixels) -> None:
    """Put the ink of an uploaded image onto the pad."""
    _put(pixels, ink.center(pixels), "From your image.")


@cached
def warm_up_networks(networks: Sequence[TrainedNetwork]) -> None:
    """Run the networks once, so that the first stroke does not have to wait for it."""
    predict_drawing(np.eye(SIDE, dtype=np.uint8), networks)


def predict_drawing(
    image: Pixels, networks: Sequence[TrainedNetwork]
) -> "EnsemblePrediction | None":
    """Return the networks' predictions for an image; None without ink or without networks."""
    from cnnviz.evaluation.image_predictions import classify_images, combine_predictions

    if not networks or not image.any():
        return None
    answers = [classify_images(loading.model(n), image[None])[0] for n in networks]
    return combine_predictions(image, answers)


def detect_on_pad(sheet: Pixels, network: TrainedNetwork) -> "QueryPredictions | None":
    """Return what a detector finds on the whole pad; None if the pad is empty."""
    from cnnviz.inspection.activations.object_queries import query_predictions

    return query_predictions(loading.model(network), sheet[None])[-1] if sheet.any() else None


@cached(spinner="Classifying all test digits, once…")
def mistakes(network: TrainedNetwork, digits: Digits) -> "list[Misclassification]":
    """Return the test digits that a network misclassifies."""
    from cnnviz.evaluation.image_predictions import misclassifications

    return misclassifications(loading.model(network), digits)
