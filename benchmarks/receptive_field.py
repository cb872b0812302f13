"""Milliseconds for the receptive fields of every row: python -m benchmarks.receptive_field

Processor time of one thread, the least of three runs: of the fields of all layers and blocks, of
those of the late layer alone, and of its boxes on the input and every block of the trunk at once,
which is what a click on a layer asks for.
"""

import time
from collections.abc import Callable

import torch

from cnnviz.catalogue import CATALOGUE
from cnnviz.receptive_field import receptive_fields
from cnnviz.shapes import trunk

ROUNDS = 3


def milliseconds(work: Callable[[], object]) -> float:
    """Return the least processor time of some runs."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return 1000 * min(times)


def main() -> None:
    """Print a line for each row and scale."""
    torch.set_num_threads(1)
    print("| Network | Scale | Layers | All, ms | Late layer, ms | Onto the trunk, ms |")
    print("|---|---|---:|---:|---:|---:|")
    for row in CATALOGUE.values():
        scales = [("MNIST", row.build(), (1, row.input_size, row.input_size), row.late)]
        if row.published:
            late = row.published.late
            scales.append(("published", row.published.build(), row.published.input_size, late))
        for scale, model, size, late in scales:
            last = row.channels_last
            sources = ["", *trunk(model)]
            found = receptive_fields(model, size, channels_last=last)
            times = [
                milliseconds(lambda: receptive_fields(model, size, channels_last=last)),
                milliseconds(
                    lambda: receptive_fields(model, size, layers=[late], channels_last=last)
                ),
                milliseconds(
                    lambda: receptive_fields(
                        model, size, layers=[late], sources=sources, channels_last=last
                    )
                ),
            ]
            cells = [row.title, scale, str(len(found)), *(f"{t:.0f}" for t in times)]
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
