"""Receptive fields of whole networks: the NaN probe, gradients, and torchvision's known sizes."""

import warnings
from contextlib import nullcontext

import numpy as np
import pytest
import torch
import torchvision
from torch import Tensor, nn

from cnnviz.inspection.receptive_field.fields import (
    architecture_fields,
    border_layer,
    receptive_fields,
)
from cnnviz.models.catalog import CATALOG
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.models.structure.shapes import trunk
from tests.inspection.receptive_field.nan_probe import outputs, probe, probe_from
from tests.loaded import loaded

PUBLISHED = [key for key, row in CATALOG.items() if row.published]

# size, jump and padding of the last layer with a window, from experiments with the NaN probe
GOLDEN = {
    "alexnet": (195, 32, 66),
    "vgg11": (150, 32, 59),
    "vgg13": (156, 32, 62),
    "vgg16": (212, 32, 90),
    "vgg19": (268, 32, 118),
    "googlenet": (379, 32, 167),
    "inception_v3": (1311, 32, 618),
    "resnet18": (435, 32, 217),
    "resnet34": (899, 32, 449),
    "resnet50": (427, 32, 213),
    "resnet101": (971, 32, 485),
    "resnet152": (1451, 32, 725),
    "densenet121": (2071, 32, 1021),
    "densenet169": (3351, 32, 1661),
    "densenet201": (3863, 32, 1917),
    "mobilenet_v2": (491, 32, 245),
    "mobilenet_v3_small": (639, 32, 319),
    "mobilenet_v3_large": (595, 32, 297),
    "efficientnet_b0": (851, 32, 425),
}

OTHERS = [
    *("convnext_tiny", "efficientnet_b1", "efficientnet_v2_s", "maxvit_t", "mnasnet0_5"),
    *("regnet_x_400mf", "regnet_y_400mf", "resnext50_32x4d", "shufflenet_v2_x1_0"),
    *("squeezenet1_0", "squeezenet1_1", "swin_t", "swin_v2_t", "vgg11_bn", "vit_b_16"),
    "wide_resnet50_2",
]


# NaN passes an attention mask, since -100 added to it is NaN: see test_attention_masks
UNMASKED = [key for key in CATALOG if key != "swin"]


@pytest.mark.parametrize("key", UNMASKED)
def test_every_box_on_the_input_is_what_the_nan_probe_finds(key: str) -> None:
    row = CATALOG[key]
    torch.manual_seed(0)
    model = row.build().eval()
    size = (1, row.input_size, row.input_size)
    found = receptive_fields(LoadedNetwork(model, row), size, gates=True)
    assert {row.early, row.middle, row.late} <= found.keys()
    expected = probe(model, size, list(found), nhwc=row.nhwc)
    for name, field in found.items():
        np.testing.assert_array_equal(field.boxes[""], expected[name], err_msg=name)


@pytest.mark.parametrize("key", UNMASKED)
def test_boxes_on_earlier_layers_are_what_the_nan_probe_finds(key: str) -> None:
    row = CATALOG[key]
    torch.manual_seed(0)
    model = row.build().eval()
    size = (1, row.input_size, row.input_size)
    sources = [row.early, row.middle]
    last = row.nhwc
    found = receptive_fields(LoadedNetwork(model, row), size, sources=sources, gates=True)
    order = list(found)
    for source in sources:
        later = order[order.index(source) + 1 :]
        expected = probe_from(model, size, source, later, last=last)
        for name in later:
            np.testing.assert_array_equal(
                found[name].boxes[source], expected[name], err_msg=f"{name} on {source}"
            )
        assert all(source not in found[name].boxes for name in order[: order.index(source)])


class Open(nn.Module):
    """A gate that lets everything pass."""

    def __init__(self, gate: nn.Module) -> None:
        super().__init__()
        self.gate = gate

    def forward(self, x: Tensor) -> Tensor:
        return x


@pytest.mark.parametrize("key", ["mobilenet_v3", "efficientnet"])
def test_the_local_reading_is_that_of_the_network_with_its_gates_taken_out(key: str) -> None:
    row = CATALOG[key]
    torch.manual_seed(0)
    model = row.build().eval()
    size = (1, row.input_size, row.input_size)
    local = receptive_fields(loaded(model), size)
    gates = {gate for field in local.values() for gate in field.gates}
    assert gates
    assert all(gate.endswith(".se") for gate in gates)
    for gate in gates:
        parent, _, name = gate.rpartition(".")
        setattr(model.get_submodule(parent), name, Open(model.get_submodule(gate)))
    names = [name for name in local if not name.startswith(tuple(gates))]
    expected = probe(model, size, names, nhwc=False)
    for name in names:
        np.testing.assert_array_equal(local[name].boxes[""], expected[name], err_msg=name)


@pytest.mark.parametrize("key", PUBLISHED)
def test_every_published_network_has_a_rule_for_each_operation(key: str) -> None:
    row = CATALOG[key]
    published = row.published
    assert published is not None
    found = receptive_fields(LoadedNetwork(published.build(), row), published.input_size)
    assert {published.early, published.middle, published.late} <= found.keys()
    _, height, width = published.input_size
    for field in found.values():
        top, left, bottom, right = field.boxes[""][field.center]
        assert field.center_box == (top, left, bottom, right)
        assert 0 <= top <= bottom < height
        assert 0 <= left <= right < width


