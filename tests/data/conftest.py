"""MNIST in small."""

import hashlib

import numpy as np
import pytest

from cnnviz.data import mnist
from tests.data.mnist_files import SHAPES, idx


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A full MNIST of nine digits, and the package expecting exactly these."""
    draw = np.random.default_rng(0)
    made = {
        name: idx(draw.integers(0, 256 if len(shape) > 1 else 10, shape, np.uint8))
        for name, shape in SHAPES.items()
    }
    table = {name: (hashlib.sha256(made[name]).hexdigest(), SHAPES[name]) for name in SHAPES}
    monkeypatch.setattr(mnist, "FILES", table)
    mnist._full.cache_clear()
    return made
