"""Upload of weights that were trained elsewhere."""

import streamlit as st

from cnnviz.data import mnist
from cnnviz.models.catalog import CATALOG
from cnnviz.training import launch
from cnnviz.training.runs.store import Run
from cnnviz.ui.components.upload import upload
from cnnviz.ui.pickers.run import claim_and_show
from cnnviz.ui.shell import messages

_COUNT = "weights_count"  # of uploads; another number empties the uploader
_MODEL = "weights_model"


def weights_upload() -> None:
    """Show the upload in a section of its own."""
    with st.expander("Upload weights", icon=":material/upload:"):
        st.markdown(
            "Weights trained elsewhere for one of the architectures here: they are tested on the "
            "test digits once, and then listed with the runs, on every page."
        )
        left, right = st.columns(2)
        with left:
            model = st.selectbox(
                "Architecture of the weights",
                list(CATALOG),
                format_func=lambda key: CATALOG[key].title,
                key=_MODEL,
                help="Names and shapes of the tensors must be those of this architecture.",
                persist_state="session",
                on_change=_empty,  # a file that was refused can be chosen again
            )
        key = f"weights_{st.session_state.get(_COUNT, 0)}"
        with right:
            upload(
                "Weights (.safetensors)",
                key=key,
                types=["safetensors"],
                read=lambda content: _add(content, st.session_state[key].name, model),
                then=_show,
                help="Every tensor of the architecture by its name in PyTorch's state_dict(), of "
                "its shape, in a float type. Choose the architecture first.",
            )


def _add(content: bytes, file: str, model: str) -> Run:
    source = mnist.usable_source("auto")
    return launch.upload_weights(content, file, model, source=source)


def _empty() -> None:
    st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + 1


def _show(run: Run) -> None:
    _empty()
    claim_and_show(run)
    messages.request_redraw()
