"""What is on record of a trained network, and what was timed and counted of it."""

import functools
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cnnviz.benchmark.results.measurements import Measurement, MeasurementError, measurements
from cnnviz.benchmark.results.records import Conditions, Plan, Timing
from cnnviz.data.mnist import Digits
from cnnviz.models.catalogue import Architecture, architecture
from cnnviz.models.structure.counts import Count, count
from cnnviz.models.structure.trace import trace_row
from cnnviz.stats.intervals import Interval, wilson
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import networks, store
from cnnviz.training.runs.history import History
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.training.runs.records import RunError, Status

QUIET = ("", "clean")  # badges of a machine that did nothing else; a GPU has no meter
_NUMBER = re.compile(r"\d[\d,]*")
_CPU = re.compile(r", \d+ cores?\b")  # how `hardware.describe` ends a processor's name
_SPARED = re.compile(r"the ([\d,]+) embedded test digits left out")


@dataclass(frozen=True)
class Dossier:
    """What is on record of a network.

    Attributes:
        network: which one.
        source: where all of this stands, in words.
        settings: of its training.
        versions: of Python and the packages it was trained with.
        seconds: of training; None for a moment within one.
        hardware: it was trained on, in words.
        trained_on: which digits, in words.
        measures: what was measured beside the accuracy, by name, 0 to 1.
        sha256: of the file with the weights.
        state: of the run; "finished" of a shipped network.
        epochs: that these weights have come to, with the fraction; None of a shipped network, and
            where no record tells.
        counted: parameters, multiply-accumulates and memory.
        history: what was logged until these weights; None of a shipped network.
        problem: why the log cannot be read, in words.
        unread: why the run's status cannot be read, in words.
    """

    network: TrainedNetwork
    source: str
    settings: Settings
    versions: dict[str, str]
    seconds: float | None
    hardware: str
    trained_on: str
    measures: dict[str, float]
    sha256: str
    state: str
    epochs: float | None
    counted: Count
    history: History | None = None
    problem: str = ""
    unread: str = ""

    @property
    def row(self) -> Architecture:
        """The network's row of the catalogue."""
        return self.network.architecture

    @property
    def shipped(self) -> bool:
        """Whether it ships with cnnviz."""
        return self.network.key.startswith("shipped-")

    @property
    def tested(self) -> int | None:
        """How many digits, or canvases, the accuracy is of."""
        return number_in(self.network.tested_on)

    @property
    def taught(self) -> int | None:
        """How many digits it was trained on."""
        return number_in(self.trained_on)

    @property
    def spared(self) -> int | None:
        """How many of MNIST's training digits were left out, if the record tells."""
        found = _SPARED.search(self.trained_on)
        return int(found[1].replace(",", "")) if found else None

    @property
    def gpus(self) -> int | None:
        """How many GPUs it was trained on: cnnviz uses one at most."""
        return int(not _CPU.search(self.hardware)) if self.hardware else None

    def learned_from(self, digits: Digits) -> bool:
        """Tell whether it may have learned from the test digits of this machine."""
        taught = self.settings
        return (
            digits.source == "embedded"
            and taught.source == "full"
            and not taught.spare_embedded_test
        )

    @property
    def interval(self) -> Interval | None:
        """The accuracy with its bounds; None where it is no share of so many digits."""
        share, trials = self.network.accuracy, self.tested
        if share is None or not trials or self.row.task != "classify":
            return None
        right = round(share * trials)
        return wilson(right, trials) if abs(share * trials - right) < 1e-6 * trials else None


def number_in(words: str) -> int | None:
    """Return the first whole number in a text such as "10,000 test digits"."""
    found = _NUMBER.search(words)
    return int(found[0].replace(",", "")) if found else None


def dossier(network: TrainedNetwork) -> Dossier:
    """Return what is on record of a network.

    Raises:
        ValueError: if its files have gone, are damaged or of another version.
    """
    try:
        return _shipped(network) if network.key.startswith("shipped-") else _trained(network)
    except (OSError, KeyError, TypeError) as error:
        raise ValueError(f"the record of {network.title} cannot be read") from error