@pytest.mark.parametrize("name", GOLDEN)
def test_torchvisions_networks_have_the_known_sizes(name: str) -> None:
    options = {"aux_logits": False, "init_weights": False}
    with torch.device("meta"):
        model = torchvision.models.get_model(
            name, **options if name in ("googlenet", "inception_v3") else {}
        )
    side = 299 if name == "inception_v3" else 224
    found = receptive_fields(loaded(model), (3, side, side))
    size, jump, padding = GOLDEN[name]
    with_size = [field for field in found.values() if field.theoretical and len(field.path) > 1]
    last = max(with_size, key=lambda field: field.theoretical or (0, 0))
    assert last.theoretical == (size, size)
    assert last.jump == (jump, jump)
    assert last.padding == (padding, padding)
    for field in with_size:  # the same, counted along the path
        step = field.path[-1]
        if field.layer == step.layer:
            assert (step.size, step.jump) == (field.theoretical, field.jump), field.layer
            assert field.padding is not None
            assert step.start[0] == (step.size[0] - 1) / 2 - field.padding[0]


@pytest.mark.parametrize("name", OTHERS)
def test_every_other_family_of_torchvision_has_a_rule_for_each_operation(name: str) -> None:
    with nullcontext() if name.startswith("regnet") else torch.device("meta"):
        model = torchvision.models.get_model(name).eval()
    found = receptive_fields(loaded(model), (3, 224, 224))
    assert all(field.boxes[""].shape == (*field.grid, 4) for field in found.values())


def test_maxvit_sees_everything_from_its_first_grid_attention_on() -> None:
    with torch.device("meta"):
        model = torchvision.models.maxvit_t().eval()
    found = receptive_fields(loaded(model), (3, 224, 224))
    block = "blocks.0.layers.0.layers"
    assert border_layer(found) == f"{block}.grid_attention.departition_op"
    box = found[f"{block}.window_attention"].boxes[""][0, 0]
    last = 6 * 4 - 5 + 11 - 1  # a window's seventh unit, of jump 4, padding 5 and size 11
    assert box.tolist() == [0, 0, last, last]


@pytest.mark.parametrize("key", ["vgg11", "googlenet", "resnet20", "densenet"])
def test_boxes_are_where_gradients_are(key: str) -> None:
    row = CATALOG[key]
    model = row.build().double().eval()
    for parameter in model.parameters():
        nn.init.constant_(parameter, 0.1)
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.MaxPool2d):  # it hands the gradient to one pixel only
            parent, _, last = name.rpartition(".")
            pool = nn.AvgPool2d(module.kernel_size, module.stride, module.padding, module.ceil_mode)
            setattr(model.get_submodule(parent), last, pool)
    side = row.input_size
    found = receptive_fields(loaded(model), (1, side, side))
    for name in (row.early, row.middle, row.late):
        x = torch.ones(1, 1, side, side, dtype=torch.float64, requires_grad=True)
        with torch.enable_grad():
            maps = outputs(model, x, [name])[name]
        height, width = maps.shape[2:]
        for unit in ((0, 0), (height // 2, width // 2), (height - 1, 0)):
            (slope,) = torch.autograd.grad(maps[0, :, *unit].sum(), x, retain_graph=True)
            rows, columns = slope[0, 0].nonzero().T
            box = [rows.min(), columns.min(), rows.max(), columns.max()]
            assert found[name].boxes[""][unit].tolist() == [int(edge) for edge in box]


def test_trunks_of_every_row_can_be_sources_at_once() -> None:
    row = CATALOG["resnet20"]
    model = row.build().eval()
    blocks = [name for name in trunk(model) if name.startswith("layer")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = receptive_fields(loaded(model), (1, 28, 28), layers=blocks, sources=["", *blocks])
    assert list(found[blocks[3]].boxes) == ["", *blocks[:3]]
    assert found["layer1.1"].boxes["layer1.0"][10, 10].tolist() == [8, 8, 12, 12]


def test_fields_of_a_row_are_those_of_its_network() -> None:
    row = CATALOG["swin"]
    size = (1, row.input_size, row.input_size)
    assert row.nhwc
    expected = receptive_fields(LoadedNetwork(row.build(), row), size)
    fields = architecture_fields(row)
    assert list(fields) == list(expected)
    for name, field in fields.items():
        assert list(field.boxes) == [""]
        np.testing.assert_array_equal(field.boxes[""], expected[name].boxes[""])
    *_, last = architecture_fields(row, sources=None).values()
    assert {"", row.early, row.middle} <= set(last.boxes)


def test_fields_of_a_published_row_have_the_size_of_its_paper() -> None:
    fields = architecture_fields(CATALOG["vgg11"], published=True)
    *_, last = (field for field in fields.values() if field.theoretical)
    assert (last.theoretical, last.jump, last.padding) == tuple(
        (number, number) for number in GOLDEN["vgg11"]
    )
