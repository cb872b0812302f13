"""Plotly figures on a page."""

from typing import Any

import streamlit as st

from cnnviz.plots.layout import color_texts

_MODEBAR = 36  # px, width of the button that downloads the figure


def show_figure(figure: Any, *, key: str) -> None:
    """Show a Plotly figure over the width of its container, with a button to download it as PNG.

    The button stands in the right margin, where it covers neither the legend nor the lines.
    """
    color_texts(figure, color_scheme())
    right = figure.layout.margin.r or 0
    figure.update_layout(modebar_orientation="v", margin_r=max(right, _MODEBAR))
    picture = {"format": "png", "scale": 2, "filename": f"cnnviz-{key.replace('_', '-')}"}
    config = {
        "displayModeBar": True,
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": picture,
    }
    st.plotly_chart(figure, key=key, config=config)


def color_scheme() -> str:
    """Return the reader's color scheme: "light" or "dark"."""
    return st.context.theme.type or "light"
