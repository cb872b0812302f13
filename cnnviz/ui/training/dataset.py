"""The data set in use, and the button that starts a training on it."""

from collections.abc import Callable

import streamlit as st

from cnnviz.data import mnist
from cnnviz.data.mnist import Digits
from cnnviz.data.mnist_download import download_mnist
from cnnviz.ui.shell import messages


def start_row(
    label: str, icon: str, start: Callable[[], None], digits: Digits, *, key: str, valid: bool
) -> None:
    """Show the button that starts a training or a race, beside the digits it will learn from.

    Args:
        label: of the button.
        icon: its name among Material's.
        start: called when the button is pressed.
        digits: in use.
        key: Streamlit's key of the button.
        valid: whether the form above can be started.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            label,
            type="primary",
            icon=f":material/{icon}:",
            key=key,
            on_click=start,
            disabled=not valid,
        )
        _source(digits)


def _source(digits: Digits) -> None:
    """Say which digits are in use; offer to download the full MNIST if it is missing."""
    st.caption(f"{digits}.")
    if digits.source == "full":
        return
    if st.button("Download the full MNIST (12 MB)", icon=":material/download:", key="download"):
        _download()
        st.rerun()


def _download() -> None:
    bar = st.progress(0.0, text="Downloading MNIST")
    try:
        for share in download_mnist():
            bar.progress(share, text=f"Downloading MNIST: {share:.0%}")
    except (mnist.DataError, OSError) as error:
        messages.keep_message(str(error))
