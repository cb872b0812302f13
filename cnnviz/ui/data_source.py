"""Which digits are in use, and the way to more."""

import streamlit as st

from cnnviz import data
from cnnviz.data import Digits
from cnnviz.ui import selection


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
        for share in data.download():
            bar.progress(share, text=f"Downloading MNIST: {share:.0%}")
    except (data.DataError, OSError) as error:
        selection.say(str(error))
