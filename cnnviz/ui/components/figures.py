"""Plotly figures on a page."""

from typing import Any

import streamlit as st


def show_figure(figure: Any, *, key: str) -> None:
    """Show a Plotly figure over the width of its container, without Plotly's own buttons."""
    st.plotly_chart(figure, key=key, config={"displayModeBar": False})


def color_scheme() -> str:
    """Return the reader's color scheme: "light" or "dark"."""
    return st.context.theme.type or "light"
