"""Choosing what the networks look at: a test digit, this session's drawing, or a picture."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from cnnviz.data import ink, uploads
from cnnviz.data.mnist import Digits, Pixels, mixed_index
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.drawing import drawing
from cnnviz.ui.pickers.networks import choose_network
from cnnviz.ui.shell import address
from cnnviz.ui.shell.parameter_types import Integer, OneOf
from cnnviz.ui.shell.parameters import DIGIT, IMAGE, NETWORK, Parameter

_TEST, _DRAWING, _UPLOAD = "digit", "drawing", "upload"
_KINDS = {_TEST: "Test digit", _DRAWING: "My drawing", _UPLOAD: "A picture"}
DRAWN = "Your drawing"  # title of this session's drawing
_POSITION, _PICTURE = "subject_position", "subject_picture"
_UPLOADED, _REFUSED = "subject_uploaded", "subject_refused"


@dataclass(frozen=True, eq=False)
class Subject:
    """One image, the same for every page of a session.

    Attributes:
        image: uint8, (28, 28), white ink on black.
        label: true class; None for what nobody has labeled.
        title: what it is, for a caption.
        index: of a test digit among all of them; None for what is none.
    """

    image: Pixels
    label: int | None
    title: str
    index: int | None = None

    @property
    def key(self) -> bytes:
        """What tells two images apart; a cache key."""
        return self.image.tobytes()


def choose_subject(digits: Digits, *, board: Callable[[], None] | None = None) -> Subject | None:
    """Return the image that the user chooses; None where there is none yet, with a hint why.

    Args:
        digits: test digits to choose from.
        board: shows a pad to draw on, if the page has one; else a link leads to the Draw page.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.segmented_control(
            "Input",
            list(_KINDS),
            format_func=_KINDS.__getitem__,
            required=True,
            width="content",
            **address.bind(IMAGE, OneOf(_KINDS)),
        )
        if board is None or kind != _DRAWING:
            return _SOURCES[str(kind)](digits)
    board()
    return drawn()


def drawn() -> Subject | None:
    """Return this session's drawing; None as long as nothing is drawn."""
    found = drawing.current().image
    return Subject(found, None, DRAWN) if found.any() else None


def choose_network_and_subject() -> tuple[TrainedNetwork, Subject]:
    """Return the network and the image that the user chooses, side by side.

    Where either is missing, a hint says how to come by it, and the page ends.
    """
    digits = loading.digits()
    choose, pick = st.columns([2, 3.4], vertical_alignment="bottom")
    with choose:
        network = choose_network("Network", NETWORK)
    if network is None:
        st.info("There is no trained network yet.", icon=":material/info:")
        st.page_link("pages/train.py", label="Train one", icon=":material/model_training:")
        st.stop()
    with pick:
        subject = choose_subject(digits)
    if subject is None:
        st.stop()
    return network, subject


def another() -> None:
    """Choose a test digit of another class."""
    position = st.session_state.get(_POSITION, 0) + 1
    st.session_state[_POSITION] = position
    take(mixed_index(loading.digits(), position))


def take(index: int) -> None:
    """Choose that test digit, for all pages; call it from a callback."""
    address.write(test_digit(index))


def test_digit(index: int) -> dict[Parameter[Any], Any]:
    """Return the values of the address that choose a test digit."""
    return {IMAGE: _TEST, DIGIT: index}


def own_drawing() -> dict[Parameter[Any], Any]:
    """Return the values of the address that choose this session's drawing."""
    return {IMAGE: _DRAWING}


def _test_digit(digits: Digits) -> Subject:
    count = len(digits.test_labels)
    index = st.number_input(
        f"Test digit (of {count:,})",
        min_value=0,
        max_value=count - 1,
        width=150,
        **address.bind(DIGIT, Integer(0, count - 1)),
    )
    st.button("Another digit", on_click=another, icon=":material/casino:")
    label = int(digits.test_labels[index])
    title = f"Test digit {index:,}, labeled {label}"
    return Subject(digits.test_images[index, 0], label, title, int(index))


def _drawing(digits: Digits) -> Subject | None:
    del digits
    found = drawn()
    if found is None:
        st.info("You have not drawn anything yet.", icon=":material/draw:")
        st.page_link("pages/draw.py", label="Draw a digit", icon=":material/draw:")
        return None
    st.page_link("pages/draw.py", label="Change the drawing", icon=":material/draw:")
    return found


def _picture(digits: Digits) -> Subject | None:
    del digits
    st.file_uploader(
        "A picture of a digit",
        type=["png", "jpg", "jpeg"],
        key=_PICTURE,
        on_change=_read_picture,
        help="PNG or JPEG, at most 5 MB and 4 megapixels, dark ink on light paper or the other "
        "way round. It is not kept.",
    )
    if sentence := st.session_state.get(_REFUSED):
        st.error(sentence, icon=":material/error:")
    found: Pixels | None = st.session_state.get(_UPLOADED)
    return None if found is None else Subject(found, None, "Your picture")


def _read_picture() -> None:
    """Keep what the uploader holds as a digit, or the sentence that refuses it."""
    st.session_state.pop(_REFUSED, None)
    upload = st.session_state[_PICTURE]
    if upload is None:
        return
    try:
        st.session_state[_UPLOADED] = ink.center(uploads.read_ink(upload.getvalue()))
    except ValueError as error:
        st.session_state[_REFUSED] = str(error)


_SOURCES: Mapping[str, Callable[[Digits], Subject | None]] = {
    _TEST: _test_digit,
    _DRAWING: _drawing,
    _UPLOAD: _picture,
}
