"""Choosing trained networks: links name them by keys, which outlive a new title."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.shell import cache
from cnnviz.ui.shell.markdown import plain


def titled(found: Sequence[TrainedNetwork]) -> dict[str, TrainedNetwork]:
    """Return the networks by key; where titles are shared, with the ends of the keys in them."""
    count = Counter(network.title for network in found)
    return {
        network.key: network
        if count[network.title] == 1
        else replace(network, title=f"{network.title} ({network.key.rpartition('-')[2]})")
        for network in found
    }


def choose_network(label: str, *, key: str, task: str = "classify") -> TrainedNetwork | None:
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


def _choose_moment(network: TrainedNetwork, *, key: str) -> TrainedNetwork:
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
) -> list[TrainedNetwork]:
    """Return the networks of a task that the user chooses, by default the first few.

    Where runs among them keep moments of their training, a second choice adds some of these.

    Args:
        label: of the widget.
        key: Streamlit's key, and the choice's name in the address.
        first: how many to begin with.
        task: "classify" or "detect"; None for both.
    """
    found = titled(networks.networks(task))
    before = st.session_state.get(key)
    earlier = [*(before or []), *st.session_state.get(_moments_of(key), [])]
    linked = st.query_params.get_all(key) or earlier
    runs = dict.fromkeys(networks.whole(name) for name in linked)
    moments = _moments(found, [name for name in linked if name != networks.whole(name)])
    wanted = _there(key, found | moments, linked)
    default = list(found)[:first] if before is None and not runs else []
    st.session_state[key] = [name for name in wanted if name in found] or default
    chosen = st.multiselect(
        label,
        list(found),
        format_func=lambda name: found[name].title,
        key=key,
        persist_state="session",
        placeholder="Choose one or more",
        on_change=_write_links,
        args=(key,),
    )
    kept = [name for name in wanted if name in moments]
    return [found[name] for name in chosen] + _choose_moments(found, chosen, kept, key=key)


def _choose_moments(
    found: Mapping[str, TrainedNetwork], chosen: Sequence[str], kept: Sequence[str], *, key: str
) -> list[TrainedNetwork]:
    """Return the moments that the user adds, of the chosen runs; offer none where there are none.

    Args:
        found: every network by key.
        chosen: keys of those whose moments are offered.
        kept: keys of moments that were chosen before, whose runs are offered too.
        key: of the choice of networks.
    """
    widget = _moments_of(key)
    moments = _moments(found, [*chosen, *kept])
    if not moments:
        st.session_state.pop(widget, None)
        return []
    st.session_state[widget] = list(kept)
    added = st.multiselect(
        "Earlier checkpoints",
        list(moments),
        format_func=lambda name: moments[name].title,
        key=widget,
        persist_state="session",
        placeholder="Add the same network as it was after fewer steps",
        on_change=_write_links,
        args=(key,),
        help="Weights that the chosen runs kept while they learned.",
    )
    return [moments[name] for name in added]


def _moments(
    found: Mapping[str, TrainedNetwork], names: Sequence[str]
) -> dict[str, TrainedNetwork]:
    """Return the moments of the runs that these keys, or these moments' keys, name."""
    runs = dict.fromkeys(networks.whole(name) for name in names)
    return {
        moment.key: moment
        for name in runs
        if name in found
        for moment in networks.moments(found[name])
    }


def _moments_of(key: str) -> str:
    return f"{key}_moments"


def usable(chosen: Sequence[TrainedNetwork]) -> list[TrainedNetwork]:
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


def _there(key: str, found: Mapping[str, TrainedNetwork], wanted: list[str]) -> list[str]:
    """Return what a link or an earlier choice names, less what is no longer there."""
    there = [name for name in wanted if name in found]
    missing = [name for name in wanted if name not in found]
    if missing:
        others = [network.title for network in networks.networks() if network.key in missing]
        st.info(_why_not(others, len(missing)), icon=":material/info:")
        st.query_params[key] = there  # no value at all takes the name out of the address
    return there


def _why_not(others: Sequence[str], missing: int) -> str:
    """Return why what a link names cannot be chosen.

    Args:
        others: titles of those that are there, but do something else.
        missing: how many cannot be chosen in all.
    """
    gone = "A network that was chosen is not here any more: it may have been deleted."
    if not others:
        return gone
    kind = (
        f"{plain(' and '.join(others))} cannot be chosen here, where every network reads a single "
        "digit: see the page Detect."
    )
    return kind if len(others) == missing else f"{kind} {gone}"


def _write_links(key: str) -> None:
    """Put the chosen networks and the moments that were added to them into the address."""
    added = st.session_state.get(_moments_of(key), [])
    st.query_params[key] = [*st.session_state[key], *added]


def _write_link(key: str, widget: str) -> None:
    st.query_params[key] = st.session_state[widget]
