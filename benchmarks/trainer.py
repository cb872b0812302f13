"""The trainer against the lecture's loop and against the quickest loop we can write by hand.

    python -m benchmarks.trainer [--rounds 5]

Every variant trains MnistCNN on every core for some steps in turn, round after round, so that a
slow spell of the machine strikes all of them; the ratios are medians over the rounds. Targets: 3
times the lecture's loop where the processor multiplies bfloat16, 2 times in float32, and 0.95 of
the hand-written loop.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from statistics import median

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from cnnviz.catalogue import architecture
from cnnviz.data import MEAN, STD, Digits, load_digits
from cnnviz.engine import Step, Trainer
from cnnviz.equivalent import pool_first
from cnnviz.hardware import multiplies_bfloat16, physical_cores
from cnnviz.inputs import images, normalize
from cnnviz.settings import Settings

STEPS = 60
Loop = Iterator[int]  # yields the number of images of each step


class _Pictures(Dataset[tuple[Tensor, int]]):
    """One digit at a time, as torchvision's MNIST gives it."""

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
    """Train with every trick and no bookkeeping: no metrics, no schedule, no state."""
    model = pool_first(architecture("mnist_cnn").build().to(memory_format=torch.channels_last))
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3, fused=True)
    pixels, labels = torch.from_numpy(digits.train_images), torch.from_numpy(digits.train_labels)
    while True:
        for chosen in torch.randperm(len(labels)).split(batch):
            x, y = normalize(images(pixels[chosen]), size=28), labels[chosen]
            with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
                scores = model(x)
            loss = F.cross_entropy(scores.float(), y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            yield len(y)


def ours(digits: Digits, batch: int, precision: str) -> Loop:
    """Train with cnnviz's engine, all its measurements on."""
    settings = Settings(epochs=100, batch_size=batch, precision=precision, device="cpu")
    model: nn.Module = architecture("mnist_cnn").build()
    for event in Trainer(model, digits, settings).events():
        if isinstance(event, Step):
            yield batch


def images_per_second(loop: Loop) -> float:
    """Return the speed over `STEPS` steps after three that do not count."""
    for _ in range(3):
        next(loop)
    start = time.perf_counter()
    count = sum(next(loop) for _ in range(STEPS))
    return count / (time.perf_counter() - start)


def main() -> None:
    """Measure in turn and print speeds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(physical_cores())
    digits = load_digits()
    mixed = multiplies_bfloat16(torch.device("cpu"))
    best = "bfloat16" if mixed else "float32"
    loops: dict[str, Callable[[], Loop]] = {
        "lecture, batch 64": lambda: lecture(digits),
        "ours, float32, batch 64": lambda: ours(digits, 64, "float32"),
        "ours, float32, batch 128": lambda: ours(digits, 128, "float32"),
        f"ours, {best}, batch 128": lambda: ours(digits, 128, best),
        f"by hand, {best}, batch 128": lambda: by_hand(digits, 128, mixed),
    }
    running = {name: make() for name, make in loops.items()}
    speeds: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(rounds):
        for name, loop in running.items():
            speeds[name].append(images_per_second(loop))
    print(f"{digits}; {physical_cores()} threads; medians of {rounds} rounds of {STEPS} steps")
    for name, values in speeds.items():
        ratio = median(v / b for v, b in zip(values, speeds["lecture, batch 64"], strict=True))
        print(f"{name:28} {median(values):8,.0f} images/s   {ratio:5.2f} x lecture")
    pairs = zip(
        speeds[f"ours, {best}, batch 128"], speeds[f"by hand, {best}, batch 128"], strict=True
    )
    print(f"ours / by hand: {median(a / b for a, b in pairs):.3f}")


if __name__ == "__main__":
    main()
