"""An editor for links that open one page as a teacher has prepared it."""

from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from cnnviz.models.catalog import CATALOG
from cnnviz.training.engine.settings import PRESETS
from cnnviz.training.runs.networks import shipped
from cnnviz.ui.cached import loading
from cnnviz.ui.shell import address, page_links
from cnnviz.ui.shell.hidden import HIDEABLE
from cnnviz.ui.shell.navigation import ENTRIES, entry
from cnnviz.ui.shell.parameters import (
    DIGIT,
    HIDDEN,
    NETWORK,
    TRAIN_ARCHITECTURE,
    TRAIN_PRESET,
    Parameter,
)

_UNSET = "As the visitor has it"


def link_editor() -> None:
    """Show the editor and the link that it makes."""
    left, right = st.columns(2)
    with left:
        page = st.selectbox(
            "Page",
            [row.key for row in ENTRIES],
            index=[row.key for row in ENTRIES].index("inside"),
            format_func=lambda key: entry(key).title,
            help="The page that the link opens.",
        )
        values = _fixed(page)
    with right:
        hidden = st.pills(
            "Hide",
            list(HIDEABLE),
            selection_mode="multi",
            format_func=HIDEABLE.__getitem__,
            help="Hidden controls keep the value that the link sets. Nothing is locked: hiding "
            "removes distraction, not access.",
        )
    if hidden:
        values[HIDDEN] = tuple(hidden)
    query = {p.name: p.type.format(value) for p, value in values.items()}
    st.markdown("**The link**")
    st.code(_absolute(page, query), language=None, wrap_lines=True)
    page_links.named_link(page, query, label="Open it here", icon="open_in_new")


def _fixed(page: str) -> dict[Parameter[Any], Any]:
    """Return the values that the teacher fixes, of the parameters that the page takes.

    Network and digit are at first those that the teacher has chosen on other pages.
    """
    values: dict[Parameter[Any], Any] = {}
    if page in NETWORK.pages:
        titles = {network.key: network.title for network in shipped() if network.task == "classify"}
        network = _select("Network", titles, chosen=_chosen(NETWORK))
        if network is not None:
            values[NETWORK] = network
    if page in DIGIT.pages:
        digits = loading.digits()
        last = len(digits.test_labels) - 1
        chosen = _chosen(DIGIT)
        digit = st.number_input(
            f"Index of the test digit (0 to {last:,})",
            value=int(chosen) if chosen.isdecimal() else None,
            step=1,
            placeholder=_UNSET,
            help="The link fixes this digit; without one, visitors keep their own.",
        )
        if digit is not None and not 0 <= digit <= last:
            st.error(f"Index must be 0 to {last:,}, got {digit:,}.", icon=":material/error:")
        elif digit is not None:
            st.caption(digits.title(digit))
            values[DIGIT] = digit
    if page in TRAIN_PRESET.pages:
        architecture = _select("Architecture", {key: row.title for key, row in CATALOG.items()})
        preset = _select("Preset", {key: row.title for key, row in PRESETS.items()})
        values |= {TRAIN_ARCHITECTURE: architecture} if architecture else {}
        values |= {TRAIN_PRESET: preset} if preset else {}
    return values


def _chosen(parameter: Parameter[Any]) -> str:
    """Return the text of a parameter's value on the page that was open before; "" for none."""
    return "".join(address.texts(parameter)[-1:])


def _select(label: str, titles: dict[str, str], *, chosen: str = "") -> str | None:
    return st.selectbox(
        label,
        list(titles),
        index=list(titles).index(chosen) if chosen in titles else None,
        format_func=titles.__getitem__,
        placeholder=_UNSET,
        help="The link fixes this choice; without one, visitors keep their own.",
    )


def _absolute(page: str, query: dict[str, list[str]]) -> str:
    """Return the link with the host of the page that is open."""
    here = urlsplit(st.context.url or "")
    path = here.path.rsplit("/", 1)[0] + f"/{page}"
    return urlunsplit((here.scheme, here.netloc, path, urlencode(query, doseq=True), ""))
