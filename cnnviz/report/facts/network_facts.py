"""What is recorded of a trained network: its training, its test accuracy and its files."""

import functools
import re
from dataclasses import dataclass

from cnnviz.data.mnist import Digits
from cnnviz.models.catalog import Architecture, architecture
from cnnviz.models.structure.counts import Count, count
from cnnviz.models.structure.trace import trace_architecture
from cnnviz.stats.intervals import Interval, wilson
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import networks, store
from cnnviz.training.runs.history import History
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.training.runs.records import RunError, Status

_NUMBER = re.compile(r"\d[\d,]*")
_CPU = re.compile(r", \d+ cores?\b")  # how `hardware.describe` ends a processor's name
_HELD_OUT = re.compile(r"the ([\d,]+) embedded test digits left out")


@dataclass(frozen=True)
class NetworkFacts:
    """What is recorded of a trained network.

    Attributes:
        network: the network.
        source: where the record is stored, in words.
        settings: of its training.
        versions: of Python and the packages it was trained with.
        seconds: duration of the training; None for an earlier checkpoint of a run.
        hardware: it was trained on, in words.
        trained_on: which digits, in words.
        measures: further test results by name, 0 to 1.
        sha256: of the file with the weights.
        state: of the run; "finished" for a shipped network.
        epochs: epochs trained so far, with the fraction; None for a shipped network, and where
            they are unknown.
        count: parameters, multiply-accumulate operations and memory.
        history: training log up to these weights; None for a shipped network.
        log_problem: why the log cannot be read; "" if it can.
        status_problem: why the run's status cannot be read; "" if it can.
        uploaded: whether the weights were uploaded, and nothing is known of their training.
        unrepeatable: why training with the settings does not give these weights; "" if it does.
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
    count: Count
    history: History | None = None
    log_problem: str = ""
    status_problem: str = ""
    uploaded: bool = False
    unrepeatable: str = ""

    @property
    def row(self) -> Architecture:
        """The network's row of the catalog."""
        return self.network.architecture

    @property
    def test_count(self) -> int | None:
        """Number of digits or canvases that it was tested on."""
        return first_number(self.network.tested_on)

    @property
    def training_count(self) -> int | None:
        """Number of digits that it was trained on."""
        return first_number(self.trained_on)

    @property
    def held_out_count(self) -> int | None:
        """Number of embedded test digits left out of its training; None if not recorded."""
        match = _HELD_OUT.search(self.trained_on)
        return int(match[1].replace(",", "")) if match else None

    @property
    def gpus(self) -> int | None:
        """Number of GPUs that it was trained on, 0 or 1; None if not recorded."""
        return int(not _CPU.search(self.hardware)) if self.hardware else None

    def may_have_trained_on_tests(self, digits: Digits) -> bool:
        """Tell whether its training may have included the test digits of this machine."""
        return (
            not self.uploaded
            and digits.source == "embedded"
            and self.settings.source == "full"
            and not self.settings.spare_embedded_test
        )

    @property
    def interval(self) -> Interval | None:
        """The test accuracy with its bounds; None if it is not a proportion of known digits."""
        share, trials = self.network.accuracy, self.test_count
        if share is None or not trials or self.row.task != "classify":
            return None
        correct = round(share * trials)  # a count, unless the share was of something else
        return wilson(correct, trials) if abs(share * trials - correct) < 1e-6 * trials else None


def first_number(text: str) -> int | None:
    """Return the first whole number in a text such as "10,000 test digits"."""
    match = _NUMBER.search(text)
    return int(match[0].replace(",", "")) if match else None


def network_facts(network: TrainedNetwork) -> NetworkFacts:
    """Return what is recorded of a network.

    Raises:
        ValueError: if its files are gone, damaged or of another version.
    """
    try:
        return _of_shipped(network) if network.shipped else _of_run(network)
    except (OSError, KeyError, TypeError) as error:
        # without the path that the text of an OSError holds: a report is passed on
        system = error.strerror if isinstance(error, OSError) else None
        reason = system or f"{type(error).__name__}: {error}"
        raise ValueError(f"record of {network.title} must be readable, got {reason}") from error


def _of_shipped(network: TrainedNetwork) -> NetworkFacts:
    card = networks.card(network)
    return NetworkFacts(
        network=network,
        source="model card of the shipped network (checkpoints/, under its architecture's name)",
        settings=Settings.from_dict(card["settings"]),
        versions=card["versions"],
        seconds=float(card["seconds"]),
        hardware=card["hardware"],
        trained_on=card["trained_on"],
        measures={name: card[name] for name in ("precision", "recall") if name in card},
        sha256=card["sha256"],
        state="finished",
        epochs=None,
        count=_count(network.architecture_key),
    )


def _of_run(network: TrainedNetwork) -> NetworkFacts:
    run = store.find_run(networks.base_key(network.key))
    status, config = run.status(), run.config()
    status_problem = _status_problem(run)
    history, log_problem = _history(run, network.step)
    newest = network.step is None
    return NetworkFacts(
        network=network,
        source=f"run {run.id}, its status and settings",
        settings=run.settings(),
        versions=config["versions"],
        seconds=status.seconds if newest and not status_problem else None,
        hardware=status.hardware,
        trained_on=status.trained_on,
        measures=dict(history.epochs[-1].get("measures", {})) if newest and history.epochs else {},
        sha256=networks.weights_digest(network),
        state=status.state,
        epochs=None if status_problem else _epochs(run, status, network.step),
        count=_count(network.architecture_key),
        history=history,
        log_problem=log_problem,
        status_problem=status_problem,
        uploaded=run.upload() is not None,
        unrepeatable=_unrepeatable(run, history),
    )


def _unrepeatable(run: store.Run, history: History) -> str:
    """Return why training with the run's settings does not give its weights; "" if it does."""
    if run.upload():
        return "the weights were uploaded, and their training is not recorded"
    if parent := run.parent():
        return f"the run continued another one, {parent.run}, from step {parent.step:,}"
    if history.changes:
        return "settings were changed while it trained, as its log records"
    return ""


def _status_problem(run: store.Run) -> str:
    """Return why the status cannot be read; `Run.status` returns zeros in that case."""
    try:
        run.read_record("status.json", Status)
    except RunError:
        return "unknown: the run's status cannot be read"
    return ""


def _epochs(run: store.Run, status: Status, step: int | None) -> float | None:
    """Return the epochs behind a run's newest weights, or behind those of a step."""
    if step is None:
        return status.epoch
    return step * run.settings().epochs / status.total_steps if status.total_steps else None


def _history(run: store.Run, step: int | None) -> tuple[History, str]:
    """Return the log up to a step, and why it cannot be read, or ""."""
    try:
        history = History(run).read()
    except RunError as error:
        return History(run), str(error)
    if step is not None:
        history.intervals = [row for row in history.intervals if row["step"] <= step]
        history.epochs = [row for row in history.epochs if row["step"] <= step]
        history.changes = [row for row in history.changes if row["step"] < step]
    return history, ""


@functools.lru_cache(maxsize=64)  # 1.8 MB: 27 architectures
def _count(key: str) -> Count:
    return count(trace_architecture(architecture(key), published=False))
