"""Choosing what the networks look at: a test digit, this session's drawing, or a picture."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from cnnviz import ink, pictures
from cnnviz.data import Digits, Pixels
from cnnviz.ui import cache, drawing

_KIND, _DIGIT, _PICTURE, _POSITION = "subject", "digit", "subject_picture", "subject_position"
_UPLOADED, _REFUSED = "subject_uploaded", "subject_refused"


@dataclass(frozen=True, eq=False)
class Subject:
    """One image, the same for every page of a session.

    Attributes:
        image: uint8, (28, 28), white ink on black.
        label: true class; None for what nobody has labelled.
        title: what it is, for a caption.
    """

    image: Pixels
    label: int | None
    title: str

    @property
    def key(self) -> bytes:
        """What tells two images apart; a cache key."""
        return self.image.tobytes()


def choose_subject(digits: Digits) -> Subject | None:
    """Return the image that the user chooses; None where there is none yet, with a hint why."""
    _remember_choice()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.segmented_control(
            "Input",
            list(_KINDS),
            key=_KIND,
            required=True,
            persist_state="session",
            bind="query-params",
            width="content",
        )
        return _KINDS[str(kind)](digits)


def another() -> None:
    """Choose a test digit of another class."""
    position = st.session_state.get(_POSITION, 0) + 1
    st.session_state[_POSITION] = position
    st.session_state[_DIGIT] = cache.walk(cache.digits(), position)


def _remember_choice() -> None:
    st.session_state.setdefault(_KIND, next(iter(_KINDS)))
    st.session_state.setdefault(_DIGIT, 0)


def _test_digit(digits: Digits) -> Subject:
    count = len(digits.test_labels)
    index = st.number_input(
        f"Test digit (of {count:,})",
        min_value=0,
        max_value=count - 1,
        key=_DIGIT,
        persist_state="session",
        bind="query-params",
        width=150,
    )
    st.button("Another digit", on_click=another, icon=":material/casino:")
    label = int(digits.test_labels[index])
    return Subject(digits.test_images[index, 0], label, f"Test digit {index:,}, labelled {label}")


def _drawing(digits: Digits) -> Subject | None:
    del digits
    found = drawing.current().image
    if not found.any():
        st.info("You have not drawn anything yet.", icon=":material/draw:")
        st.page_link("pages/draw.py", label="Draw a digit", icon=":material/draw:")
        return None
    st.page_link("pages/draw.py", label="Change the drawing", icon=":material/draw:")
    return Subject(found, None, "Your drawing")


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
        st.session_state[_UPLOADED] = ink.centre(pictures.read_ink(upload.getvalue()))
    except ValueError as error:
        st.session_state[_REFUSED] = str(error)


_KINDS: Mapping[str, Callable[[Digits], Subject | None]] = {
    "Test digit": _test_digit,
    "My drawing": _drawing,
    "A picture": _picture,
}
