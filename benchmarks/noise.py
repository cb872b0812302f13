"""How often two copies of one network are wrongly called different in speed.

    python -m benchmarks.noise [--models lenet5 mobilenet_v2] [--rounds 40]

Each round times two copies of a network in turns, by the protocol of an optimization, and asks for
the verdict. The 95% bounds may call them different in one round of twenty; more often means that
something other than noise tells copies apart, such as where in memory they lie. The host's load and
badge are printed beside it: a busy host widens the bounds but makes no more verdicts wrong.
"""

import argparse
import copy
from collections import Counter

import torch

from cnnviz.benchmark.optimizations.trial import TRIAL_BUDGET
from cnnviz.benchmark.optimizations.workloads import Variant, Workload, inference, training_step
from cnnviz.benchmark.results import measurement_queue, measurements
from cnnviz.benchmark.timing.engines import input_shape, network
from cnnviz.benchmark.timing.paired_speedup import paired_speedup, speedup_verdict
from cnnviz.benchmark.timing.protocol import TimedCall, measure_latencies
from cnnviz.models.catalog import CATALOG


def main() -> None:
    """Print how often copies are called faster, slower or equal, and the largest error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", default=["lenet5", "mobilenet_v2"])
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    torch.set_num_threads(1)
    for key in options.models:
        row = CATALOG[key]
        model = network(row, published=False)
        workload = Workload(model, input_shape(row, published=False), 16)
        alone = workload.x[:1]
        pairs = {
            "inference": [inference(copy.deepcopy(model), alone, label=side) for side in "ab"],
            "training": [
                training_step(workload.trainable_copy(), workload.x, label=side) for side in "ab"
            ],
        }
        for what, variants in pairs.items():
            print(f"{row.title}, {what}: {tell(variants, options.rounds)}", flush=True)


def tell(variants: list[Variant], rounds: int) -> str:
    """Return the verdicts, how far the speedups were from 1, and the load of the host."""
    verdicts: Counter[str] = Counter()
    badges: Counter[str] = Counter()
    far = []
    with measurement_queue.measuring_lock():
        for _ in range(rounds):
            calls = {variant.label: TimedCall(variant.call, variant.images) for variant in variants}
            before, after = measure_latencies(calls, budget=TRIAL_BUDGET).values()
            speedup = paired_speedup(before, after)
            verdicts[speedup_verdict(speedup)] += 1
            badges[before.badge] += 1
            far.append(abs(speedup.value - 1) if speedup else 0.0)
    load = measurements.load_average()
    return f"{dict(verdicts)}, furthest from 1 by {max(far):.1%}, {dict(badges)}, load {load}"


if __name__ == "__main__":
    main()
