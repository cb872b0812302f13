"""Choosing trained networks: links name them by keys, which outlive a new title."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar

import streamlit as st

from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.shell import address
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameter_types import ParameterType, Parsed
from cnnviz.ui.shell.parameters import Parameter

T = TypeVar("T")


def titled(found: Sequence[TrainedNetwork]) -> dict[str, TrainedNetwork]:
    """Return the networks by key; where titles are shared, with the ends of the keys in them."""
    count = Counter(network.title for network in found)
    return {
        network.key: network
        if count[network.title] == 1
        else replace(network, title=f"{network.title} ({network.key.rpartition('-')[2]})")
        for network in found
    }


@dataclass(frozen=True)
class _NetworkType(ParameterType[T]):
    """Networks by their keys, and checkpoints that runs kept.

    Attributes:
        networks: those that may be chosen, by key.
    """

    networks: Mapping[str, TrainedNetwork]
    deletable: ClassVar[bool] = True

    def rule(self) -> str:
        """Return that a network must exist."""
        return "must exist"

    def complaint(self, noun: str, parsed: Parsed[T]) -> str:
        """Return why networks cannot be chosen here."""
        del noun
        return _why_not(parsed.rejected)


class NetworkKeys(_NetworkType[tuple[str, ...]]):
    """Keys of networks or checkpoints."""

    def parse(self, texts: Sequence[str]) -> Parsed[tuple[str, ...]]:
        """Return the keys that exist, in the order named."""
        present = {*self.networks, *_moments(self.networks, texts)}
        valid = tuple(dict.fromkeys(text for text in texts if text in present))
        rejected = tuple(text for text in texts if text not in present)
        return Parsed(valid if valid or not texts else None, rejected)

    @staticmethod
    def format(value: Iterable[str]) -> list[str]:
        """Return one text for each key."""
        return list(value)


class NetworkKey(_NetworkType[str]):
    """The key of a network or a checkpoint."""

    def parse(self, texts: Sequence[str]) -> Parsed[str]:
        """Return the last text if it is such a key; the run's own for a missing checkpoint."""
        key = texts[-1]
        parsed = NetworkKeys(self.networks).parse([key])
        if parsed.value:
            return Parsed(key)
        run = networks.base_key(key)
        return Parsed(run if run in self.networks else None, (key,))


def choose_network(
    label: str,
    parameter: Parameter[str | None],
    *,
    task: str = "classify",
    default: str | None = None,
) -> TrainedNetwork | None:
    """Return the network of that task that the user chooses; None where there is none at all.

    Below a run that keeps moments of its training, a slider goes back to one of them.

    Args:
        label: of the widget.
        parameter: of the address, which holds the network's key.
        task: "classify" or "detect".
        default: key to begin with; None for the first.
    """
    found = titled(networks.networks(task))
    if not found:
        return None
    named = address.read(parameter, NetworkKey(found)) or default or next(iter(found))
    address.show_complaint(parameter)
    st.session_state[parameter.name] = networks.base_key(named)
    chosen = st.selectbox(
        label,
        list(found),
        format_func=lambda name: found[name].title,
        key=parameter.name,
        on_change=_take_over,
        args=(parameter, parameter.name),
    )
    return _choose_moment(found[chosen], named, parameter)


def _choose_moment(
    network: TrainedNetwork, named: str, parameter: Parameter[str | None]
) -> TrainedNetwork:
    """Return the network as it is now, or as it was at the moment that the user chooses.

    Args:
        network: as it is now.
        named: key of the network or of one of its moments.
        parameter: of the address, which holds the choice.
    """
    moments = networks.snapshots_of(network)
    if not moments:
        return network
    found = {candidate.key: candidate for candidate in (*moments, network)}
    slider = f"{parameter.name}_moment"
    if st.session_state.get(slider) != named:  # else whoever moves it would be fought
        st.session_state[slider] = named
    chosen = st.select_slider(
        "Checkpoint",
        list(found),
        format_func=lambda name: (
            "newest" if name == network.key else found[name].title[len(network.title) + 2 :]
        ),
        key=slider,
        on_change=_take_over,
        args=(parameter, slider),
        help="The weights as they were after so many steps; the first are the initial ones.",
    )
    return found[chosen]


