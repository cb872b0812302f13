"""Whether two copies of one network are called the same, as they are.

    python -m benchmarks.noise [--models lenet5 mobilenet_v2] [--rounds 40]

Each round lets two copies of a network take turns under the protocol of a trick and asks for the
verdict. Bounds of 95% may call them different in one round of twenty; more often means that
something beside noise tells copies apart, such as where in memory they lie. The host's load and
badge are printed beside it: on a busy host bounds are wide, and verdicts are no more often wrong.
"""

import argparse
import copy
from collections import Counter

import torch

from cnnviz.benchmark.optimizations.trial import PATIENCE
from cnnviz.benchmark.optimizations.workloads import Subject, Way, answer, step
from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.timing.engines import input_size, network
from cnnviz.benchmark.timing.latency import Contestant, measure
from cnnviz.benchmark.timing.paired_speedup import ratio, speedup_verdict
from cnnviz.models.catalogue import CATALOGUE


def main() -> None:
    """Print how often copies are called quicker, slower or the same, and the widest mistake."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", default=["lenet5", "mobilenet_v2"])
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    torch.set_num_threads(1)
    for key in options.models:
        row = CATALOGUE[key]
        model = network(row, published=False)
        subject = Subject(model, input_size(row, published=False), 16)
        alone = subject.x[:1]
        pairs = {
            "inference": [answer(copy.deepcopy(model), alone, label=side) for side in "ab"],
            "training": [step(subject.learner(), subject.x, label=side) for side in "ab"],
        }
        for what, ways in pairs.items():
            print(f"{row.title}, {what}: {tell(ways, options.rounds)}", flush=True)


def tell(ways: list[Way], rounds: int) -> str:
    """Return what the verdicts were, and how far the ratios were from 1."""
    verdicts: Counter[str] = Counter()
    badges: Counter[str] = Counter()
    far = []
    with measurements.turn():
        for _ in range(rounds):
            contestants = {way.label: Contestant(way.call, way.images) for way in ways}
            before, after = measure(contestants, budget=PATIENCE).values()
            found = ratio(before, after)
            verdicts[speedup_verdict(found)] += 1
            badges[before.badge] += 1
            far.append(abs(found.value - 1) if found else 0.0)
    load = measurements.load()
    return f"{dict(verdicts)}, furthest from 1 by {max(far):.1%}, {dict(badges)}, load {load}"


if __name__ == "__main__":
    main()
