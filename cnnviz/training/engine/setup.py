"""Network and digits of a training, from its settings; warm-up of a trainer process."""

import contextlib
import functools

import torch
from torch import nn

from cnnviz.data.mnist import DataError, Digits, load_digits, without
from cnnviz.models.catalog import architecture
from cnnviz.system.hardware import keep_freed_memory, pick_threads
from cnnviz.training.engine.settings import PRESETS, Settings
from cnnviz.training.engine.trainer import Trainer

_WARM_UP_STEPS = 2


def build_network(settings: Settings) -> nn.Module:
    """Return the untrained network, with initial weights that the seed determines."""
    row = architecture(settings.model)
    torch.manual_seed(settings.seed)
    return row.build(**({"dropout": settings.dropout} if row.has_dropout else {}))


def training_digits(settings: Settings) -> Digits:
    """Return the digits to train and test on.

    Raises:
        DataError: if the full MNIST is asked for and cannot be used.
    """
    digits = load_digits(settings.source)
    if settings.spare_embedded_test:
        return without(digits, load_digits("embedded").test_images)
    return digits


@functools.cache  # 1 kB: no result; a spare trainer that is given a race has warmed up already
def warm_up() -> None:
    """Read the digits and train for a few steps, so that the next training starts at once.

    Later calls in the same process do nothing.
    """
    keep_freed_memory()
    load_digits("embedded")
    with contextlib.suppress(DataError):  # the run that needs them will report it
        load_digits()
    settings = PRESETS["quick"].settings("mnist_cnn").replace(source="embedded")
    torch.set_num_threads(pick_threads(settings.threads))
    trainer = Trainer(build_network(settings), load_digits("embedded"), settings)
    for event in trainer.events():
        if event.step >= _WARM_UP_STEPS:
            break
