"""The lines to copy give the same number in a process of their own."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnnviz.data.mnist import load_digits
from cnnviz.inspection import unit_arithmetic
from cnnviz.inspection.unit_arithmetic import SOFTMAX, Unit
from cnnviz.training.runs import networks
from tests.inspection.unit_arithmetic.layers import CLOSE

ROOT = Path(__file__).parents[3]

COPIED = [
    ("mnist_cnn", "conv1", Unit(5, 0, 27)),
    ("mnist_cnn", "relu1", Unit(5, 12, 9)),
    ("mnist_cnn", "fc2", Unit(7)),
    ("mnist_cnn", SOFTMAX, Unit(3)),
    ("mobilenet_v2", "features.1.conv.0.0", Unit(4, 0, 0)),
    ("mobilenet_v2", "features.1.conv.0.1", Unit(4, 3, 3)),
    ("mobilenet_v3", "bn1", Unit(3, 4, 5)),
    ("alexnet", "pool1", Unit(1, 2, 3)),
    ("lenet5", "s2", Unit(1, 2, 3)),
    ("swin", "layers.0.blocks.0.norm1", Unit(5, 6, 7)),
    ("swin", "head.global_pool.pool", Unit(5)),
    ("crossvit", "blocks.0.blocks.0.0.attn.qkv", Unit(5, 2, 3)),
]


def test_the_lines_to_copy_give_the_same_number_in_a_fresh_process() -> None:
    digits = load_digits("embedded")
    programs, expected = [], []
    for i, (key, layer, unit) in enumerate(COPIED):
        network = networks.find_network(f"shipped-{key}")
        loaded = networks.load_network(network)
        image = digits.test_images[i] if i % 2 else np.flip(digits.test_images[i], 2).copy()
        run = unit_arithmetic.layer_run(loaded, image, layer)
        found = unit_arithmetic.unit_of_run(run, unit, loaded.model)
        drawn = unit_arithmetic.pixels_in_code(image, digits)
        assert ("load_digits" in drawn) == bool(i % 2)
        program = unit_arithmetic.pytorch_program(found, run, network, drawn)
        assert len(program.strip().splitlines()) <= 8
        programs.append(program)
        expected.append(found.value)
    answer = subprocess.run(
        [sys.executable, "-c", "".join(programs)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    printed = [list(map(float, line.split())) for line in answer.stdout.splitlines()]
    for (value, tensor), wanted, case in zip(printed, expected, COPIED, strict=True):
        assert value == pytest.approx(wanted, rel=CLOSE, abs=CLOSE), case
        assert tensor == pytest.approx(wanted, rel=CLOSE, abs=CLOSE), case
