"""The snapshots of one run, computed in the background and cached."""

import functools
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnviz.data.digit_sample import DigitSample
from cnnviz.data.mnist import Pixels
from cnnviz.training.runs.checkpoint import CheckpointError
from cnnviz.training.runs.networks import TrainedNetwork, load_network
from cnnviz.ui.cached import layer_outputs, loading
from cnnviz.ui.pickers.image import InputImage
from cnnviz.ui.shell.background import request

if TYPE_CHECKING:
    from cnnviz.inspection.training_snapshot import DigitSnapshot, Snapshot
    from cnnviz.models.loaded_network import LoadedNetwork

SNAPSHOT_DIGITS = 300  # digits on the map of every snapshot


@dataclass(frozen=True, eq=False)
class LoadedSnapshot:
    """One snapshot with all that is shown of it.

    Attributes:
        network: as it was at that step.
        snapshot: what depends on its weights alone.
        digit: its outputs for one digit.
    """

    network: TrainedNetwork
    snapshot: "Snapshot"
    digit: "DigitSnapshot"


@dataclass(frozen=True, eq=False)
class LoadedSnapshots:
    """The snapshots of a run, as far as they are computed.

    Attributes:
        finished: first to last; none before the newest one is finished, which defines the plane
            and the channels of the others.
        missing: how many are still being computed.
        unreadable: how many cannot be read.
    """

    finished: list[LoadedSnapshot]
    missing: int
    unreadable: int


def target_class(snapshots: Sequence[TrainedNetwork], image: InputImage) -> int:
    """Return the class whose logit is explained: the label, else the newest prediction."""
    if image.label is not None:
        return image.label
    for network in reversed(snapshots):
        try:
            loading.loaded_network(network)
        except ValueError:  # damaged, or deleted since it was listed
            continue
        return layer_outputs.forward_pass(network, image.pixels).ranking[0]
    return 0


def load_snapshots(
    networks: Sequence[TrainedNetwork], sample: DigitSample, image: Pixels, target: int
) -> LoadedSnapshots:
    """Return the snapshots that are computed, and have the others computed, the newest first.

    Args:
        networks: snapshots of one run, first to last.
        sample: the digits on the map.
        image: uint8, (28, 28).
        target: class whose logit is explained.
    """
    calls = {network: _calls(network, sample, image, target) for network in networks}
    newest_first = [*networks[-1:], *networks[:-1]]
    ready = request({key: call for n in newest_first for key, call in calls[n].items()})
    finished: list[LoadedSnapshot] = []
    missing = 0
    for network in networks:
        if not calls[network].keys() <= ready.keys():
            missing += 1
            continue
        snapshot, digit = (ready[key] for key in calls[network])
        if snapshot is not None and digit is not None:
            finished.append(LoadedSnapshot(network, snapshot, digit))
    unreadable = len(networks) - missing - len(finished)
    if missing and not (finished and finished[-1].network == networks[-1]):
        finished = []
    return LoadedSnapshots(finished, missing, unreadable)


def _calls(
    network: TrainedNetwork, sample: DigitSample, image: Pixels, target: int
) -> dict[Hashable, Callable[[], Any]]:
    """Return what computes the two parts of a snapshot, by key: the weights' first."""
    name = network.key, network.version
    return {
        ("snapshot", *name, *sample.key): functools.partial(_snapshot, network, sample),
        ("digit_snapshot", *name, image.tobytes(), target): functools.partial(
            _digit_snapshot, network, image, target
        ),
    }


def _snapshot(network: TrainedNetwork, sample: DigitSample) -> "Snapshot | None":
    from cnnviz.inspection.training_snapshot import snapshot

    loaded = _load(network)
    return None if loaded is None else snapshot(loaded, sample.images, sample.labels)


def _digit_snapshot(network: TrainedNetwork, image: Pixels, target: int) -> "DigitSnapshot | None":
    from cnnviz.inspection.training_snapshot import digit_snapshot

    loaded = _load(network)
    return None if loaded is None else digit_snapshot(loaded, image[None], target)


def _load(network: TrainedNetwork) -> "LoadedNetwork | None":
    """Return a snapshot's network; None if it is damaged, or deleted since it was listed."""
    try:
        return load_network(network)
    except CheckpointError:
        return None
