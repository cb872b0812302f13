"""Receptive fields through attention masks: by experiment, by gradients, and as published."""

import math
import warnings

import numpy as np
import pytest
import timm
import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn

from cnnviz.inspection.receptive_field.constant_values import with_buffer_values
from cnnviz.inspection.receptive_field.fields import (
    architecture_fields,
    border_layer,
    receptive_fields,
)
from cnnviz.models.catalog import CATALOG
from cnnviz.models.loaded_network import LoadedNetwork
from tests.inspection.receptive_field.perturbation import perturbed

SWIN = CATALOG["swin"]
SIZE = (1, SWIN.input_size, SWIN.input_size)


def test_every_box_of_the_swin_transformer_is_what_changing_the_input_changes() -> None:
    fields = receptive_fields(LoadedNetwork(SWIN.build(), SWIN), SIZE)
    grids = [name for name in fields if not name.endswith(("softmax", "attn_drop"))]
    expected = perturbed(SWIN.build, SIZE, grids, nhwc=True)
    assert len(grids) > 50
    for name in grids:
        np.testing.assert_array_equal(fields[name].boxes[""], expected[name], err_msg=name)
    assert fields["layers.0.blocks.1"].boxes[""][0, 0].tolist() == [0, 0, 13, 13]


def test_boxes_on_earlier_layers_are_what_changing_them_changes() -> None:
    source = "layers.0.blocks.0"
    fields = receptive_fields(LoadedNetwork(SWIN.build(), SWIN), SIZE, sources=[source])
    later = [
        name
        for name in list(fields)[list(fields).index(source) + 1 :]
        if not name.endswith(("softmax", "attn_drop"))
    ]
    expected = perturbed(SWIN.build, SIZE, later, nhwc=True, source=source)
    for name in later:
        np.testing.assert_array_equal(fields[name].boxes[source], expected[name], err_msg=name)


def test_a_network_without_values_has_the_same_masks() -> None:
    real = receptive_fields(LoadedNetwork(SWIN.build(), SWIN), SIZE)
    for name, field in architecture_fields(SWIN).items():
        np.testing.assert_array_equal(field.boxes[""], real[name].boxes[""], err_msg=name)


@pytest.mark.parametrize("meta", [False, True])
def test_the_corner_of_swin_t_sees_its_own_window_where_gradients_are(meta: bool) -> None:
    with torch.device("meta" if meta else "cpu"):
        model = torchvision.models.swin_t().eval()
    field = receptive_fields(model, (3, 224, 224), layers=["features.1.1"])["features.1.1"]
    assert field.boxes[""][0, 0].tolist() == [0, 0, 27, 27]
    if meta:
        return
    x = torch.randn(1, 3, 224, 224, requires_grad=True)
    maps = model.features[:2](x)  # (1, 56, 56, C)
    for unit in ((0, 0), (5, 30)):
        (slope,) = torch.autograd.grad(maps[0, *unit].sum(), x, retain_graph=True)
        where = (slope[0].abs().amax(dim=0) > 1e-20).nonzero()
        box = [*where.amin(dim=0).tolist(), *where.amax(dim=0).tolist()]
        assert field.boxes[""][unit].tolist() == box


def test_the_first_layer_that_sees_everything_computes_something() -> None:
    with torch.device("meta"):
        model = with_buffer_values(lambda: timm.create_model("swin_tiny_patch4_window7_224"))
    fields = receptive_fields(model, (3, 224, 224))
    layer = border_layer(fields)
    assert layer == "layers.2.blocks.1.norm2"
    assert fields["layers.2.blocks.1.drop_path1"].sees_everything  # earlier, and only passes on


