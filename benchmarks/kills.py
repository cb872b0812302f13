"""Kill trainings at random moments and calls, and show that nothing acknowledged is lost.

    python -m benchmarks.kills [--kills 500] [--seed 28]

A trainer is ended by SIGKILL or KeyboardInterrupt, after 0.1 to 0.5 s, at the Nth call of fsync,
replace, write, open or mkdir, or in the middle of a file, and resumed until its training is
finished. After each kill every checkpoint must load and no epoch may be missing; in the end, events
and weights must equal those of a training that nothing disturbs, bit by bit.
"""

import argparse
import multiprocessing
import os
import tempfile
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np

from cnnviz.data.mnist import Digits, load_digits
from tests.training.few_digits import save_digits
from tests.training.killed import survive_kills

_TRAIN, _TEST = 80, 20  # digits, for 5 steps an epoch


def few_digits() -> Digits:
    """Return a few of the embedded digits, of all classes."""
    digits = load_digits("embedded")
    train = np.random.default_rng(7).permutation(len(digits.train_labels))[:_TRAIN]
    test = np.random.default_rng(8).permutation(len(digits.test_labels))[:_TEST]
    return Digits(
        "embedded",
        digits.train_images[train],
        digits.train_labels[train],
        digits.test_images[test],
        digits.test_labels[test],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=28)
    options = parser.parse_args()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["cnnviz.training.runs.session", "torch._dynamo"])

    def fork(call: Callable[..., object], *arguments: object) -> BaseProcess:
        process = context.Process(target=call, args=arguments)
        process.start()
        return process

    with tempfile.TemporaryDirectory() as folder:
        os.environ["CNNVIZ_RUNS_DIR"] = f"{folder}/runs"
        few = save_digits(Path(folder, "few.npz"), few_digits())
        print(f"seed {options.seed}: {survive_kills(options.kills, options.seed, few, fork)}")


if __name__ == "__main__":
    main()