def _shipped(network: TrainedNetwork) -> Dossier:
    card = networks.card(network)
    return Dossier(
        network=network,
        source="card of the shipped network, in checkpoints/ under its architecture's name",
        settings=Settings.from_dict(card["settings"]),
        versions=card["versions"],
        seconds=float(card["seconds"]),
        hardware=card["hardware"],
        trained_on=card["trained_on"],
        measures={name: card[name] for name in ("precision", "recall") if name in card},
        sha256=card["sha256"],
        state="finished",
        epochs=None,
        counted=_count(network.architecture_key),
    )


def _trained(network: TrainedNetwork) -> Dossier:
    run = store.run(networks.whole(network.key))
    status, config = run.status(), run.config()
    unread = _unread(run)
    history, problem = _history(run, network.step)
    whole = network.step is None
    return Dossier(
        network=network,
        source=f"run {run.id}, its status and settings",
        settings=run.settings(),
        versions=config["versions"],
        seconds=status.seconds if whole and not unread else None,
        hardware=status.hardware,
        trained_on=status.trained_on,
        measures=dict(history.epochs[-1].get("measures", {})) if whole and history.epochs else {},
        sha256=hashlib.sha256(network.weights.read_bytes()).hexdigest(),
        state=status.state,
        epochs=None if unread else _epochs(run, status, network.step),
        counted=_count(network.architecture_key),
        history=history,
        problem=problem,
        unread=unread,
    )


def _unread(run: store.Run) -> str:
    """Return why the status cannot be read: `Run.status` puts zeros in its place then."""
    try:
        run.read_record("status.json", Status)
    except RunError:
        return "not known: the run's status cannot be read"
    return ""


def _epochs(run: store.Run, status: Status, step: int | None) -> float | None:
    """Return how many passes a run's newest weights, or those of a moment, have behind them."""
    if step is None:
        return status.epoch
    return step * run.settings().epochs / status.total_steps if status.total_steps else None


def _history(run: store.Run, step: int | None) -> tuple[History, str]:
    """Return the log up to a step, and why it cannot be read; a report goes without it then."""
    try:
        found = History(run).read()
    except RunError as error:
        return History(run), str(error)
    if step is not None:
        found.intervals = [row for row in found.intervals if row["step"] <= step]
        found.epochs = [row for row in found.epochs if row["step"] <= step]
    return found, ""


@functools.lru_cache(maxsize=64)
def _count(key: str) -> Count:
    return count(trace_row(architecture(key), published=False))


@dataclass(frozen=True)
class Timed:
    """What a kept measurement says of some architectures, one image at a time.

    Attributes:
        key: id of the measurement.
        plan: what was asked for.
        conditions: under which it was measured.
        timings: by the key of the architecture; those with times only.
    """

    key: str
    plan: Plan
    conditions: Conditions
    timings: dict[str, Timing]

    @property
    def source(self) -> str:
        """Where and when, in words."""
        made = self.conditions
        return f"measured {made.created} on {made.host}, {made.hardware} (measurement {self.key})"

    def among(self, wanted: Sequence[str]) -> set[str]:
        """Return which of these architectures it timed."""
        return set(wanted) & set(self.timings)

    def quiet(self, wanted: Sequence[str]) -> bool:
        """Tell whether nothing else used the processor while it timed these architectures."""
        return all(badge(self.timings[key]) in QUIET for key in self.among(wanted))


def badge(timing: Timing | None) -> str:
    """Return how busy the machine was meanwhile, in words."""
    return timing.latency.badge if timing and timing.latency else ""


def timed(wanted: Sequence[str], *, published: bool = False) -> Timed | None:
    """Return the kept measurement that timed the first architecture beside most of the others.

    Times of different measurements are never mixed: machines and their loads differ. Of equals it
    is one made on a quiet machine, and of these the newest.
    """
    kept = (_read(each, published=published) for each in measurements())
    found = [each for each in kept if each and wanted[0] in each.timings]
    return max(found, key=lambda each: (len(each.among(wanted)), each.quiet(wanted)), default=None)


def _read(kept: Measurement, *, published: bool) -> Timed | None:
    try:
        record = kept.record()
    except MeasurementError:  # deleted since it was listed
        return None
    if (
        record.state != "finished"
        or record.conditions is None
        or record.plan.published != published
    ):
        return None
    single = [t for t in record.findings.timings if (t.engine, t.batch) == ("torch", 1)]
    fewest = min((t.threads for t in single), default=1)
    timings = {t.model: t for t in single if t.latency and t.threads == fewest}
    return Timed(kept.id, record.plan, record.conditions, timings)
