"""Throughput of the trainer, of the lecture's loop, and of a fast loop written by hand.

    python -m benchmarks.trainer [--rounds 5]

Every loop has a process of its own and trains MnistCNN on all cores. The loops take turns of a few
steps, round after round, so that changes of the machine affect all of them; the ratios are medians
over the rounds. Targets: 3 times the lecture's loop where the processor multiplies bfloat16, twice
in float32, and 0.95 of the hand-written loop.
"""

import argparse
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from cnnviz.data.mnist import MEAN, STD, Digits, load_digits
from cnnviz.data.normalization import normalize, to_unit_range
from cnnviz.models.catalog import architecture
from cnnviz.models.structure.rewrites import pool_first
from cnnviz.system.hardware import keep_freed_memory, multiplies_bfloat16, physical_cores
from cnnviz.training.engine.events import StepEvent
from cnnviz.training.engine.settings import Settings
from cnnviz.training.engine.trainer import Trainer

STEPS = 60
LECTURE = "lecture, batch 64"
Loop = Iterator[int]  # yields the number of images of each step


class _Pictures(Dataset[tuple[Tensor, int]]):
    """MNIST as torchvision provides it: one digit at a time."""

    def __init__(self, digits: Digits) -> None:
        self._digits = digits
        self._transform = transforms.Compose(
            [transforms.ToTensor(), transforms.Normalize((MEAN,), (STD,))]
        )

    def __len__(self) -> int:
        return len(self._digits.train_labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        picture = Image.fromarray(self._digits.train_images[index, 0], mode=None)
        return self._transform(picture), int(self._digits.train_labels[index])


def lecture(digits: Digits) -> Loop:
    """Train as the lecture does: a DataLoader, batch 64, AdamW, nothing else."""
    model = architecture("mnist_cnn").build()
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    while True:
        for x, labels in DataLoader(_Pictures(digits), batch_size=64, shuffle=True):
            loss = F.cross_entropy(model(x), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            yield len(labels)


def by_hand(digits: Digits, batch: int, mixed: bool) -> Loop:
    """Train with every optimization and without metrics, schedule or checkpoints."""
    model = pool_first(architecture("mnist_cnn").build().to(memory_format=torch.channels_last))
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3, fused=True)
    pixels, labels = torch.from_numpy(digits.train_images), torch.from_numpy(digits.train_labels)
    while True:
        for chosen in torch.randperm(len(labels)).split(batch):
            x, y = normalize(to_unit_range(pixels[chosen]), size=28), labels[chosen]
            with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
                scores = model(x)
            loss = F.cross_entropy(scores.float(), y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            yield len(y)


def ours(digits: Digits, batch: int, precision: str) -> Loop:
    """Train with cnnviz's trainer and all its measurements."""
    settings = Settings(epochs=100, batch_size=batch, precision=precision, device="cpu")
    model = architecture("mnist_cnn").build()
    for event in Trainer(model, digits, settings).events():
        if isinstance(event, StepEvent):
            yield batch


def loops(digits: Digits) -> dict[str, Loop]:
    """Return the loops by name, not yet started."""
    mixed = multiplies_bfloat16(torch.device("cpu"))
    best = "bfloat16" if mixed else "float32"
    return {
        LECTURE: lecture(digits),
        "ours, float32, batch 64": ours(digits, 64, "float32"),
        "ours, float32, batch 128": ours(digits, 128, "float32"),
        "ours, float32, batch 256": ours(digits, 256, "float32"),
        f"ours, {best}, batch 128": ours(digits, 128, best),
        f"by hand, {best}, batch 128": by_hand(digits, 128, mixed),
    }


def compete(name: str) -> None:
    """Run a loop for `STEPS` steps per line of standard input, and print its images per second."""
    torch.set_num_threads(physical_cores())
    if name != LECTURE:
        keep_freed_memory()
    loop = loops(load_digits())[name]
    for _ in range(5):
        next(loop)
    print("ready", flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        count = sum(next(loop) for _ in range(STEPS))
        print(count / (time.perf_counter() - start), flush=True)


def race(names: list[str], rounds: int) -> dict[str, list[float]]:
    """Return the images per second of each loop in each round."""
    with contextlib.ExitStack() as stack:
        runners = {name: stack.enter_context(_runner(name)) for name in names}
        for runner in runners.values():
            _line(runner)
        speeds: dict[str, list[float]] = {name: [] for name in names}
        for _ in range(rounds):
            for name, runner in runners.items():
                assert runner.stdin
                print("go", file=runner.stdin, flush=True)
                speeds[name].append(float(_line(runner)))
        return speeds


@contextlib.contextmanager
def _runner(name: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "benchmarks.trainer", "--compete", name]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()


def _line(runner: "subprocess.Popen[str]") -> str:
    assert runner.stdout
    line = runner.stdout.readline()
    if not line:
        raise RuntimeError(f"{runner.args!r} must print a line, but ended")
    return line


def main() -> None:
    """Measure all loops in turns, and print their speeds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--compete", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.compete:
        compete(options.compete)
        return
    digits = load_digits()
    names = list(loops(digits))
    speeds = race(names, options.rounds)
    print(
        f"{digits}; {physical_cores()} threads; medians of {options.rounds} rounds, {STEPS} steps"
    )
    for name, values in speeds.items():
        ratio = median(v / b for v, b in zip(values, speeds[LECTURE], strict=True))
        print(f"{name:28} {median(values):8,.0f} images/s   {ratio:5.2f} x lecture")
    pairs = zip(speeds[names[-2]], speeds[names[-1]], strict=True)
    print(f"ours / by hand: {median(a / b for a, b in pairs):.3f}")


if __name__ == "__main__":
    main()
