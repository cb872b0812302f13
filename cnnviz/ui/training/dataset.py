"""Which digits are in use, and the way to more."""

import streamlit as st

from cnnviz.data import mnist
from cnnviz.data.mnist import Digits
from cnnviz.ui.training import session


def data_source(digits: Digits) -> None:
    """Say which digits are in use; offer to download the full MNIST where it is not there."""
    st.caption(f"{digits}.")
    if digits.source == "full":
        return
    if st.button("Download the full MNIST (12 MB)", icon=":material/download:", key="download"):
        _download()
        st.rerun()


def _download() -> None:
    bar = st.progress(0.0, text="Downloading MNIST")
    try:
        for share in mnist.download_mnist():
            bar.progress(share, text=f"Downloading MNIST: {share:.0%}")
    except (mnist.DataError, OSError) as error:
        session.say(str(error))