def choose_networks(
    label: str,
    parameter: Parameter[tuple[str, ...] | None],
    *,
    first: int,
    task: str | None = "classify",
) -> list[TrainedNetwork]:
    """Return the networks of a task that the user chooses, by default the first few.

    Where runs among them keep moments of their training, a second choice adds some of these.

    Args:
        label: of the widget.
        parameter: of the address, which holds the networks' keys.
        first: how many to begin with.
        task: "classify" or "detect"; None for both.
    """
    found = titled(networks.networks(task))
    named = address.read(parameter, NetworkKeys(found))
    address.show_complaint(parameter)
    if named is None:
        named = tuple(found)[:first]
    st.session_state[parameter.name] = [name for name in named if name in found]
    chosen = st.multiselect(
        label,
        list(found),
        format_func=lambda name: found[name].title,
        key=parameter.name,
        placeholder="Choose one or more",
        on_change=_take_over_all,
        args=(parameter,),
    )
    kept = [name for name in named if name not in found]
    return [found[name] for name in chosen] + _choose_moments(found, chosen, kept, parameter)


def _choose_moments(
    found: Mapping[str, TrainedNetwork],
    chosen: Sequence[str],
    kept: Sequence[str],
    parameter: Parameter[Any],
) -> list[TrainedNetwork]:
    """Return the moments that the user adds, of the chosen runs; offer none where there are none.

    Args:
        found: every network by key.
        chosen: keys of those whose moments are offered.
        kept: keys of moments that were chosen before, whose runs are offered too.
        parameter: of the address, which holds networks and moments.
    """
    widget = _moments_key(parameter)
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
        placeholder="Add the same network as it was after fewer steps",
        on_change=_take_over_all,
        args=(parameter,),
        help="Weights that the chosen runs kept while they learned.",
    )
    return [moments[name] for name in added]


def _moments(
    found: Mapping[str, TrainedNetwork], names: Sequence[str]
) -> dict[str, TrainedNetwork]:
    """Return the moments of the runs that these keys, or these moments' keys, name."""
    runs = dict.fromkeys(networks.base_key(name) for name in names)
    return {
        moment.key: moment
        for name in runs
        if name in found
        for moment in networks.snapshots_of(found[name])
    }


def _moments_key(parameter: Parameter[Any]) -> str:
    return f"{parameter.name}_moments"


def usable(chosen: Sequence[TrainedNetwork]) -> list[TrainedNetwork]:
    """Return the networks whose weights can be read; say on the page why another cannot."""
    found = []
    for network in chosen:
        try:
            loading.load(network)
        except ValueError as error:
            st.warning(
                f"{plain(network.title)} is left out: {plain(str(error))}",
                icon=":material/warning:",
            )
        else:
            found.append(network)
    return found


def _why_not(missing: Sequence[str]) -> str:
    """Return why networks cannot be chosen here.

    Args:
        missing: their keys.
    """
    gone = "A network that was chosen is not here any more: it may have been deleted."
    others = [network.title for network in networks.networks() if network.key in missing]
    if not others:
        return gone
    kind = (
        f"{plain(' and '.join(others))} cannot be chosen here, where every network reads a single "
        "digit: see the page Detect."
    )
    return kind if len(others) == len(missing) else f"{kind} {gone}"


def _take_over_all(parameter: Parameter[Any]) -> None:
    """Put the chosen networks and the moments that were added to them into the address."""
    added = st.session_state.get(_moments_key(parameter), [])
    address.write({parameter: (*st.session_state[parameter.name], *added)})


def _take_over(parameter: Parameter[Any], widget: str) -> None:
    address.write({parameter: st.session_state[widget]})
