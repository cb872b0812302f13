"""The table of contents, and the guard that each page begins with."""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

_ROUTED = "cnnviz_routed"


def pages() -> list[StreamlitPage]:
    """Return the pages in the order of the menu."""
    return [
        st.Page("pages/overview.py", title="Overview", icon=":material/home:", default=True),
        st.Page("pages/train.py", title="Train", icon=":material/model_training:"),
        st.Page("pages/draw.py", title="Draw", icon=":material/draw:"),
        st.Page("pages/architecture.py", title="Architecture", icon=":material/account_tree:"),
        st.Page("pages/inside.py", title="Look inside", icon=":material/layers:"),
        st.Page("pages/why.py", title="Why this answer", icon=":material/help_center:"),
        st.Page("pages/field.py", title="Receptive field", icon=":material/center_focus_strong:"),
        st.Page("pages/convolution.py", title="One convolution", icon=":material/calculate:"),
        st.Page("pages/channels.py", title="Filters and channels", icon=":material/tune:"),
        st.Page("pages/photographs.py", title="Photographs", icon=":material/photo_camera:"),
        st.Page("pages/detect.py", title="Detect", icon=":material/frame_inspect:"),
        st.Page("pages/ideas.py", title="Ideas", icon=":material/lightbulb:"),
    ]


def open_dashboard() -> None:
    """Set up the browser's tab, and note that `dashboard.py` has routed this session."""
    _configure()
    st.session_state[_ROUTED] = True


def _configure() -> None:
    # an icon of our own: one of Material's would be fetched from Google as the tab's picture
    st.set_page_config(page_title="cnnviz", page_icon="assets/icon.png", layout="wide")


def require_router() -> None:
    """Hand over to `dashboard.py` when Streamlit has opened a page file by itself.

    Until the entry script has run once, Streamlit takes a deep link for a file of its older
    `pages/` convention.
    """
    if _ROUTED not in st.session_state:
        _configure()
        st.navigation(pages(), position="hidden")
        st.rerun()
