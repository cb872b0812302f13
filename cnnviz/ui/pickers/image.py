"""Choosing what the networks look at: a test digit, this session's drawing, or a picture."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import streamlit as st

from cnnviz.data import ink, uploads
from cnnviz.data.mnist import Digits, Pixels
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.drawing import drawing
from cnnviz.ui.pickers.networks import choose_network
from cnnviz.ui.shell import cache

_KIND, _DIGIT = "subject", "digit"
_TEST, _DRAWING = "Test digit", "My drawing"
DRAWN = "Your drawing"  # title of this session's drawing
_CHOSEN = "subject_chosen"  # by control; outlives the page it was chosen on
_POSITION, _PICTURE = "subject_position", "subject_picture"
_UPLOADED, _REFUSED = "subject_uploaded", "subject_refused"

T = TypeVar("T")


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
    kinds = list(_KINDS)
    st.session_state[_KIND] = _wanted(_KIND, kinds[0], lambda text: kinds[kinds.index(text)])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.segmented_control(
            "Input",
            kinds,
            key=_KIND,
            required=True,
            on_change=_remember,
            args=(_KIND,),
            width="content",
        )
        if board is None or kind != _DRAWING:
            return _KINDS[str(kind)](digits)
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
    digits = cache.digits()
    choose, pick = st.columns([2, 3.4], vertical_alignment="bottom")
    with choose:
        network = choose_network("Network", key="network")
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
    take(cache.walk(cache.digits(), position))


def take(index: int) -> None:
    """Choose that test digit, for all pages; call it from a callback."""
    for key, value in ((_KIND, _TEST), (_DIGIT, index)):
        st.session_state[key] = value
        _remember(key)


def _wanted(key: str, default: T, read: Callable[[str], T]) -> T:
    """Return what the address says, else what was chosen on any page, else the default.

    Args:
        key: of the control, and its name in the address.
        default: what to begin with.
        read: makes a choice from text; raises a ValueError if there is no such choice.
    """
    chosen = st.session_state.setdefault(_CHOSEN, {})
    text = st.query_params.get(key)
    if text is not None:
        try:
            chosen[key] = read(text)
        except ValueError:
            st.query_params.pop(key, None)
    found: T = chosen.get(key, default)
    return found


def _remember(key: str) -> None:
    """Keep a choice for the other pages, and put it into the address."""
    st.session_state.setdefault(_CHOSEN, {})[key] = st.session_state[key]
    st.query_params[key] = str(st.session_state[key])


def _test_digit(digits: Digits) -> Subject:
    indices = range(len(digits.test_labels))
    st.session_state[_DIGIT] = _wanted(_DIGIT, 0, lambda text: indices[indices.index(int(text))])
    index = st.number_input(
        f"Test digit (of {len(indices):,})",
        min_value=0,
        max_value=indices[-1],
        key=_DIGIT,
        on_change=_remember,
        args=(_DIGIT,),
        width=150,
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


_KINDS: Mapping[str, Callable[[Digits], Subject | None]] = {
    _TEST: _test_digit,
    _DRAWING: _drawing,
    "A picture": _picture,
}
