"""Milliseconds for the receptive fields of every row: python -m benchmarks.receptive_field

CPU time of one thread, minimum of three runs: for the fields of all layers and blocks, for those of
the late layer alone, and for its boxes on the input and all blocks of the trunk together, which a
click on a layer requests.
"""

import time
from collections.abc import Callable
from functools import partial

import torch

from cnnviz.inspection.receptive_field.fields import receptive_fields
from cnnviz.inspection.receptive_field.propagation import InputSize
from cnnviz.models.catalog import CATALOG
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.models.structure.shapes import trunk

ROUNDS = 3


def milliseconds(work: Callable[[], object]) -> float:
    """Return the minimum CPU time of several runs, in ms."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return 1000 * min(times)


def line(scale: str, network: LoadedNetwork, size: InputSize, late: str) -> str:
    """Return one line of the table."""
    fields = partial(receptive_fields, network, size)
    layers = len(fields())
    sources = ["", *trunk(network.model)]
    times = [
        milliseconds(fields),
        milliseconds(partial(fields, layers=[late])),
        milliseconds(partial(fields, layers=[late], sources=sources)),
    ]
    cells = [network.architecture.title, scale, str(layers), *(f"{t:.0f}" for t in times)]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print a line for each row and scale."""
    torch.set_num_threads(1)
    print("| Network | Scale | Layers | All, ms | Late layer, ms | Onto the trunk, ms |")
    print("|---|---|---:|---:|---:|---:|")
    for row in CATALOG.values():
        size = (1, row.input_size, row.input_size)
        print(line("MNIST", LoadedNetwork(row.build(), row), size, row.late), flush=True)
        if (published := row.published) is not None:
            network = LoadedNetwork(published.build(), row)
            print(line("published", network, published.input_size, published.late), flush=True)


if __name__ == "__main__":
    main()
