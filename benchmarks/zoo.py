"""Every row of the catalogue: what it costs and how well it learned.

    python -m benchmarks.zoo [--write]

Parameters are counted and latency is measured here: one digit, one thread, float32, the median of
the calls after two that do not count, all rows in turn, round after round. Accuracy and training
time are those on the cards of the shipped networks, which `python -m cnnviz.ship` makes. `--write`
puts the table into the README.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import torch

from cnnviz.catalogue import CATALOGUE, Architecture
from cnnviz.networks import SHIPPED
from cnnviz.stopwatch import milliseconds

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- zoo -->", "<!-- end of zoo -->"
ROUNDS = 3
HEAD = (
    "| Network | Parameters | Test accuracy | Epochs | Seconds an epoch | ms for one digit |",
    "|---|---:|---:|---:|---:|---:|",
)


def latencies(rows: list[Architecture]) -> dict[str, float]:
    """Return each row's milliseconds for one example: the median over the rounds."""
    times: dict[str, list[float]] = {row.key: [] for row in rows}
    for _ in range(ROUNDS):
        for row in rows:
            model = row.build().eval()
            x = torch.zeros(1, 1, row.input_size, row.input_size)
            with torch.inference_mode():
                times[row.key].append(milliseconds(lambda model=model, x=x: model(x)))  # type: ignore[misc]
    return {key: median(values) for key, values in times.items()}


def lines(rows: list[Architecture]) -> Iterator[str]:
    """Yield the table's lines."""
    yield from HEAD
    measured = latencies(rows)
    for row in rows:
        parameters = sum(p.numel() for p in row.build().parameters())
        path = SHIPPED / f"{row.key}.json"
        trained = ("–", "–", "–")
        if path.exists():
            card = json.loads(path.read_text())
            epochs = card["settings"]["epochs"]
            name = "" if row.task == "classify" else " F1"
            trained = (
                f"{card['accuracy']:.2%}{name}",
                f"{epochs}",
                f"{card['seconds'] / epochs:.0f}",
            )
        cells = (row.title, f"{parameters:,}", *trained, f"{measured[row.key]:.2f}")
        yield f"| {' | '.join(cells)} |"


def write(table: str) -> None:
    """Put the table between its marks in the README."""
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    README.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Measure, print, and write the table where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into the README")
    options = parser.parse_args()
    torch.set_num_threads(1)
    table = "\n".join(lines(list(CATALOGUE.values())))
    print(table)
    if options.write:
        write(table)


if __name__ == "__main__":
    main()
