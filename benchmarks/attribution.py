"""How long each way to answer "why" takes, on every network that classifies.

    python -m benchmarks.attribution [--rounds 20]

One thread, float32, each method on test digits of all classes, networks that ship with their
weights and the others untrained; p50 and p95 are of single calls, after two that do not count. The
checks are timed on fewer digits: deletion and insertion of all maps with the random orders, and
the scrambled weights for all methods. All times are of the processor, which on a quiet machine is
what the clock shows; clock over processor time tells how far other work got in the way: 1.0 is a
quiet machine.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch

from cnnviz.data.mnist import Pixels, load_digits
from cnnviz.inspection.attribution.faithfulness import (
    deletion_insertion_curves,
    random_order_curves,
    randomization,
)
from cnnviz.inspection.attribution.grad_cam_layers import default_layer, grad_cam_layers
from cnnviz.inspection.attribution.methods import METHODS
from cnnviz.inspection.attribution.question import Target, question_about, to_image
from cnnviz.models.catalogue import Architecture, of_task
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.training.runs import networks

PROMISED = {"integrated_gradients": 300, "occlusion": 500, "grad_cam": 150}  # p95, ms
STRIDE = 389  # coprime to the number of digits: another class at each step
CHECKED = 2  # digits
SPENT = [0.0, 0.0]  # seconds on the clock and of the processor, of the row that is measured


def timed(call: Callable[[], object]) -> float:
    """Return the milliseconds of processor time of one call."""
    start, ours = time.perf_counter(), time.thread_time()
    call()
    wall = time.perf_counter() - start
    taken = time.thread_time() - ours
    SPENT[0] += wall
    SPENT[1] += taken
    return 1000 * taken


def network(row: Architecture) -> tuple[LoadedNetwork, str]:
    """Return a network of that row, and a mark where it is not trained."""
    shipped = {found.architecture_key: found for found in networks.shipped()}
    if row.key in shipped:
        return networks.load_network(shipped[row.key]), ""
    torch.manual_seed(0)
    return LoadedNetwork(row.build().eval().requires_grad_(False), row), "*"


def measure(row: Architecture, digits: Pixels) -> tuple[dict[str, list[float]], list[float]]:
    """Return each method's milliseconds, and the seconds of both checks for all methods."""
    loaded, _ = network(row)
    question = question_about(loaded, Target(0), default_layer(grad_cam_layers(loaded))[0].layer)
    images = [to_image(pixels) for pixels in digits]
    times: dict[str, list[float]] = {key: [] for key in METHODS}
    for image in (*images[:2], *images):
        for key, method in METHODS.items():
            times[key].append(timed(lambda m=method, i=image: m.function(question, i)))  # type: ignore[misc]
    checks = []
    for image in images[:CHECKED]:
        maps = {key: method.function(question, image) for key, method in METHODS.items()}
        ranked = list(maps.values())
        followed = timed(lambda i=image, m=ranked: deletion_insertion_curves(question, i, m))  # type: ignore[misc]
        followed += timed(lambda i=image: random_order_curves(question, i))  # type: ignore[misc]
        scrambled = sum(
            timed(lambda i=image, k=key, f=found: randomization(question, i, METHODS[k], f))  # type: ignore[misc]
            for key, found in maps.items()
        )
        checks.append((followed / 1000, scrambled / 1000))
    return {key: values[2:] for key, values in times.items()}, np.mean(checks, axis=0).tolist()


def main() -> None:
    """Measure every row, print the table, and what was promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="digits")
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    test = load_digits("embedded").test_images
    digits = test[np.arange(rounds) * STRIDE % len(test)]
    titles = [method.title for method in METHODS.values()]
    print("| Network |", " | ".join(f"{title}, p50 / p95 ms" for title in titles), end=" | ")
    print("deletion and insertion, s | scrambled weights, s | clock / processor |")
    print("|---|" + "---:|" * (len(titles) + 3))
    worst = dict.fromkeys(PROMISED, (0.0, ""))
    for row in of_task("classify").values():
        SPENT[:] = [0.0, 0.0]
        times, checks = measure(row, digits)
        cells = []
        for key, values in times.items():
            half, most = np.percentile(values, [50, 95])
            cells.append(f"{half:.0f} / {most:.0f}")
            if key in PROMISED:
                worst[key] = max(worst[key], (float(most), row.title))
        seconds = [f"{value:.1f}" for value in (*checks, SPENT[0] / SPENT[1])]
        mark = network(row)[1]
        print(f"| {row.title}{mark} |", " | ".join([*cells, *seconds]), "|", flush=True)
    for key, (most, title) in worst.items():
        kept = "kept" if most <= PROMISED[key] else "NOT KEPT"
        print(f"{METHODS[key].title}: p95 at most {most:.0f} ms ({title}), promised {kept}")


if __name__ == "__main__":
    main()
