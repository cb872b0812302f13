"""Train the networks that ship with cnnviz: `python -m cnnviz.ship [architecture ...]`.

They learn from the full MNIST less the 1,000 embedded test digits, which are found by pixel
equality, so that every accuracy shown offline is honest.
"""

import argparse
import hashlib
import json
import sys
from typing import Any

import torch

from cnnviz import checkpoint, files
from cnnviz.catalogue import CATALOGUE, architecture
from cnnviz.data import DataError, Digits, load_digits, without
from cnnviz.engine import Epoch, Trainer
from cnnviz.evaluate import evaluate
from cnnviz.hardware import describe, physical_cores
from cnnviz.networks import SHIPPED
from cnnviz.settings import Settings
from cnnviz.versions import versions

_COMMON: dict[str, Any] = {
    "batch_size": 128,
    "schedule": "one-cycle",
    "augmentation": 1.0,
    "precision": "auto",
    "source": "full",
    "spare_embedded_test": True,
}
RECIPES = {
    "mnist_cnn": Settings(
        model="mnist_cnn", epochs=24, learning_rate=3e-3, dropout=0.3, weight_decay=0.05, **_COMMON
    ),
    "mnist_fcn": Settings(
        model="mnist_fcn", epochs=24, learning_rate=4e-3, dropout=0.1, weight_decay=0.05, **_COMMON
    ),
    "sprint_cnn": Settings(model="sprint_cnn", epochs=30, learning_rate=5e-3, **_COMMON),
    "lenet5": Settings(model="lenet5", epochs=30, learning_rate=4e-3, **_COMMON),
}


def ship(key: str, digits: Digits, embedded: Digits) -> None:
    """Train one network by its recipe and write its weights and its card."""
    settings = RECIPES[key]
    row = architecture(key)
    torch.manual_seed(settings.seed)
    options = {"dropout": settings.dropout} if row.has_dropout else {}
    trainer = Trainer(row.build(**options), digits, settings)
    for event in trainer.events():
        if isinstance(event, Epoch):
            print(f"{key} epoch {event.epoch}: {event.test_accuracy:.2%}", file=sys.stderr)
    accuracies = {
        name: evaluate(
            trainer.model.cpu(),
            torch.from_numpy(digits.test_images),
            torch.from_numpy(digits.test_labels),
            size=row.input_size,
        ).accuracy
        for name, digits in (("full", digits), ("embedded", embedded))
    }
    weights = {name: t.contiguous() for name, t in trainer.model.state_dict().items()}
    content = checkpoint.dump(weights, {"architecture": key})
    files.replace(SHIPPED / f"{key}.safetensors", content)
    card = {
        "architecture": key,
        "sha256": hashlib.sha256(content).hexdigest(),
        "accuracy": accuracies["full"],
        "tested_on": "the 10,000 test digits of MNIST",
        "accuracy_embedded": accuracies["embedded"],
        "trained_on": f"{len(digits.train_labels):,} digits of MNIST, "
        "the 1,000 embedded test digits left out",
        "seconds": round(trainer.seconds, 1),
        "hardware": describe(),
        "settings": settings.to_dict(),
        "versions": versions(),
    }
    (SHIPPED / f"{key}.json").write_text(json.dumps(card, indent=2) + "\n")
    print(f"{key}: {accuracies['full']:.2%} in {trainer.seconds:.0f} s")


def main() -> None:
    """Train the networks named on the command line, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("architecture", nargs="*", choices=[*CATALOGUE, []], default=[])
    keys = parser.parse_args().architecture or list(RECIPES)
    torch.set_num_threads(physical_cores())
    embedded = load_digits("embedded")
    try:
        digits = without(load_digits("full"), embedded.test_images)
    except DataError as error:
        sys.exit(f"cnnviz: {error}")
    for key in keys:
        ship(key, digits, embedded)


if __name__ == "__main__":
    main()
