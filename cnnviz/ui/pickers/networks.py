"""Controls for trained networks and snapshots of their training, kept in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

import streamlit as st

from cnnviz.system.identity_cache import reuse_results
from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.training.runs.titles import unique_titles
from cnnviz.ui.cached import loading
from cnnviz.ui.pickers.network_keys import NetworkKey, NetworkKeys, snapshots_of_runs
from cnnviz.ui.shell import address
from cnnviz.ui.shell.hidden import is_hidden, show_value
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameters import Parameter

MAX_CHOSEN = 40  # networks and snapshots of a choice: all their weights are in memory


@reuse_results(latest=4)  # of both tasks together and of each
def with_unique_titles(available: Sequence[TrainedNetwork]) -> dict[str, TrainedNetwork]:
    """Return networks by key; equal titles of runs are told apart by the time of their start."""
    titles = unique_titles({network.key: network.title for network in available})
    return {
        network.key: (
            network
            if titles[network.key] == network.title
            else replace(network, title=titles[network.key])
        )
        for network in available
    }


def choose_network(
    label: str,
    parameter: Parameter[str | None],
    *,
    task: str = "classify",
    default: str | None = None,
) -> TrainedNetwork | None:
    """Return the network that the user chooses; None if there is none for the task.

    Below a run that keeps snapshots of its training, a slider chooses one of them.

    Args:
        label: of the widget.
        parameter: of the address, which holds the network's key.
        task: "classify" or "detect".
        default: key to begin with; None for the first.
    """
    available = with_unique_titles(networks.networks(task))
    if not available:
        return None
    named = address.read(parameter, NetworkKey(available)) or default or next(iter(available))
    address.show_complaint(parameter)
    if is_hidden("network"):
        return _without_control(label, available, named)
    st.session_state[parameter.name] = networks.base_key(named)
    chosen = st.selectbox(
        label,
        list(available),
        format_func=lambda name: available[name].title,
        key=parameter.name,
        on_change=_take_over,
        args=(parameter, parameter.name),
        help="Trained networks: those that come with cnnviz, then those of your runs. The choice "
        "is kept on the other pages.",
    )
    return _choose_snapshot(available[chosen], named, parameter)


def _without_control(
    label: str, available: Mapping[str, TrainedNetwork], named: str
) -> TrainedNetwork:
    """Return the chosen network or snapshot, and name it on the page."""
    snapshots = snapshots_of_runs(available, [named])
    network = {**available, **snapshots}[named]
    show_value(label, network.title)
    return network


def _choose_snapshot(
    network: TrainedNetwork, named: str, parameter: Parameter[str | None]
) -> TrainedNetwork:
    """Return the network as it is now, or the snapshot that the user chooses.

    Args:
        network: as it is now.
        named: key of the network or of one of its snapshots.
        parameter: of the address, which holds the choice.
    """
    snapshots = networks.snapshots_of(network)
    if not snapshots:
        return network
    options = {candidate.key: candidate for candidate in (*snapshots, network)}
    slider = f"{parameter.name}_moment"
    if st.session_state.get(slider) != named:  # setting it during a drag would undo the drag
        st.session_state[slider] = named
    chosen = st.select_slider(
        "Snapshot",
        list(options),
        format_func=lambda name: (
            "newest" if name == network.key else options[name].title[len(network.title) + 2 :]
        ),
        key=slider,
        on_change=_take_over,
        args=(parameter, slider),
        help="The weights after that many steps of training; the first are the initial weights.",
    )
    return options[chosen]


def choose_networks(
    label: str,
    parameter: Parameter[tuple[str, ...] | None],
    *,
    first: int,
    task: str | None = "classify",
) -> list[TrainedNetwork]:
    """Return the networks of a task that the user chooses, by default the first few.

    If runs among them keep snapshots of their training, a second control adds some of these.

    Args:
        label: of the widget.
        parameter: of the address, which holds the networks' keys.
        first: how many to begin with.
        task: "classify" or "detect"; None for both.
    """
    available = with_unique_titles(networks.networks(task))
    named = address.read(parameter, NetworkKeys(available))
    address.show_complaint(parameter)
    if named is None:
        named = tuple(available)[:first]
    if len(named) > MAX_CHOSEN:
        st.caption(
            f"At most {MAX_CHOSEN} networks can be chosen: the first {MAX_CHOSEN} of "
            f"{len(named):,} are shown."
        )
        named = named[:MAX_CHOSEN]
    st.session_state[parameter.name] = [name for name in named if name in available]
    chosen = st.multiselect(
        label,
        list(available),
        format_func=lambda name: available[name].title,
        key=parameter.name,
        placeholder="Choose one or more",
        max_selections=MAX_CHOSEN,
        help="Trained networks: those that come with cnnviz, then those of your runs. At most "
        f"{MAX_CHOSEN} at once.",
        wrap=True,
        on_change=_take_over_all,
        args=(parameter,),
    )
    snapshots = [name for name in named if name not in available]
    return [available[name] for name in chosen] + _add_snapshots(
        available, chosen, snapshots, parameter
    )


def _add_snapshots(
    available: Mapping[str, TrainedNetwork],
    chosen: Sequence[str],
    earlier: Sequence[str],
    parameter: Parameter[Any],
) -> list[TrainedNetwork]:
    """Return the snapshots that the user adds; show no control if there are none.

    Args:
        available: every network by key.
        chosen: keys of the networks whose snapshots are offered.
        earlier: keys of snapshots chosen before; the snapshots of their runs are offered too.
        parameter: of the address, which holds networks and snapshots.
    """
    widget = _snapshots_key(parameter)
    offered = snapshots_of_runs(available, [*chosen, *earlier])
    if not offered:
        st.session_state.pop(widget, None)
        return []
    st.session_state[widget] = list(earlier)
    added = st.multiselect(
        "Earlier snapshots",
        list(offered),
        format_func=lambda name: offered[name].title,
        key=widget,
        placeholder="Add the same network as it was after fewer steps",
        max_selections=max(MAX_CHOSEN - len(chosen), len(earlier), 1),
        wrap=True,
        on_change=_take_over_all,
        args=(parameter,),
        help="Weights that the chosen runs kept during training.",
    )
    return [offered[name] for name in added]


def _snapshots_key(parameter: Parameter[Any]) -> str:
    return f"{parameter.name}_moments"


def stop_without_network(sentence: str = "There is no trained network yet.") -> NoReturn:
    """Say that there is no network to choose, lead to training one, and end the page."""
    st.info(sentence, icon=":material/info:")
    st.page_link("pages/train.py", label="Train one", icon=":material/model_training:")
    st.stop()


def usable(chosen: Sequence[TrainedNetwork]) -> list[TrainedNetwork]:
    """Return the networks whose weights can be read; say on the page why others cannot."""
    readable = []
    for network in chosen:
        try:
            loading.loaded_network(network)
        except ValueError as error:
            st.warning(
                f"{plain(network.title)} was left out: {plain(str(error))}",
                icon=":material/warning:",
            )
        else:
            readable.append(network)
    return readable


def _take_over_all(parameter: Parameter[Any]) -> None:
    """Write the chosen networks and snapshots into the address."""
    added = st.session_state.get(_snapshots_key(parameter), [])
    address.write({parameter: (*st.session_state[parameter.name], *added)})


def _take_over(parameter: Parameter[Any], widget: str) -> None:
    address.write({parameter: st.session_state[widget]})
