"""A job with an error: its message, and the end of its log."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from cnnviz.system.job_output import output_tail
from cnnviz.ui.shell.markdown import plain


def failure(
    message: str, log: Path, *, show: Callable[..., object] = st.error, icon: str = "error"
) -> None:
    """Show the error of a job, message and log taken literally.

    Args:
        message: one sentence.
        log: file with the output of the job's process, which need not exist.
        show: box for the message.
        icon: name of the Material icon in it.
    """
    show(plain(message), icon=f":material/{icon}:")
    if tail := output_tail(log):
        with st.expander("End of the log"):
            st.code(tail, language=None)
