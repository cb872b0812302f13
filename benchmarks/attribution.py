"""Time of each attribution method on every classifier.

    python -m benchmarks.attribution [--rounds 20]

One thread, float32, test digits of all classes. Networks have their shipped weights, or random ones
if none ship (*). p50 and p95 are of single calls, after two warm-up calls. The checks are timed on
fewer digits: deletion and insertion of all maps and of random orders, and randomized weights for
all methods. All times are CPU time, which is the wall time on a quiet machine; the ratio of wall to
CPU time shows how much other processes interfered: 1.0 on a quiet machine.
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
from cnnviz.models.catalog import Architecture, of_task
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.training.runs import networks

TARGETS = {"integrated_gradients": 300, "occlusion": 500, "grad_cam": 150}  # ms, 95th percentile
STRIDE = 389  # coprime to the number of digits: another class at each step
CHECKED = 2  # digits
SPENT = [0.0, 0.0]  # seconds of wall and of CPU time of the current network


def timed(call: Callable[[], object]) -> float:
    """Return the CPU time of a call in ms, and add its wall and CPU time to `SPENT`."""
    start, cpu = time.perf_counter(), time.thread_time()
    call()
    wall = time.perf_counter() - start
    taken = time.thread_time() - cpu
    SPENT[0] += wall
    SPENT[1] += taken
    return 1000 * taken


def network(row: Architecture) -> tuple[LoadedNetwork, str]:
    """Return a network of a row, and a mark if it is untrained."""
    shipped = {network.architecture_key: network for network in networks.shipped()}
    if row.key in shipped:
        return networks.load_network(shipped[row.key]), ""
    torch.manual_seed(0)
    return LoadedNetwork(row.build().eval().requires_grad_(False), row), "*"


def measure(row: Architecture, digits: Pixels) -> tuple[dict[str, list[float]], list[float]]:
    """Return the ms of each method, and the seconds of both checks for all methods."""
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
            timed(lambda i=image, k=key, m=saliency: randomization(question, i, METHODS[k], m))  # type: ignore[misc]
            for key, saliency in maps.items()
        )
        checks.append((followed / 1000, scrambled / 1000))
    return {key: values[2:] for key, values in times.items()}, np.mean(checks, axis=0).tolist()


def main() -> None:
    """Measure every classifier; print the table, and whether the targets are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="digits")
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    test = load_digits("embedded").test_images
    digits = test[np.arange(rounds) * STRIDE % len(test)]
    titles = [method.title for method in METHODS.values()]
    print("| Network |", " | ".join(f"{title}, p50 / p95 ms" for title in titles), end=" | ")
    print("deletion and insertion, s | randomized weights, s | wall / CPU time |")
    print("|---|" + "---:|" * (len(titles) + 3))
    worst = dict.fromkeys(TARGETS, (0.0, ""))
    for row in of_task("classify").values():
        SPENT[:] = [0.0, 0.0]
        times, checks = measure(row, digits)
        cells = []
        for key, values in times.items():
            half, most = np.percentile(values, [50, 95])
            cells.append(f"{half:.0f} / {most:.0f}")
            if key in TARGETS:
                worst[key] = max(worst[key], (float(most), row.title))
        seconds = [f"{value:.1f}" for value in (*checks, SPENT[0] / SPENT[1])]
        mark = network(row)[1]
        print(f"| {row.title}{mark} |", " | ".join([*cells, *seconds]), "|", flush=True)
    for key, (most, title) in worst.items():
        result = "met" if most <= TARGETS[key] else "MISSED"
        print(f"{METHODS[key].title}: p95 at most {most:.0f} ms ({title}), target {result}")


if __name__ == "__main__":
    main()
