"""What reports are made of: shipped networks, finished runs, measurements and digits."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.records import Conditions, Findings, Plan, Timing
from cnnviz.benchmark.timing.latency import Latency
from cnnviz.data.mnist import Digits, load_digits
from cnnviz.models.catalogue import CATALOGUE
from cnnviz.report.facts.candidates import Candidate
from cnnviz.report.facts.network_facts import NetworkFacts, network_facts
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import checkpoint, networks
from cnnviz.training.runs import store as runs
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.session import build

ROOT = Path(__file__).parents[2]
EVIL = "<script>alert(1)</script> | ![x](http://evil.example/x) `y`"
TIMES = Latency(cold=9.0, warm=(2.0, 4.0), calls=(1.0, 1.5, 3.0), cpu=5.0, images=1)


def shipped(key: str) -> networks.TrainedNetwork:
    return networks.network(f"shipped-{key}")


def card(key: str) -> dict:  # type: ignore[type-arg]
    return dict(json.loads((ROOT / "checkpoints" / f"{key}.json").read_text()))


def epoch(place: int, accuracy: float) -> dict[str, object]:
    """A line of a run's log after a pass."""
    return {
        "kind": "epoch",
        "step": 10 * place,
        "epoch": float(place),
        "seconds": 2.5 * place,
        "took": 2.5,
        "test_loss": 1 - accuracy,
        "test_accuracy": accuracy,
        "confusion": [[0] * 10 for _ in range(10)],
    }


LOG = [epoch(1, 0.8125), epoch(2, 0.9)]


def finished_run(
    settings: Settings, *, label: str = "", log: Sequence[object] = (), **status: object
) -> networks.TrainedNetwork:
    run = runs.create(settings, preset="lecture", versions={"torch": "2.15.0"})
    torch.manual_seed(0)
    weights = build(settings).state_dict()
    checkpoint.save(run.path / "weights.safetensors", weights, {})
    known = {
        "state": "finished",
        "seconds": 12.5,
        "test_accuracy": 0.9,
        "tested_on": "1,000 test digits",
        "trained_on": "4,000 digits (embedded)",
        "hardware": "CPU, 2 cores, float32, 1 thread",
    }
    run.write_status(Status(**(known | status)))  # type: ignore[arg-type]
    if log:
        lines = "".join(f"{json.dumps(line)}\n" for line in log)
        (run.path / "metrics.jsonl").write_text(lines)
    if label:
        run.rename(label)
    return networks.network(run.id)


def measure(*models: str, calls: tuple[float, ...] = TIMES.calls, cpu: float = 5.0) -> str:
    made = measurements.create(Plan(models=models))
    times = dataclasses.replace(TIMES, calls=calls, cpu=cpu)
    made.write(
        measurements.Record(
            plan=Plan(models=models),
            state="finished",
            conditions=Conditions("here", "CPU, 2 cores", 2, {"torch": "2"}, "2026-01-01", 0.5),
            findings=Findings(
                timings=tuple(
                    Timing(key, CATALOGUE[key].title, "torch", 1, 1, times) for key in models
                )
            ),
        )
    )
    return made.id


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
