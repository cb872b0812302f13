import subprocess
import sys

import pytest
import torch
from torch import nn

from cnnviz.models.catalog import CATALOG, Architecture
from cnnviz.models.structure.shapes import (
    layer_shapes,
    measure_shapes,
    one_line,
    outline,
    shape_table,
    trunk,
)

LECTURE = {
    "mnist_cnn": "[N, 1, 28, 28] → [N, 32, 28, 28] → [N, 32, 14, 14] → [N, 64, 14, 14] → "
    "[N, 64, 7, 7] → [N, 3136] → [N, 128] → [N, 10]",
    "mnist_fcn": "[N, 1, 28, 28] → [N, 32, 28, 28] → [N, 32, 14, 14] → [N, 64, 14, 14] → "
    "[N, 64, 7, 7] → [N, 128, 5, 5] → [N, 128, 1, 1] → [N, 10, 1, 1] → [N, 10]",
    "lenet5": "[N, 1, 32, 32] → [N, 6, 28, 28] → [N, 6, 14, 14] → [N, 16, 10, 10] → "
    "[N, 16, 5, 5] → [N, 120, 1, 1] → [N, 120] → [N, 84] → [N, 10]",
}


@pytest.mark.parametrize("key", LECTURE)
def test_the_shapes_are_the_lectures(key: str) -> None:
    assert one_line(layer_shapes(CATALOG[key])) == LECTURE[key]


@pytest.mark.parametrize("row", CATALOG.values(), ids=CATALOG)
def test_the_list_leads_from_the_input_to_the_answer_and_counts_every_parameter(
    row: Architecture,
) -> None:
    found = layer_shapes(row)
    last = {"classify": (10,), "detect": (8, 4)}  # classes; the boxes of eight queries
    assert found[0].size == (1, row.input_size, row.input_size)
    assert found[-1].size == last[row.task]
    assert sum(s.parameters for s in found) == sum(p.numel() for p in row.build().parameters())


@pytest.mark.parametrize("key", LECTURE)
def test_the_outline_of_a_chain_is_all_of_its_shapes(key: str) -> None:
    assert outline(CATALOG[key]) == layer_shapes(CATALOG[key])


def test_the_outline_of_a_residual_network_leaves_out_what_is_inside_its_blocks() -> None:
    assert one_line(outline(CATALOG["resnet8"])) == (
        "[N, 1, 28, 28] → [N, 16, 28, 28] → [N, 32, 14, 14] → [N, 64, 7, 7] → [N, 64, 1, 1] → "
        "[N, 64] → [N, 10]"
    )


def test_the_trunk_goes_into_chains_and_not_into_blocks() -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.branch = nn.Linear(1, 1)

    chain = nn.Sequential(Block(), nn.Sequential(Block(), nn.ReLU()), nn.Identity())
    assert list(trunk(nn.Sequential(chain, nn.Flatten()))) == ["0.0", "0.1.0", "0.1.1", "1"]


def test_each_layer_of_the_first_network_by_hand() -> None:
    found = [(s.layer, s.kind, s.parameters) for s in layer_shapes(CATALOG["mnist_cnn"])]
    assert found == [
        ("input", "", 0),
        ("conv1", "Conv2d", 32 * 9 + 32),
        ("relu1", "ReLU", 0),
        ("pool1", "MaxPool2d", 0),
        ("conv2", "Conv2d", 64 * 32 * 9 + 64),
        ("relu2", "ReLU", 0),
        ("pool2", "MaxPool2d", 0),
        ("flatten", "Flatten", 0),
        ("fc1", "Linear", 3136 * 128 + 128),
        ("relu3", "ReLU", 0),
        ("fc2", "Linear", 128 * 10 + 10),
    ]


def test_a_layer_that_runs_twice_is_listed_twice_and_counted_once() -> None:
    again = nn.Linear(4, 4)
    found = measure_shapes(nn.Sequential(again, nn.ReLU(), again), (4,))
    assert [(s.layer, s.parameters) for s in found] == [("input", 0), ("0", 20), ("1", 0), ("0", 0)]


def test_measuring_leaves_the_model_alone() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)).train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    measure_shapes(model, (1, 8, 8))
    assert model.training
    assert not model[0]._forward_hooks
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_the_table_ends_with_the_total() -> None:
    lines = shape_table(layer_shapes(CATALOG["mnist_cnn"])).splitlines()
    assert lines[0].split() == ["layer", "kind", "output", "parameters"]
    assert lines[-1].split() == ["total", "421,642"]
    assert len(lines) == 13


def test_the_command_prints_table_and_line() -> None:
    command = [sys.executable, "-m", "cnnviz", "shapes", "mnist_cnn"]
    answer = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    assert "MnistCNN, fully connected head" in answer.stdout
    assert answer.stdout.splitlines()[-1] == LECTURE["mnist_cnn"]


def test_an_unknown_architecture_is_one_sentence_and_an_exit_code() -> None:
    command = [sys.executable, "-m", "cnnviz", "shapes", "resnet9"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert answer.stderr.startswith("cnnviz: architecture must be one of mnist_cnn,")
    assert answer.stderr.endswith(", got 'resnet9'\n")
    assert answer.stderr.count("\n") == 1
    assert "Traceback" not in answer.stderr
