"""Search, order and pages of the list of runs, which may have thousands."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from cnnviz.training.runs.summaries import RunSummary
from cnnviz.ui.shell.units import quantity

ROWS = 25  # of a page
_SEARCH, _ORDER, _PAGE = "runs_search", "runs_order", "runs_page"
_ORDERS: Mapping[str, tuple[str, Callable[[RunSummary], tuple[object, ...]]]] = {
    "newest": ("newest first", lambda _: ()),
    "oldest": ("oldest first", lambda summary: (summary.run.id,)),
    "name": ("name", lambda summary: (summary.title.casefold(),)),
    "network": ("network", lambda summary: (summary.network,)),
    "accuracy": ("test accuracy", lambda summary: (-(summary.recorded.test_accuracy or 0.0),)),
    "seconds": ("longest training", lambda summary: (-summary.recorded.seconds,)),
    "state": ("state", lambda summary: (summary.recorded.state,)),
}


def choose_page(summaries: Sequence[RunSummary]) -> Sequence[RunSummary]:
    """Return the runs of the page that the user chooses; all, without a control, if they are few.

    Args:
        summaries: newest first.
    """
    if len(summaries) <= ROWS:
        return summaries
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Search",
            key=_SEARCH,
            persist_state="session",
            placeholder="Name, network or state",
            max_chars=60,
            width=280,
            help="Lists the runs whose name, network, state and origin contain every word.",
        )
        order = st.selectbox(
            "Order",
            list(_ORDERS),
            format_func=lambda key: _ORDERS[key][0],
            key=_ORDER,
            persist_state="session",
            width=180,
            help="The order of all pages together.",
        )
    matches = sorted(matching(summaries, text), key=_ORDERS[order][1])
    if not matches:
        st.caption(f"None of the {len(summaries):,} runs matches.")
        return []
    pages = -(-len(matches) // ROWS)
    with st.container(horizontal=True, vertical_alignment="center"):
        # another search or order is another widget, which begins with its first page
        page = st.pagination(pages, key=f"{_PAGE}_{order}_{pages}_{hash(text)}")
        first, last = (page - 1) * ROWS, min(page * ROWS, len(matches))
        st.caption(f"{first + 1:,} to {last:,} of {quantity(len(matches), 'run')}")
    return matches[first:last]


def matching(summaries: Sequence[RunSummary], text: str) -> list[RunSummary]:
    """Return the runs whose name, network, state and origin contain every word of a text."""
    words = text.casefold().split()
    return [s for s in summaries if all(word in _searched(s) for word in words)]


def _searched(summary: RunSummary) -> str:
    origin = summary.parent.title if summary.parent else ""
    file = summary.upload.file if summary.upload else ""
    texts = (summary.title, summary.network, summary.recorded.state, origin, file)
    return "\n".join(texts).casefold()
