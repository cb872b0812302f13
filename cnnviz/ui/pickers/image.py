"""Controls for the input image: a test digit, this session's drawing, or an upload."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from cnnviz.data import ink
from cnnviz.data.mnist import SIDE, Digits, Pixels, mixed_index
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.drawing import drawing
from cnnviz.ui.pickers.networks import choose_network, stop_without_network
from cnnviz.ui.pickers.options import choose_key
from cnnviz.ui.pickers.whole_number import whole_number
from cnnviz.ui.shell import address
from cnnviz.ui.shell.content_types import GrayImage
from cnnviz.ui.shell.hidden import is_hidden, show_value
from cnnviz.ui.shell.parameter_types import Integer, OneOf
from cnnviz.ui.shell.parameters import DIGIT, DRAWING, IMAGE, NETWORK, UPLOAD, Parameter

_TEST, _DRAWING, _UPLOAD = "digit", "drawing", "upload"
_KINDS = {_TEST: "Test digit", _DRAWING: "My drawing", _UPLOAD: "My image"}
_FORMER = {"A picture": _UPLOAD}  # titles in older links
DRAWN = "Your drawing"  # title of this session's drawing
_POSITION = "subject_position"


@dataclass(frozen=True, eq=False)
class InputImage:
    """The input of the networks, the same for every page of a session.

    Attributes:
        pixels: uint8, (28, 28), white ink on black.
        label: true class; None for an image without a label.
        title: for a caption.
        index: of a test digit in the test set; None for another image.
    """

    pixels: Pixels
    label: int | None
    title: str
    index: int | None = None

    @property
    def noun(self) -> str:
        """What a sentence calls it: its label, or "image" without one."""
        return "image" if self.label is None else str(self.label)

    @property
    def key(self) -> bytes:
        """The pixels as bytes, which tell two images apart."""
        return self.pixels.tobytes()


def choose_image(digits: Digits, *, board: Callable[[], None] | None = None) -> InputImage | None:
    """Return the image that the user chooses; None, with a hint, as long as there is none.

    Args:
        digits: test digits to choose from.
        board: shows a drawing pad, if the page has one; otherwise a link leads to the Draw page.
    """
    if is_hidden("image"):
        return _without_control(digits)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = choose_key(
            "Input",
            _KINDS,
            IMAGE,
            former=_FORMER,
            help="What the network receives: a test digit, your drawing from the page Draw, or a "
            "picture of yours.",
        )
        if board is None or kind != _DRAWING:
            return _SOURCES[kind](digits)
    board()
    return drawn_image()


def _without_control(digits: Digits) -> InputImage | None:
    """Return the chosen test digit, or the drawing if that is chosen, and name it on the page."""
    image = drawn_image() if address.read(IMAGE, OneOf(_KINDS, _FORMER)) == _DRAWING else None
    if image is None:
        index = address.read(DIGIT, Integer(0, len(digits.test_labels) - 1))
        image = image_at(digits, index)
    show_value("Input", image.title)
    return image


def drawn_image() -> InputImage | None:
    """Return this session's drawing; None as long as it is empty."""
    pixels = drawing.current_drawing().image
    return InputImage(pixels, None, DRAWN) if pixels.any() else None


def choose_network_and_image() -> tuple[TrainedNetwork, InputImage]:
    """Return the network and the image that the user chooses, side by side.

    If either is missing, a hint says how to get one, and the page ends.
    """
    network, image = choose_network_and_optional_image()
    if image is None:
        st.stop()
    return network, image


def choose_network_and_optional_image() -> tuple[TrainedNetwork, InputImage | None]:
    """Return the network and the image that the user chooses; None as long as there is none."""
    choose, pick = st.columns([2, 3.4], vertical_alignment="bottom")
    with choose:
        network = choose_network("Network", NETWORK)
    if network is None:
        stop_without_network()
    with pick:
        return network, choose_image(loading.digits())


def choose_another_digit() -> None:
    """Choose a test digit of another class."""
    position = st.session_state.get(_POSITION, 0) + 1
    st.session_state[_POSITION] = position
    choose_test_digit(mixed_index(loading.digits(), position))


def choose_test_digit(index: int) -> None:
    """Choose a test digit for all pages, from a callback."""
    address.write(test_digit(index))


def test_digit(index: int) -> dict[Parameter[Any], Any]:
    """Return the parameters that choose a test digit."""
    return {IMAGE: _TEST, DIGIT: index}


def own_drawing() -> dict[Parameter[Any], Any]:
    """Return the parameters that choose this session's drawing."""
    return {IMAGE: _DRAWING}


def _test_digit(digits: Digits) -> InputImage:
    count = len(digits.test_labels)
    index = whole_number(
        f"Index (0 to {count - 1:,})",
        0,
        count - 1,
        width=150,
        **address.bind(DIGIT, Integer(0, count - 1)),
        help="Position of the digit in the test set; the choice is kept on the other pages.",
    )
    st.markdown(f"labeled **{digits.test_labels[index]}**", width="content")
    st.button("Another digit", on_click=choose_another_digit, icon=":material/casino:")
    return image_at(digits, index)


def image_at(digits: Digits, index: int) -> InputImage:
    """Return the test digit at an index."""
    label = int(digits.test_labels[index])
    return InputImage(digits.test_images[index, 0], label, digits.title(index), index)


def _drawing(digits: Digits) -> InputImage | None:
    del digits
    image = drawn_image()
    address.show_complaint(DRAWING)
    if image is None:
        st.info("You have not drawn anything yet.", icon=":material/draw:")
        st.page_link("pages/draw.py", label="Draw a digit", icon=":material/draw:")
        return None
    st.page_link("pages/draw.py", label="Change the drawing", icon=":material/draw:")
    return image


def _uploaded(digits: Digits) -> InputImage | None:
    del digits
    drawing.upload_digit(key="subject_picture", read=ink.center, then=_remember_upload)
    content = address.read(UPLOAD, GrayImage(SIDE))
    address.show_complaint(UPLOAD)
    if content is None:
        return None
    return InputImage(drawing.linked_pixels(content), None, "Your image")


def _remember_upload(pixels: Pixels) -> None:
    address.write({UPLOAD: pixels.tobytes()})


_SOURCES: Mapping[str, Callable[[Digits], InputImage | None]] = {
    _TEST: _test_digit,
    _DRAWING: _drawing,
    _UPLOAD: _uploaded,
}
