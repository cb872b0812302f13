"""Parameters, accuracy, training time and latency of every network of the catalog.

    python -m benchmarks.zoo [--write]

Parameters are counted. Times are measured on this machine, which must be idle. Latency: one digit,
one thread, float32, median of the calls after two warm-up calls; the networks take turns for
several rounds. Training: the settings that the network was shipped with, on one thread, for a few
seconds; the median throughput after the first intervals gives the seconds for an epoch of the
60,000 digits and, with the epochs on the model card, the minutes of the whole training. Accuracy is
taken from the model cards, which `python -m cnnviz ship` writes. `--write` puts the table into the
README.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from statistics import median

import torch

from benchmarks.readme import write_between
from cnnviz.data.mnist import DataError, Digits, load_digits
from cnnviz.models.catalog import CATALOG, Architecture
from cnnviz.system.hardware import keep_freed_memory
from cnnviz.system.paths import CHECKPOINTS
from cnnviz.system.stopwatch import milliseconds
from cnnviz.training.engine.events import IntervalEvent
from cnnviz.training.engine.setup import build_network
from cnnviz.training.engine.trainer import Trainer
from cnnviz.training.ship import recipe

START, END = "<!-- zoo -->\n", "<!-- end of zoo -->"
ROUNDS = 3
WARM_UP = 2  # intervals
SECONDS = 6.0  # of training for the throughput
HEAD = (
    "| Network | Parameters | Test accuracy | Epochs | s per epoch | Minutes | ms per digit |",
    "|---|---:|---:|---:|---:|---:|---:|",
)


def latencies(rows: list[Architecture]) -> dict[str, float]:
    """Return the milliseconds for one digit, the median over the rounds, by network."""
    times: dict[str, list[float]] = {row.key: [] for row in rows}
    for _ in range(ROUNDS):
        for row in rows:
            model = row.build().eval()
            x = torch.zeros(1, 1, row.input_size, row.input_size)
            with torch.inference_mode():
                times[row.key].append(milliseconds(lambda model=model, x=x: model(x)))  # type: ignore[misc]
    return {key: median(values) for key, values in times.items()}


def seconds_an_epoch(row: Architecture, digits: Digits) -> float:
    """Return the seconds of an epoch with the settings that the network was shipped with."""
    settings = recipe(row.key).replace(threads=1)
    trainer = Trainer(build_network(settings), digits, settings)
    throughput: list[float] = []
    for event in trainer.events():
        if isinstance(event, IntervalEvent):
            throughput.append(event.images_per_second)
            if event.seconds > SECONDS and len(throughput) > WARM_UP:
                break
    return len(digits.train_labels) / median(throughput[WARM_UP:])


def lines(rows: list[Architecture], digits: Digits) -> Iterator[str]:
    """Yield the lines of the table."""
    yield from HEAD
    measured = latencies(rows)
    for row in rows:
        parameters = sum(p.numel() for p in row.build().parameters())
        path = CHECKPOINTS / f"{row.key}.json"
        seconds = seconds_an_epoch(row, digits)
        trained = ("–", "–", f"{seconds:.0f}", "–")
        if path.exists():
            card = json.loads(path.read_text())
            epochs = card["settings"]["epochs"]
            name = "" if row.task == "classify" else " F1"
            minutes = epochs * seconds / 60
            trained = (
                f"{card['accuracy']:.2%}{name}",
                f"{epochs}",
                f"{seconds:.0f}",
                f"{minutes:.1f}",
            )
        cells = (row.title, f"{parameters:,}", *trained, f"{measured[row.key]:.2f}")
        yield f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure all networks, print the table, and write it if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into the README")
    options = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    try:
        digits = load_digits("full")
    except DataError as error:
        sys.exit(f"cnnviz: {error}")
    table = "\n".join(lines(list(CATALOG.values()), digits))
    print(table)
    if options.write:
        write_between(START, END, f"{table}\n")


if __name__ == "__main__":
    main()
