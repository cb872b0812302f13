"""Set-up of a trainer process of a test: few digits, and a checkpoint every few steps."""

import functools
import os
from pathlib import Path
from unittest import mock

import numpy as np
import torch

from cnnviz.data.mnist import Digits
from cnnviz.training.engine import setup
from cnnviz.training.engine.trainer import Trainer
from cnnviz.training.runs import recorder, session

_ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")


def save_digits(path: Path, digits: Digits) -> Path:
    """Write digits to a file that another process can read."""
    np.savez(path, **{name: getattr(digits, name) for name in _ARRAYS})
    return path


def hurry(runs: Path, few: Path) -> None:
    """Have this process train with the digits of a file, in a folder of runs."""
    os.environ["CNNVIZ_RUNS_DIR"] = str(runs)
    arrays = np.load(few)
    digits = Digits("embedded", *(arrays[name] for name in _ARRAYS))
    for owner, name, value in (  # for as long as the process lives
        (setup, "training_digits", lambda _: digits),
        (setup, "warm_up", lambda: None),
        (session, "Trainer", functools.partial(Trainer, measure_every=0)),
    ):
        mock.patch.object(owner, name, value).start()
    recorder.CHECKPOINT_EVERY = recorder.PREVIEW_EVERY = 0.03
    torch.set_num_threads(1)
