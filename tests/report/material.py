"""What reports are made of: shipped networks, finished runs, measurements and digits."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cnnviz.benchmark.results.findings import Conditions, Findings, Timing
from cnnviz.benchmark.results.plan import Plan
from cnnviz.benchmark.timing.latency import Latency
from cnnviz.data.mnist import Digits, load_digits
from cnnviz.evaluation.perturbations import PERTURBATIONS
from cnnviz.evaluation.predictions import Predictions
from cnnviz.models.catalog import CATALOG
from cnnviz.report.document.blocks import Name
from cnnviz.report.facts.candidates import CRITERIA, Candidate
from cnnviz.report.facts.context import ReportContext
from cnnviz.report.facts.network_facts import NetworkFacts, network_facts
from cnnviz.report.facts.test_results import ClassifierResults, DetectorResults, PerturbedAccuracy
from cnnviz.stats.intervals import Interval
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import networks
from tests.on_disk import epoch_row, make_measurement, make_run

ROOT = Path(__file__).parents[2]
EVIL = "<script>alert(1)</script> | ![x](http://evil.example/x) `y`"
TIMES = Latency(cold=9.0, warm=(2.0, 4.0), calls=(1.0, 1.5, 3.0), cpu=5.0, images=1)


def shipped(key: str) -> networks.TrainedNetwork:
    return networks.find_network(f"shipped-{key}")


def card(key: str) -> dict:  # type: ignore[type-arg]
    return dict(json.loads((ROOT / "checkpoints" / f"{key}.json").read_text()))


def epoch(place: int, accuracy: float) -> dict[str, object]:
    """A line of a run's log after a pass of two and a half seconds."""
    tested = {"test_loss": 1 - accuracy, "test_accuracy": accuracy}
    return epoch_row(place, seconds=2.5 * place, took=2.5, **tested)


LOG = [epoch(1, 0.8125), epoch(2, 0.9)]


def finished_run(
    settings: Settings, *, label: str = "", log: Sequence[object] = (), **status: object
) -> networks.TrainedNetwork:
    known = {
        "seconds": 12.5,
        "test_accuracy": 0.9,
        "tested_on": "1,000 test digits",
        "trained_on": "4,000 digits (embedded)",
        "hardware": "CPU, 2 cores, float32, 1 thread",
    }
    versions = {"torch": "2.15.0"}
    kept = {"preset": "lecture", "versions": versions, "weights": 0, "log": log, "label": label}
    return networks.find_network(make_run(settings, **(kept | known | status)).id)


def measure(*models: str, calls: tuple[float, ...] = TIMES.calls, cpu: float = 5.0) -> str:
    """A finished measurement that took the same times for each of these models; its id."""
    times = dataclasses.replace(TIMES, calls=calls, cpu=cpu)
    timings = tuple(Timing(key, CATALOG[key].title, "torch", 1, 1, times) for key in models)
    where = Conditions("here", "CPU, 2 cores", 2, {"torch": "2"}, "2026-01-01", 0.5)
    return make_measurement(Plan(models=models), Findings(timings=timings), conditions=where).id


def some_digits(test: int) -> Digits:
    """The first embedded test digits of a walk through all classes."""
    every = load_digits("embedded")
    places = np.arange(test) * 389 % len(every.test_labels)
    return dataclasses.replace(
        every, test_images=every.test_images[places], test_labels=every.test_labels[places]
    )


def candidate(title: str, accuracy: float | None, parameters: int, tested: str) -> Candidate:
    known: NetworkFacts = network_facts(shipped("lenet5"))
    network = dataclasses.replace(
        known.network, title=title, accuracy=accuracy, tested_on=tested, key=title
    )
    count = dataclasses.replace(known.count, parameters=parameters)
    return Candidate(dataclasses.replace(known, network=network, count=count), None)


FULL = "10,000 digits"
A = ("A", 0.99, 500, FULL)
B = ("B", 0.95, 100, FULL)


# three of five wrong predictions are of a 2; confidences as listed
LABELS, PREDICTED = (0, 1, 2, 2, 2), (1, 1, 7, 7, 3)
CONFIDENCES = (0.6, 0.96, 0.7, 0.995, 0.8)


def results_by_hand(predicted: Sequence[int] = PREDICTED) -> ClassifierResults:
    """Five test digits: their labels, and predictions with confidences set by hand."""
    every = load_digits("embedded")
    digits = dataclasses.replace(
        every, test_images=every.test_images[:5], test_labels=np.array(LABELS)
    )
    probabilities = np.zeros((5, 10), np.float32)
    probabilities[np.arange(5), predicted] = CONFIDENCES
    perturbed = PerturbedAccuracy(
        PERTURBATIONS["rotation"], 20, Interval(0.2, 0.1, 0.5), Interval(0.4, 0.125, 0.75)
    )
    return ClassifierResults(digits, Predictions(probabilities), (perturbed,))


def report_context(
    chosen: Candidate,
    *alternatives: Candidate,
    by: str = "accuracy",
    results: ClassifierResults | DetectorResults | None = None,
    left_out: Sequence[Name] = (),
) -> ReportContext:
    """All facts of a report on a candidate, with the results set by hand."""
    return ReportContext(
        criterion=CRITERIA[by],
        chosen=chosen,
        alternatives=alternatives,
        digits=results_by_hand().digits,
        results=results or results_by_hand(),
        comparison=None,
        command="cnnviz report A",
        created="2026-01-01",
        left_out=left_out,
    )
