"""Keys of trained networks and of snapshots of their training, as the address holds them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.training.runs.records import RunError
from cnnviz.training.runs.store import find_run
from cnnviz.ui.pickers.job import missing_sentence
from cnnviz.ui.shell.parameter_types import ParameterType, Parsed, quoted, rejection

T = TypeVar("T")


@dataclass(frozen=True)
class _NetworkType(ParameterType[T]):
    """Networks by their keys, and snapshots of their training.

    Attributes:
        networks: those that may be chosen, by key.
    """

    networks: Mapping[str, TrainedNetwork]
    deletable: ClassVar[bool] = True

    def rule(self) -> str:
        """Return that a network must exist."""
        return "must exist"

    def complaint(self, noun: str, parsed: Parsed[T]) -> str:
        """Return why networks of a link cannot be chosen."""
        other_task, young, missing = _unavailable(parsed.rejected)
        sentences = []
        if young:
            rule = "must have weights, which are written after the first epoch"
            sentences.append(f"{rejection(noun, rule, young)}.")
        if other_task:
            reason = rejection(noun, "must classify single digits here", other_task)
            sentences.append(f"{reason}: see the page Detect.")
        if missing:
            sentences.append(missing_sentence(noun, *missing))
        return " ".join(sentences)

    def loss(self, noun: str, parsed: Parsed[T]) -> str:
        """Return why networks chosen earlier cannot be chosen now."""
        del noun
        other_task, young, missing = _unavailable(parsed.rejected)
        sentences = []
        if young:
            sentences.append(f"{quoted(young)}: weights are written after the first epoch.")
        if other_task:
            sentences.append(
                f"{quoted(other_task)} cannot be chosen here, where every network classifies a "
                "single digit: see the page Detect."
            )
        if missing:
            verb = "no longer exists: it" if len(missing) == 1 else "no longer exist: they"
            sentences.append(f"{quoted(missing)} {verb} may have been deleted.")
        return " ".join(sentences)


class NetworkKeys(_NetworkType[tuple[str, ...]]):
    """Keys of networks or snapshots."""

    def parse(self, texts: Sequence[str]) -> Parsed[tuple[str, ...]]:
        """Return the keys that exist, in the order named."""
        present = {*self.networks, *snapshots_of_runs(self.networks, texts)}
        valid = tuple(dict.fromkeys(text for text in texts if text in present))
        rejected = tuple(text for text in texts if text not in present)
        return Parsed(valid if valid or not texts else None, rejected)

    @staticmethod
    def format(value: Iterable[str]) -> list[str]:
        """Return one text for each key."""
        return list(value)


class NetworkKey(_NetworkType[str]):
    """The key of a network or a snapshot."""

    def parse(self, texts: Sequence[str]) -> Parsed[str]:
        """Return the last text if it is such a key; the run's own for a missing snapshot."""
        key = texts[-1]
        parsed = NetworkKeys(self.networks).parse([key])
        if parsed.value:
            return Parsed(key)
        run = networks.base_key(key)
        return Parsed(run if run in self.networks else None, (key,))


def snapshots_of_runs(
    available: Mapping[str, TrainedNetwork], names: Sequence[str]
) -> dict[str, TrainedNetwork]:
    """Return the snapshots of the runs that keys of runs or snapshots name."""
    runs = dict.fromkeys(networks.base_key(name) for name in names)
    return {
        snapshot.key: snapshot
        for name in runs
        if name in available
        for snapshot in networks.snapshots_of(available[name])
    }


def _unavailable(keys: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Return why networks cannot be chosen, in three lists.

    Returns:
        Titles of networks of another task, titles of runs before their first weights, and the keys
        of those that do not exist.
    """
    titles = {network.key: network.title for network in networks.networks()}
    young = {key: title for key in keys if key not in titles and (title := _young_title(key))}
    missing = [key for key in keys if key not in titles and key not in young]
    return [titles[key] for key in keys if key in titles], list(young.values()), missing


def _young_title(key: str) -> str:
    """Return the title of a run in training that has not written weights yet, else ""."""
    try:
        run = find_run(networks.base_key(key))
        return run.title() if run.status().live and not run.weights.exists() else ""
    except RunError:
        return ""
