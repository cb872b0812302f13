"""Choosing trained networks: links name them by keys, which outlive a new title."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from cnnviz import networks
from cnnviz.networks import Network
from cnnviz.ui import cache
from cnnviz.ui.plain import plain


def titled(found: Sequence[Network]) -> dict[str, Network]:
    """Return the networks by key; where titles are shared, with the keys in them."""
    count = Counter(network.title for network in found)
    return {
        network.key: network
        if count[network.title] == 1
        else replace(network, title=f"{network.title} ({network.key})")
        for network in found
    }


def choose_network(label: str, *, key: str, task: str = "classify") -> Network | None:
    """Return the network of that task that the user chooses; None where there is none at all.

    Below a run that keeps moments of its training, a slider goes back to one of them.
    """
    found = titled(networks.networks(task))
    if not found:
        return None
    before = [st.session_state[key]] if key in st.session_state else []
    linked = st.query_params.get_all(key) or before
    wanted = _there(key, found, [networks.whole(name) for name in linked])
    st.session_state[key] = wanted[0] if wanted else next(iter(found))
    chosen = st.selectbox(
        label,
        list(found),
        format_func=lambda name: found[name].title,
        key=key,
        on_change=_write_link,
        args=(key, key),
    )
    return _choose_moment(found[chosen], key=key)


def _choose_moment(network: Network, *, key: str) -> Network:
    """Return the network as it is now, or as it was at the moment that the user chooses."""
    moments = networks.moments(network)
    if not moments:
        return network
    found = {candidate.key: candidate for candidate in (*moments, network)}
    slider = f"{key}_moment"
    linked = st.query_params.get_all(key) or [st.session_state.get(slider, network.key)]
    wanted = [name for name in linked if networks.whole(name) == network.key]
    before = next(iter(_there(key, found, wanted)), network.key)
    if st.session_state.get(slider) != before:  # else whoever moves it would be fought
        st.session_state[slider] = before
    chosen = st.select_slider(
        "Checkpoint",
        list(found),
        format_func=lambda name: (
            "newest" if name == network.key else found[name].title[len(network.title) + 2 :]
        ),
        key=slider,
        on_change=_write_link,
        args=(key, slider),
        help="The weights as they were after so many steps; the first are the initial ones.",
    )
    return found[chosen]


def choose_networks(
    label: str, *, key: str, first: int, task: str | None = "classify"
) -> list[Network]:
    """Return the networks of a task that the user chooses, by default the first few.

    Args:
        label: of the widget.
        key: Streamlit's key, and the choice's name in the address.
        first: how many to begin with.
        task: "classify" or "detect"; None for both.
    """
    found = titled(networks.networks(task))
    before = st.session_state.get(key)
    wanted = _there(key, found, st.query_params.get_all(key) or before or [])
    st.session_state[key] = wanted or (list(found)[:first] if before is None else [])
    chosen = st.multiselect(
        label,
        list(found),
        format_func=lambda name: found[name].title,
        key=key,
        persist_state="session",
        placeholder="Choose one or more",
        on_change=_write_link,
        args=(key, key),
    )
    return [found[name] for name in chosen]


def usable(chosen: Sequence[Network]) -> list[Network]:
    """Return the networks whose weights can be read; say on the page why another cannot."""
    found = []
    for network in chosen:
        try:
            cache.load(network)
        except ValueError as error:
            st.warning(
                f"{plain(network.title)} is left out: {plain(str(error))}",
                icon=":material/warning:",
            )
        else:
            found.append(network)
    return found


def _there(key: str, found: Mapping[str, Network], wanted: list[str]) -> list[str]:
    """Return what a link or an earlier choice names, less what is no longer there."""
    there = [name for name in wanted if name in found]
    if len(there) < len(wanted):
        st.info(
            "A network that was chosen is not here any more: it may have been deleted.",
            icon=":material/info:",
        )
        st.query_params.pop(key, None)
    return there


def _write_link(key: str, widget: str) -> None:
    st.query_params[key] = st.session_state[widget]
