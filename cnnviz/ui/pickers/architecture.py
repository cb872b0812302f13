"""Choosing an architecture and its scale; both stand in the address."""

import streamlit as st

from cnnviz.models.catalogue import CATALOGUE, Architecture, architecture
from cnnviz.ui.pickers.layer import forget_layer

_ROW, _SCALE = "architecture", "scale"
_SCALES = {"mnist": "MNIST scale", "published": "As published"}


def choose_architecture() -> Architecture:
    """Return the row that the user chooses, by default the catalogue's first."""
    _from_link(_ROW, list(CATALOGUE))
    chosen = st.selectbox(
        "Architecture",
        list(CATALOGUE),
        format_func=_title,
        key=_ROW,
        persist_state="session",
        on_change=_write_link,
        args=(_ROW,),
    )
    return architecture(chosen)


def choose_scale(row: Architecture) -> bool:
    """Return whether the user wants the network as published; where there is none, say so."""
    if row.published is None:
        st.caption(
            "There is one scale only: this is the network as its source describes it, made for "
            "pictures as small as these."
        )
        return False
    _from_link(_SCALE, list(_SCALES))
    chosen = st.segmented_control(
        "Scale",
        list(_SCALES),
        format_func=lambda scale: _SCALES[scale],
        key=_SCALE,
        required=True,
        persist_state="session",
        on_change=_write_link,
        args=(_SCALE,),
    )
    return bool(chosen == "published")


def _title(key: str) -> str:
    row = architecture(key)
    return f"{row.title} ({row.year})" if row.year else row.title


def _from_link(key: str, options: list[str]) -> None:
    wanted = st.query_params.get(key)
    if wanted not in options:
        st.query_params.pop(key, None)
        wanted = st.session_state.get(key, options[0])
    st.session_state[key] = wanted


def _write_link(key: str) -> None:
    st.query_params[key] = st.session_state[key]
    forget_layer()
