"""The menu, and the guard that each page begins with."""

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
        section: of the menu; "" for the top level.
        sentence: what to do there.
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
    Entry("draw", "Draw", "draw", "", "Draw a digit; the prediction changes with every stroke."),
    Entry("inside", "Look inside", "layers", _CLOSER, "Follow any digit through every layer."),
    Entry("field", "Receptive field", "fit_screen", _CLOSER, "Point at a unit: what does it see?"),
    Entry(
        "convolution", "One convolution", "calculate", _CLOSER, "One output value, term by term."
    ),
    Entry(
        "channels",
        "Filters and channels",
        "tune",
        _CLOSER,
        "Mute a channel: how much accuracy does it cost?",
    ),
    Entry(
        "why", "Why this answer", "help_center", _CLOSER, "Five attribution maps, each one tested."
    ),
    Entry(
        "embedding", "Embedding", "scatter_plot", _CLOSER, "Watch ten classes separate by layer."
    ),
    Entry("time", "Time machine", "history", _CLOSER, "Step through a training run."),
    Entry(
        "photographs",
        "Photographs",
        "photo_camera",
        _CLOSER,
        "Edges, textures, parts: how ImageNet networks see.",
    ),
    Entry("race", "Race", "flag", _COMPARE, "Which network learns faster? Train them in turns."),
    Entry("compare", "Compare", "compare_arrows", _COMPARE, "Which is better, and by how much?"),
    Entry(
        "report", "Report", "description", _COMPARE, "A manager's questions, answered with sources."
    ),
    Entry(
        "architecture", "Architecture", "account_tree", _ARCHITECTURES, "A network, layer by layer."
    ),
    Entry("ideas", "Ideas", "lightbulb", _ARCHITECTURES, "The lecture's ideas, on sliders."),
    Entry(
        "detect", "Detect", "frame_inspect", _ARCHITECTURES, "DETR finds several digits at once."
    ),
)
LESSON_ENTRY = Entry(
    "lesson", "Lessons", "school", "", "The lecture as a path over the pages, for a class."
)
GLOSSARY_ENTRY = Entry("glossary", "Glossary", "menu_book", "", "Every term, defined once.")
EVERY_ENTRY = (*ENTRIES, LESSON_ENTRY, GLOSSARY_ENTRY)


def entry(key: str) -> Entry:
    """Return the entry of a page.

    Raises:
        ValueError: if there is no such page.
    """
    entries = {entry.key: entry for entry in EVERY_ENTRY}
    if key not in entries:
        raise ValueError(f"page must be one of {', '.join(entries)}, got {key!r}")
    return entries[key]


def menu_pages() -> dict[str, list[StreamlitPage]]:
    """Return the pages in the order of the menu, by section."""
    sections: dict[str, list[StreamlitPage]] = {}
    for entry in EVERY_ENTRY:
        page = st.Page(
            entry.path,
            title=entry.title,
            icon=f":material/{entry.icon}:",
            default=entry is ENTRIES[0],
        )
        sections.setdefault(entry.section, []).append(page)
    return sections


def page_key(page: StreamlitPage) -> str:
    """Return the key of the entry that a page belongs to."""
    return page.url_path or ENTRIES[0].key  # the default page has no path of its own


def open_dashboard() -> None:
    """Set up the browser tab, and record that `dashboard.py` has routed this session."""
    _configure()
    st.session_state[_ROUTED] = True


def _configure() -> None:
    # an icon file: the browser would fetch a Material icon from Google
    st.set_page_config(page_title="cnnviz", page_icon=ICON, layout="wide")


def require_router() -> None:
    """Hand over to `dashboard.py` if Streamlit has opened the page file directly.

    Until the entry script has run once, Streamlit takes a deep link for a file of its older
    `pages/` convention.
    """
    if _ROUTED not in st.session_state:
        _configure()
        st.navigation(menu_pages(), position="hidden")
        st.rerun()
