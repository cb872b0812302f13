"""The menu, and the guard that each page begins with."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from cnnviz.system.job_index import share_listings
from cnnviz.system.paths import ICON

_ROUTED = "cnnviz_routed"
_STYLE = Path(__file__).with_name("shell.css")


@dataclass(frozen=True)
class Entry:
    """One page in the menu.

    Attributes:
        key: name of its file in `pages/`, and its address.
        title, icon: in the menu; the icon is one of Material's.
        section: of the menu; "" for the top level.
        sentence: what to do there.
        purpose: what the page shows and why it matters, below its heading; Markdown that may mark
            terms of the glossary.
        heading: of the page; "" for the title.
    """

    key: str
    title: str
    icon: str
    section: str
    sentence: str
    purpose: str
    heading: str = ""

    @property
    def path(self) -> str:
        """The page's script."""
        return f"pages/{self.key}.py"


_CLOSER, _COMPARE, _ARCHITECTURES = "Look closer", "Compare", "Architectures"
ENTRIES = (
    Entry(
        "overview",
        "Overview",
        "home",
        "",
        "A digit on its way through a network.",
        "A handwritten digit passes through a trained network; each small image is a "
        "[[map|feature map]], which shows where a filter has found its pattern.",
        heading="See a convolutional network at work",
    ),
    Entry(
        "train",
        "Train",
        "model_training",
        "",
        "Pick a network and watch it learn, live.",
        "Choose a network, press **Train** and watch it learn handwritten digits: the [[loss]] "
        "falls, [[filters|filter]] change a little, and more and more digits are read correctly.",
    ),
    Entry(
        "draw",
        "Draw",
        "draw",
        "",
        "Draw a digit; the prediction changes with every stroke.",
        "Trained networks classify your drawing with every stroke, so you see what they read "
        "easily and what confuses them.",
        heading="Draw a digit and see it recognized",
    ),
    Entry(
        "inside",
        "Look inside",
        "layers",
        _CLOSER,
        "Follow any digit through every layer.",
        "Follow a digit through every layer: the [[maps|feature map]] show what the network "
        "responds to, from strokes and edges early to, in most networks, a few spots late, each "
        "saying that some part of a digit was found there.",
    ),
    Entry(
        "field",
        "Receptive field",
        "fit_screen",
        _CLOSER,
        "Point at a unit: what does it see?",
        "A [[unit]] sees only a part of the image, its [[receptive field]]; the size of that part "
        "limits what a layer can recognize.",
    ),
    Entry(
        "convolution",
        "One convolution",
        "calculate",
        _CLOSER,
        "One output value, term by term.",
        "One output value of a layer, computed term by term as [[patch]] times [[kernel]]: a "
        "network is this calculation, repeated at every position.",
        heading="One convolution, step by step",
    ),
    Entry(
        "channels",
        "Filters and channels",
        "tune",
        _CLOSER,
        "Mute a channel: how much accuracy does it cost?",
        "Mute a [[channel]] or edit a [[kernel]] and see how the [[accuracy]] changes: this shows "
        "what the network relies on.",
    ),
    Entry(
        "why",
        "Why this answer",
        "help_center",
        _CLOSER,
        "Five attribution maps, each one tested.",
        "Five [[attribution]] maps show which pixels count for the answer; each map is tested, "
        "because a plausible map can be wrong.",
    ),
    Entry(
        "embedding",
        "Embedding",
        "scatter_plot",
        _CLOSER,
        "Watch ten classes separate by layer.",
        "Each point is a test digit, placed by what one layer computes from it: from layer to "
        "layer the ten classes separate until the last one can tell them apart.",
    ),
    Entry(
        "time",
        "Time machine",
        "history",
        _CLOSER,
        "Step through a training run.",
        "Go to any [[snapshot]] of a training and see its filters, maps and predictions, and so "
        "what a network learns first.",
    ),
    Entry(
        "photographs",
        "Photographs",
        "photo_camera",
        _CLOSER,
        "Edges, textures, parts: how ImageNet networks see.",
        "Digits are strokes; photographs have edges, textures and parts. See how the first, middle "
        "and last layers of a network trained on ImageNet's 1,000 classes respond to one.",
    ),
    Entry(
        "race",
        "Race",
        "flag",
        _COMPARE,
        "Which network learns faster? Train them in turns.",
        "Choose two to four networks, press **Start** and see which learns faster: per step, per "
        "digit, per second or per [[MAC|MACs]].",
    ),
    Entry(
        "compare",
        "Compare",
        "compare_arrows",
        _COMPARE,
        "Which is better, and by how much?",
        "[[Accuracy|accuracy]], size, [[latency]] and mistakes of several networks side by side, "
        "with the intervals that tell a real difference from chance.",
    ),
    Entry(
        "report",
        "Report",
        "description",
        _COMPARE,
        "A manager's questions, answered with sources.",
        "Answers the questions a manager asks about a model, from alternatives and size to known "
        "errors. **Every number has its source; values that were not measured are marked as "
        "missing.**",
    ),
    Entry(
        "architecture",
        "Architecture",
        "account_tree",
        _ARCHITECTURES,
        "A network, layer by layer.",
        "The layers of a network and how they are connected, which determine how many "
        "[[parameters|parameter]] it has and what it costs to run, in [[MACs]].",
    ),
    Entry(
        "ideas",
        "Ideas",
        "lightbulb",
        _ARCHITECTURES,
        "The lecture's ideas, to try out.",
        "The ideas behind these networks, one at a time: change a setting and see its "
        "effect, computed at that moment.",
    ),
    Entry(
        "detect",
        "Detect",
        "frame_inspect",
        _ARCHITECTURES,
        "DETR finds several digits at once.",
        "DETR detects one to three digits in an image: each of its search slots ([[object "
        "queries|object query]]) answers with one box and one digit, or “no object”. Point at a "
        "slot to see where in the image it looks (yellow).",
    ),
)
LESSON_ENTRY = Entry(
    "lesson",
    "Lessons",
    "school",
    "",
    "The lecture as a path over the pages, for a class.",
    "The lecture, section by section: which pages to open, what to do there, and a question to "
    "discuss. A learner can hand in a page; a teacher can make a link that opens one page as "
    "prepared, and measure what a lesson taught.",
)
GLOSSARY_ENTRY = Entry(
    "glossary",
    "Glossary",
    "menu_book",
    "",
    "Every term, defined once.",
    "The terms that the other pages use, each defined once.",
)
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
    st.html(_STYLE)
    st.session_state[_ROUTED] = True


def _configure() -> None:
    # an icon file: the browser would fetch a Material icon from Google
    st.set_page_config(page_title="cnnviz", page_icon=ICON, layout="wide")


def require_router() -> None:
    """Hand over to `dashboard.py` if Streamlit has opened the page file directly.

    Until the entry script has run once, Streamlit takes a deep link for a file of its older
    `pages/` convention. All looks of the page at the jobs on disk share a listing.
    """
    share_listings()
    if _ROUTED not in st.session_state:
        _configure()
        st.navigation(menu_pages(), position="hidden")
        st.rerun()
