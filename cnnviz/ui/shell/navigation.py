"""The table of contents, and the guard that each page begins with."""

from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from cnnviz.system.paths import ICON

_ROUTED = "cnnviz_routed"


@dataclass(frozen=True)
class Entry:
    """One page in the menu.

    Attributes:
        key: name of its file in `pages/`, and its address.
        title, icon: in the menu; the icon is one of Material's.
        section: of the menu it is in; "" stands in the menu itself.
        sentence: what one does there.
    """

    key: str
    title: str
    icon: str
    section: str
    sentence: str

    @property
    def path(self) -> str:
        """The page's script."""
        return f"pages/{self.key}.py"


_CLOSER, _COMPARE, _ARCHITECTURES = "Look closer", "Compare", "Architectures"
ENTRIES = (
    Entry("overview", "Overview", "home", "", "A digit on its way through a network."),
    Entry("train", "Train", "model_training", "", "Pick a network and watch it learn, live."),
    Entry("draw", "Draw", "draw", "", "Write a digit; the answer changes while the pen moves."),
    Entry("inside", "Look inside", "layers", _CLOSER, "Follow any digit through every layer."),
    Entry("field", "Receptive field", "fit_screen", _CLOSER, "Point at a unit: what does it see?"),
    Entry("convolution", "One convolution", "calculate", _CLOSER, "One number, term by term."),
    Entry(
        "channels", "Filters and channels", "tune", _CLOSER, "Mute a channel: what does it cost?"
    ),
    Entry("why", "Why this answer", "help_center", _CLOSER, "Five maps, and which to believe."),
    Entry("embedding", "Embedding", "scatter_plot", _CLOSER, "Watch ten classes come apart."),
    Entry("time", "Time machine", "history", _CLOSER, "Scrub through a training, step by step."),
    Entry("photographs", "Photographs", "photo_camera", _CLOSER, "Edges, textures, parts."),
    Entry("race", "Race", "flag", _COMPARE, "Which network learns quicker? Let them race."),
    Entry("compare", "Compare", "compare_arrows", _COMPARE, "Which is better, and by how much?"),
    Entry("report", "Report", "description", _COMPARE, "What a manager asks, with sources."),
    Entry("architecture", "Architecture", "account_tree", _ARCHITECTURES, "Open it to a layer."),
    Entry("ideas", "Ideas", "lightbulb", _ARCHITECTURES, "Move the lecture's numbers yourself."),
    Entry("detect", "Detect", "frame_inspect", _ARCHITECTURES, "DETR finds several digits."),
)


def pages() -> dict[str, list[StreamlitPage]]:
    """Return the pages in the order of the menu, by section."""
    found: dict[str, list[StreamlitPage]] = {}
    for entry in ENTRIES:
        page = st.Page(
            entry.path,
            title=entry.title,
            icon=f":material/{entry.icon}:",
            default=entry is ENTRIES[0],
        )
        found.setdefault(entry.section, []).append(page)
    return found


def key_of(page: StreamlitPage) -> str:
    """Return the key of the entry that a page belongs to."""
    return page.url_path or ENTRIES[0].key  # the default page has no path of its own


def open_dashboard() -> None:
    """Set up the browser's tab, and note that `dashboard.py` has routed this session."""
    _configure()
    st.session_state[_ROUTED] = True


def _configure() -> None:
    # an icon of our own: one of Material's would be fetched from Google as the tab's picture
    st.set_page_config(page_title="cnnviz", page_icon=ICON, layout="wide")


def require_router() -> None:
    """Hand over to `dashboard.py` when Streamlit has opened a page file by itself.

    Until the entry script has run once, Streamlit takes a deep link for a file of its older
    `pages/` convention.
    """
    if _ROUTED not in st.session_state:
        _configure()
        st.navigation(pages(), position="hidden")
        st.rerun()
