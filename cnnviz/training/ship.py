"""Train the networks that ship with cnnviz again: `cnnviz ship [ARCHITECTURE ...]`.

The training digits are the full MNIST without the 1,000 embedded test digits (found by equality of
pixels), so that the accuracy on these is a test accuracy. Networks with a recipe of their own are
stored in float32, all others in float16, which halves the files.

A long training is better started with `cnnviz train`, which can be resumed, and shipped with
`--run`.
"""

import argparse
import hashlib
import json
import sys
from typing import Any

import torch
from torch import nn

from cnnviz.data.canvases import MAX_TEST_CANVASES
from cnnviz.data.mnist import Digits, load_digits, without
from cnnviz.models.catalog import CATALOG, architecture
from cnnviz.models.state_dicts import load_weights
from cnnviz.stats.percentages import percent
from cnnviz.system import files
from cnnviz.system.cli import Parser
from cnnviz.system.hardware import describe, physical_cores
from cnnviz.system.paths import CHECKPOINTS
from cnnviz.system.versions import versions
from cnnviz.training.engine.events import EpochEvent
from cnnviz.training.engine.settings import PRESETS, Settings
from cnnviz.training.engine.setup import build_network
from cnnviz.training.engine.tasks import TASKS
from cnnviz.training.engine.trainer import Trainer
from cnnviz.training.runs import checkpoint
from cnnviz.training.runs.store import Run, find_run

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
    "detr": Settings(
        model="detr",
        epochs=5,
        batch_size=32,
        schedule="one-cycle",
        learning_rate=1.5e-3,
        weight_decay=1e-4,
        threads=1,  # its layers are too small to share
        source="full",
        spare_embedded_test=True,
    ),
}


_TESTED_ON = {  # by task
    "classify": "the 10,000 test digits of MNIST",
    "detect": f"{MAX_TEST_CANVASES:,} canvases of MNIST's test digits",
}


def recipe(key: str) -> Settings:
    """Return the settings that a shipped network is trained with; its fast preset by default."""
    if key in RECIPES:
        return RECIPES[key]
    return PRESETS["fast"].settings(key).replace(source="full", spare_embedded_test=True)


def ship(key: str, digits: Digits, embedded: Digits) -> None:
    """Train one network by its recipe, and write its weights and card.

    Args:
        key: of the network in the catalog.
        digits: to train and test on, without the embedded test digits.
        embedded: the embedded digits, for a second test.
    """
    settings = recipe(key)
    trainer = Trainer(build_network(settings), digits, settings)
    for event in trainer.events():
        if isinstance(event, EpochEvent):
            print(f"{key} epoch {event.epoch}: {percent(event.test_accuracy, 2)}", file=sys.stderr)
    publish(trainer.model.cpu(), settings, digits, embedded, seconds=trainer.seconds)


def ship_run(run: Run, digits: Digits, embedded: Digits) -> None:
    """Write the weights and card of a finished run of the recipe.

    Raises:
        ValueError: if the run is not finished, or its settings are not the recipe's.
    """
    settings, status = run.settings(), run.status()
    if status.state != "finished" or settings != recipe(settings.model):
        raise ValueError(
            f"run must be finished, with the settings of the recipe of {settings.model}, "
            f"got {run.id}, which is {status.state}"
        )
    model = build_network(settings)
    weights, _ = checkpoint.load_checkpoint(run.weights)
    load_weights(model, weights, name=settings.model, file=run.weights)
    publish(model, settings, digits, embedded, seconds=status.seconds)


def publish(
    model: nn.Module, settings: Settings, digits: Digits, embedded: Digits, *, seconds: float
) -> None:
    """Write the weights of a trained network, and a card with its accuracy, settings and versions.

    Args:
        model: trained, on the CPU.
        settings: of its training.
        digits: to test on.
        embedded: embedded digits, for a second test.
        seconds: that the training took.
    """
    key, row = settings.model, architecture(settings.model)
    if key not in RECIPES:
        model.half().float()  # test the precision that is stored
    results = {
        name: TASKS[row.task](settings, digits, torch.device("cpu")).evaluate(model)
        for name, digits in (("full", digits), ("embedded", embedded))
    }
    weights = {
        name: (t.half() if key not in RECIPES and t.is_floating_point() else t).contiguous()
        for name, t in model.state_dict().items()
    }
    content = checkpoint.serialize_checkpoint(weights, {"architecture": key})
    files.replace(CHECKPOINTS / f"{key}.safetensors", content)
    card = {
        "architecture": key,
        "sha256": hashlib.sha256(content).hexdigest(),
        "accuracy": results["full"].accuracy,
        "tested_on": _TESTED_ON[row.task],
        "accuracy_embedded": results["embedded"].accuracy,
        **results["full"].measures,
        "trained_on": f"{len(digits.train_labels):,} digits of MNIST, "
        "the 1,000 embedded test digits left out",
        "seconds": round(seconds, 1),
        "hardware": describe(),
        "settings": settings.to_dict(),
        "versions": versions(),
    }
    (CHECKPOINTS / f"{key}.json").write_text(json.dumps(card, indent=2) + "\n")
    print(f"{key}: {row.measure} {percent(results['full'].accuracy, 2)} in {seconds:.0f} s")


def main(arguments: list[str] | None = None) -> int:
    """Train the networks named on the command line, or all of them."""
    parser = Parser(
        prog="cnnviz ship",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "architecture",
        nargs="*",
        choices=[*CATALOG, []],
        default=[],
        metavar="ARCHITECTURE",
        help=f"default: all that ship; any of {', '.join(CATALOG)}",
    )
    parser.add_argument(
        "--run", metavar="RUN", help="ship this finished run of the recipe instead of training"
    )
    options = parser.parse_args(arguments)
    torch.set_num_threads(physical_cores())
    embedded = load_digits("embedded")
    try:
        digits = without(load_digits("full"), embedded.test_images)
        if options.run:
            ship_run(find_run(options.run), digits, embedded)
            return 0
    except ValueError as error:
        parser.error(str(error))
    shipped = [key for key in CATALOG if (CHECKPOINTS / f"{key}.json").exists()]
    for key in options.architecture or shipped:
        ship(key, digits, embedded)
    return 0
