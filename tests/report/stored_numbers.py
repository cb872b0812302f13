"""Where the numbers of a report are stored, read without the report's own code."""

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import pad
from torch.utils.flop_counter import FlopCounterMode

from cnnviz.benchmark.static_costs import cost
from cnnviz.data.mnist import Digits
from cnnviz.evaluation.perturbations import PERTURBATIONS
from cnnviz.evaluation.predictions import predict
from cnnviz.stats.intervals import wilson
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import networks

ROOT = Path(__file__).parents[2]
KEY, RIVAL = "lenet5", "sprint_cnn"
NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?:e-?\d+)?")
SPOILED = {"noise": 0.3, "rotation": 20, "shift": 2, "blur": 1, "thickness": 1}
CITED = {0.0095, 0.008, 0.0035, 0.0023, 1998, 2011, 2012, 10_000}  # from the papers named


def flat(stored: Any) -> Iterator[Any]:
    """Every value in a JSON file, and the numbers in its texts."""
    if isinstance(stored, dict):
        stored = list(stored.values())
    if isinstance(stored, list):
        for value in stored:
            yield from flat(value)
    else:
        yield stored
        if isinstance(stored, str):
            yield from (float(n.replace(",", "")) for n in NUMBER.findall(stored))


@dataclasses.dataclass
class Stored:
    """Where the numbers of a report lie, read without the report's own code."""

    digits: Digits
    chosen: networks.TrainedNetwork
    rival: networks.TrainedNetwork
    runs: Path

    def of(self, source: str) -> set[Any]:
        """Return every value that the source holds.

        Raises:
            StopIteration: if there is no such source.
        """
        return next(
            set(read()) for begins, read in self._readers().items() if source.startswith(begins)
        )

    def _readers(self) -> dict[str, Any]:
        return {
            "model card of the shipped network": self._cards,
            "run ": self._run,
            "measured ": self._measurement,
            "counted in one forward pass": self._meta,
            "Wilson interval of the recorded accuracy": self._wilson,
            "computed from the parameters": lambda: {4 * self._learned(self.chosen)},
            "size of the file": lambda: {self.chosen.weights.stat().st_size},
            "counted for this report on": self._counted,
            "counted for this report: both": self._both,
            "derived from the figures": lambda: {1, 2},  # places among the two
            "chosen for this report": lambda: {0.9, 0.99, *SPOILED.values()},
            "published: ": lambda: CITED,
            "the lecture's rule": lambda: {100},
            "cnnviz's catalog": lambda: {self.chosen.architecture.year},
        }

    def _cards(self) -> Iterator[Any]:
        for network in (self.chosen, self.rival):
            if network.key.startswith("shipped-"):
                known = json.loads(
                    (ROOT / "checkpoints" / f"{network.architecture_key}.json").read_text()
                )
                yield from flat(known)
                yield 1 - known["accuracy"]
                yield 0  # GPUs, of hardware that is described by its cores

    def _run(self) -> Iterator[Any]:
        folder = self.chosen.weights.parent
        for name in ("status.json", "config.json"):
            yield from flat(json.loads((folder / name).read_text()))
        lines = (folder / "metrics.jsonl").read_text().splitlines()
        yield from flat([json.loads(line) for line in lines])
        yield 1 - json.loads((folder / "status.json").read_text())["test_accuracy"]
        yield 0

    def _measurement(self) -> Iterator[Any]:
        [path] = (self.runs / "measurements").glob("*.json")
        stored = json.loads(path.read_text())
        yield from flat(stored)
        timings = stored["findings"]["timings"]
        yield len(timings)
        for timing in timings:
            times = timing["latency"]
            calls = sorted(times["calls"])
            yield from (float(np.quantile(calls, q)) for q in (0.25, 0.5, 0.75, 0.9, 0.95))
            lecture = [*times["warm"], *times["calls"]]
            yield from (len(calls), len(lecture), sum(lecture) / len(lecture))
            yield 1000 / float(np.median(calls))
            yield sum(calls) / times["cpu"]

    def _meta(self) -> Iterator[Any]:
        for network in (self.chosen, self.rival):
            row = network.architecture
            yield self._learned(network)
            with FlopCounterMode(display=False) as counter:
                networks.load_network(network).model(
                    torch.zeros(1, 1, row.input_size, row.input_size)
                )
            yield counter.get_total_flops() // 2
        takes = cost(self.chosen.architecture, published=False)
        yield takes.activation_peak
        batch = Settings(model=KEY).batch_size
        yield from (takes.training_bytes(size) for size in (batch, 128))

    @staticmethod
    def _learned(network: networks.TrainedNetwork) -> int:
        return sum(weights.numel() for weights in networks.load_network(network).model.parameters())

    def _wilson(self) -> Iterator[Any]:
        for network in (self.chosen, self.rival):
            of = 10_000 if network.key.startswith("shipped-") else 1_000
            found = wilson(round((network.accuracy or 0) * of), of)
            yield f"{found.low!r} {found.high!r}"

    def _probabilities(self, network: networks.TrainedNetwork) -> np.ndarray[Any, Any]:
        row = network.architecture
        x = torch.from_numpy(self.digits.test_images) / 255
        frame = (row.input_size - 28) // 2
        x = pad((x - 0.1307) / 0.3081, (frame,) * 4, value=-0.1307 / 0.3081)
        with torch.no_grad():
            return networks.load_network(network).model(x).softmax(1).numpy()  # type: ignore[no-any-return]

    def _counted(self) -> Iterator[Any]:
        labels, found = self.digits.test_labels, self._probabilities(self.chosen)
        said, sure, of = found.argmax(1), found.max(1), len(labels)
        right = said == labels
        yield from range(10)
        yield from (of, right.sum(), (~right).sum(), right.mean(), min(12, (~right).sum()))
        yield from (right[labels == digit].mean() for digit in range(10))
        for bound in (0.9, 0.99):
            kept = sure >= bound
            yield from ((~kept).mean(), (kept & ~right).sum(), kept.sum())
        yield from (round(float(p), 4) for p in sure[~right])
        wrong = list(zip(labels[~right], said[~right], strict=True))
        yield from (wrong.count(pair) for pair in wrong)
        network = networks.load_network(self.chosen)
        for way, much in SPOILED.items():
            pixels = PERTURBATIONS[way].function(self.digits.test_images, much)
            count = int(predict(network, pixels).correct(labels).sum())
            share = wilson(count, of)
            yield from (count / of, f"{share.low!r} {share.high!r}")

    def _both(self) -> Iterator[Any]:
        labels = self.digits.test_labels
        a, b = (self._probabilities(n).argmax(1) == labels for n in (self.chosen, self.rival))
        alone = int((a & ~b).sum()), int((b & ~a).sum())
        yield from (*alone, len(labels), 100 * abs(a.mean() - b.mean()))
        yield ...  # bounds and McNemar's p have tests of their own, by hand
