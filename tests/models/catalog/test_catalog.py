import itertools
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from cnnviz.models.catalog import CATALOG, Architecture, architecture, of_task
from cnnviz.models.feature_maps import as_maps

ROOT = Path(__file__).parents[3]

LECTURE = {  # tensor after each of these layers, in the lecture's list of shapes
    "mnist_cnn": {
        "conv1": (32, 28, 28),
        "pool1": (32, 14, 14),
        "conv2": (64, 14, 14),
        "pool2": (64, 7, 7),
        "flatten": (3136,),
        "fc1": (128,),
        "fc2": (10,),
    },
    "mnist_fcn": {
        "pool2": (64, 7, 7),
        "conv3": (128, 5, 5),
        "pool3": (128, 1, 1),
        "conv4": (10, 1, 1),
        "flatten": (10,),
    },
    "lenet5": {
        "c1": (6, 28, 28),
        "s2": (6, 14, 14),
        "c3": (16, 10, 10),
        "s4": (16, 5, 5),
        "c5": (120, 1, 1),
        "f6": (84,),
        "output": (10,),
    },
}

PARAMETERS = {
    # conv1, conv2, fc1, fc2: weights + biases
    "mnist_cnn": (9 * 32 + 32) + (9 * 32 * 64 + 64) + (3136 * 128 + 128) + (128 * 10 + 10),
    # conv1, conv2, conv3, conv4
    "mnist_fcn": (9 * 32 + 32) + (9 * 32 * 64 + 64) + (9 * 64 * 128 + 128) + (128 * 10 + 10),
    # conv1, conv2, conv3, fc
    "sprint_cnn": (25 * 16 + 16) + (9 * 16 * 32 + 32) + (9 * 32 * 64 + 64) + (1024 * 10 + 10),
    # c1, c3 with every map of s2, c5, f6, output
    "lenet5": (25 * 6 + 6)
    + (25 * 6 * 16 + 16)
    + (25 * 16 * 120 + 120)
    + (120 * 84 + 84)
    + (84 * 10 + 10),
}

every_row = pytest.mark.parametrize("row", CATALOG.values(), ids=CATALOG)


def outputs(row: Architecture) -> dict[str, Tensor]:
    """Run one black image through the network; each layer's output, in the order of running."""
    seen: dict[str, Tensor] = {}
    model = row.build().eval()
    for name, layer in model.named_modules():
        layer.register_forward_hook(
            lambda _m, _x, y, name=name: seen.update(
                {name: y.clone()} if isinstance(y, Tensor) else {}
            )
        )
    with torch.inference_mode():
        model(torch.zeros(1, 1, row.input_size, row.input_size))
    return seen


def test_the_lectures_parameter_counts() -> None:
    assert PARAMETERS == {
        "mnist_cnn": 421_642,
        "mnist_fcn": 93_962,
        "sprint_cnn": 33_802,  # not the lecture's, counted all the same
        "lenet5": 61_706,
    }


@pytest.mark.parametrize("key", PARAMETERS)
def test_a_network_has_as_many_parameters_as_its_layers_add_up_to(key: str) -> None:
    model = architecture(key).build()
    assert sum(p.numel() for p in model.parameters()) == PARAMETERS[key]


@pytest.mark.parametrize("key", LECTURE)
def test_the_forward_pass_has_the_lectures_shapes(key: str) -> None:
    seen = outputs(architecture(key))
    shapes = {name: tuple(seen[name].shape[1:]) for name in LECTURE[key]}
    assert shapes == LECTURE[key]


@every_row
def test_a_row_is_found_by_its_key(row: Architecture) -> None:
    assert architecture(row.key) is row


@pytest.mark.parametrize("row", of_task("classify").values(), ids=of_task("classify"))
def test_a_network_answers_with_ten_raw_scores(row: Architecture) -> None:
    scores = outputs(row)[""]
    assert scores.shape == (1, 10)
    assert scores.sum() != pytest.approx(1)  # no softmax in the model


@every_row
def test_early_middle_and_late_are_maps_in_the_order_of_running(row: Architecture) -> None:
    seen = outputs(row)
    looked_into = [row.early, row.middle, row.late]
    assert [name for name in seen if name in looked_into] == looked_into
    maps = [as_maps(seen[name], nhwc=row.nhwc) for name in looked_into]
    assert all(m.dim() == 4 for m in maps)


@every_row
def test_early_middle_and_late_are_three_different_tensors(row: Architecture) -> None:
    seen = outputs(row)
    found = [seen[name] for name in (row.early, row.middle, row.late)]
    for first, second in itertools.combinations(found, 2):
        assert first.shape != second.shape or not torch.equal(first, second)


@every_row
def test_two_layers_shown_differ_in_size_or_have_weights_between_them(row: Architecture) -> None:
    modules = dict(row.build().named_modules())
    seen = outputs(row)
    own = {  # parameters of all that has run by the end of a layer
        layer: sum(
            sum(p.numel() for p in modules[name].parameters(recurse=False))
            for name in list(seen)[: list(seen).index(layer) + 1]
        )
        for layer in (row.early, row.middle, row.late)
    }
    for first, second in itertools.pairwise(own):
        assert seen[first].shape != seen[second].shape or own[second] > own[first]


@every_row
def test_the_same_seed_builds_the_same_network(row: Architecture) -> None:
    def built() -> nn.Module:
        torch.manual_seed(3)
        return row.build()

    pairs = zip(built().parameters(), built().parameters(), strict=True)
    assert all(torch.equal(first, second) for first, second in pairs)


@every_row
def test_dropout_is_there_where_the_row_says_so(row: Architecture) -> None:
    if row.has_dropout:
        model = row.build(dropout=0.4)
        assert {m.p for m in model.modules() if isinstance(m, nn.Dropout)} == {0.4}
        assert not any(m.p for m in row.build().modules() if isinstance(m, nn.Dropout))
    else:
        with pytest.raises(TypeError):
            row.build(dropout=0.4)


@every_row
def test_dropout_does_not_change_the_names_of_the_weights(row: Architecture) -> None:
    if row.has_dropout:
        assert set(row.build(dropout=0.4).state_dict()) == set(row.build().state_dict())


@every_row
def test_a_row_tells_its_story_in_whole_sentences(row: Architecture) -> None:
    assert row.note.endswith(".")
    assert (row.paper is None) == (row.year is None)
    assert row.paper is None or row.paper.url.startswith("https://")


def test_an_unknown_architecture_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        ValueError, match=r"architecture must be one of mnist_cnn, mnist_fcn, .*, got 'vgg'"
    ):
        architecture("vgg")


def test_importing_the_catalog_does_not_import_torch() -> None:
    code = "import sys, cnnviz.models.catalog; sys.exit('torch' in sys.modules)"
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert process.returncode == 0
