"""How long the preset "Fast to 99%" takes on the full MNIST, seed by seed.

    CNNVIZ_DATA_DIR=... python -m benchmarks.to_99 [--models mnist_cnn sprint_cnn] [--seeds 10]

Each training is a real run, as the page would start it, in a process of its own and with
checkpoints, metrics and previews. Time runs from the first step to the end of the last evaluation.
Targets: a mean accuracy of 99.0% or more within 15 s for MnistCNN and 5 s for SprintCNN, on two
cores.
"""

import argparse
import os
import tempfile
import time
from statistics import mean

from cnnviz.data.mnist import load_digits
from cnnviz.training import launch
from cnnviz.training.engine.settings import PRESETS
from cnnviz.training.runs.records import Status


def train(model: str, seed: int) -> Status:
    """Train once and return the last status."""
    settings = PRESETS["fast"].settings(model).replace(seed=seed, source="full")
    run = launch.start_run(settings, preset="fast")
    while (status := run.status()).live:
        time.sleep(0.2)
    return status


def main() -> None:
    """Train every model with every seed and print accuracies and seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", default=["mnist_cnn", "sprint_cnn"])
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    print(load_digits("full"))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CNNVIZ_RUNS_DIR"] = folder
        for model in options.models:
            ends = [train(model, seed) for seed in range(options.seeds)]
            accuracies = [end.test_accuracy or 0.0 for end in ends]
            seconds = [end.seconds for end in ends]
            print(f"{model} on {ends[0].hardware}")
            print(f"  test accuracy  mean {mean(accuracies):.2%}, worst {min(accuracies):.2%}")
            print(f"  seconds        mean {mean(seconds):.1f}, worst {max(seconds):.1f}")


if __name__ == "__main__":
    main()