class Attention(nn.Module):
    """One head over the 4x4 pixels of a map, with a mask that is given as another kind of value."""

    def __init__(self, kind: str, hidden: Tensor) -> None:
        super().__init__()
        self.kind = kind
        self.mix = nn.Linear(2, 2)
        self.bias = nn.Parameter(torch.zeros(16, 16))
        self.register_buffer("hidden", hidden)  # (16, 16), bool

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.mix(x.flatten(2).transpose(1, 2))  # (1, 16, 2)
        low = torch.zeros(16, 16).masked_fill(self.hidden, -math.inf)
        if self.kind == "boolean":
            mixed = F.scaled_dot_product_attention(tokens, tokens, tokens, attn_mask=~self.hidden)
        elif self.kind == "added":
            mixed = F.scaled_dot_product_attention(tokens, tokens, tokens, attn_mask=low)
        elif self.kind == "with a bias":
            mask = self.bias + torch.where(self.hidden, -1e9, 0.0)
            mixed = F.scaled_dot_product_attention(tokens, tokens, tokens, attn_mask=mask)
        elif self.kind == "filled":
            scores = tokens @ tokens.transpose(1, 2)
            mixed = scores.masked_fill(self.hidden, -1e4).softmax(dim=-1) @ tokens
        else:
            scores = (tokens @ tokens.transpose(1, 2) + self.bias)[:, None] + low
            mixed = (scores.softmax(dim=-1)[:, 0] * 0.5).contiguous() @ tokens
        return mixed.transpose(1, 2).reshape(1, 2, 4, 4)


@pytest.mark.parametrize("kind", ["boolean", "added", "with a bias", "filled", "by hand"])
def test_a_token_sees_those_that_the_mask_shows_it(kind: str) -> None:
    number = torch.arange(16)
    hidden = number[:, None] // 4 != number // 4  # each pixel sees its own row
    model = Attention(kind, hidden)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fields = receptive_fields(model, (2, 4, 4), layers=["mix"], sources=["mix"])
        boxes = receptive_fields(nn.Sequential(model), (2, 4, 4), layers=["0"])["0"].boxes[""]
    assert "mix" in fields
    for row in range(4):
        for column in range(4):
            assert boxes[row, column].tolist() == [row, 0, row, 3]


def test_a_causal_token_sees_those_before_it() -> None:
    class Causal(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            tokens = x.flatten(2).transpose(1, 2)  # (1, 16, 2)
            mixed = F.scaled_dot_product_attention(tokens, tokens, tokens, is_causal=True)
            return mixed.transpose(1, 2).reshape(1, 2, 4, 4)

    boxes = receptive_fields(nn.Sequential(Causal()), (2, 4, 4), layers=["0"])["0"].boxes[""]
    assert boxes[0, 2].tolist() == [0, 0, 0, 2]
    assert boxes[2, 1].tolist() == [0, 0, 2, 3]


def test_where_a_mask_hides_all_alike_it_hides_nothing() -> None:
    model = Attention("filled", torch.ones(16, 16, dtype=torch.bool))
    boxes = receptive_fields(nn.Sequential(model), (2, 4, 4), layers=["0"])["0"].boxes[""]
    assert boxes[0, 0].tolist() == [0, 0, 3, 3]


def test_a_mask_that_depends_on_the_input_hides_nothing() -> None:
    class Data(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            tokens = x.flatten(2).transpose(1, 2)
            scores = tokens @ tokens.transpose(1, 2)
            hidden = scores.masked_fill(scores < 0, -math.inf)
            return (hidden.softmax(dim=-1) @ tokens).transpose(1, 2).reshape(1, 2, 4, 4)

    boxes = receptive_fields(nn.Sequential(Data()), (2, 4, 4), layers=["0"])["0"].boxes[""]
    assert boxes[0, 0].tolist() == [0, 0, 3, 3]


def test_a_constant_that_is_written_over_by_the_input_hides_nothing() -> None:
    class Written(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            tokens = x.flatten(2).transpose(1, 2)
            mask = torch.full((16, 16), -100.0, device=x.device)
            mask.copy_(tokens[0, :, :1].expand(16, 16))
            scores = tokens @ tokens.transpose(1, 2) + mask
            return (scores.softmax(dim=-1) @ tokens).transpose(1, 2).reshape(1, 2, 4, 4)

    boxes = receptive_fields(nn.Sequential(Written()), (2, 4, 4), layers=["0"])["0"].boxes[""]
    assert boxes[0, 0].tolist() == [0, 0, 3, 3]
