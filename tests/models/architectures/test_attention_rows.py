import math

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from cnnviz.models.architectures.t2t_vit import sinusoidal_positions, soft_split, t2t_vit_14
from cnnviz.models.catalog import Architecture, architecture
from cnnviz.models.catalog.attention import ROWS
from cnnviz.models.feature_maps import as_maps
from cnnviz.models.hooks import recording
from cnnviz.models.inference import evaluating

EACH = pytest.mark.parametrize("row", ROWS, ids=[row.key for row in ROWS])


def linear(inputs: int, outputs: int, *, bias: bool = True) -> int:
    return inputs * outputs + bias * outputs


def block(width: int, hidden: int, *, bias: bool = True) -> int:
    """Two layer norms, queries, keys and values, projection, and two layers of a perceptron."""
    attention = linear(width, 3 * width, bias=bias) + linear(width, width)
    return 4 * width + attention + linear(width, hidden) + linear(hidden, width)


def crossing(width: int) -> int:
    """A cross-attention block: layer norm, queries, keys, values and projection."""
    return 2 * width + 4 * linear(width, width)


def token_transformer(channels: int, width: int) -> int:
    norms = 2 * channels + 2 * width
    return norms + linear(channels, 3 * width, bias=False) + 3 * linear(width, width)


HEAD = 2 * 64 + linear(64, 10)  # layer norm and classifier
PARAMETERS = {
    # patches, class token, positions, blocks
    "vit": linear(16, 64) + 64 + 50 * 64 + 6 * block(64, 128) + HEAD,
    # patches and their norm, two stages with a table of 13x13 biases per head, merging
    "swin": (linear(4, 32) + 64)
    + 2 * (block(32, 64) + 169 * 2)
    + (2 * 128 + linear(128, 64, bias=False))
    + 2 * (block(64, 128) + 169 * 4)
    + HEAD,
    # patches, per block two norms and a perceptron over 49 tokens and one over 64 channels
    "mixer": linear(16, 64)
    + 6 * (4 * 64 + linear(49, 32) + linear(32, 49) + linear(64, 256) + linear(256, 64))
    + HEAD,
    # as ViT without biases for queries, keys and values; no position for the class token; five
    # blocks with a gate and a position's score per head
    "convit": linear(16, 64)
    + 64
    + 49 * 64
    + 6 * block(64, 128, bias=False)
    + 5 * (4 + linear(3, 4))
    + HEAD,
    # two branches, and per group: their blocks, class tokens there (norm, linear) and back, fusion
    "crossvit": linear(16, 32)
    + linear(49, 64)
    + 51 * 32
    + 18 * 64
    + 2
    * (
        block(32, 64)
        + 2 * block(64, 128)
        + 2 * (2 * 32 + linear(32, 64) + 2 * 64 + linear(64, 32))
        + crossing(32)
        + crossing(64)
    )
    + (2 * 32 + linear(32, 10))
    + (2 * 64 + linear(64, 10)),
    # two token transformers on unfolded 3x3 patches, projection, class token, blocks without
    # biases for queries, keys and values; positions are fixed
    "t2t_vit": token_transformer(9, 16)
    + token_transformer(144, 16)
    + linear(144, 64)
    + 64
    + 4 * block(64, 128, bias=False)
    + HEAD,
}
SHAPES = {  # early, middle, late as maps
    "vit": [(64, 7, 7)] * 3,
    "swin": [(32, 14, 14), (32, 14, 14), (64, 7, 7)],
    "mixer": [(64, 7, 7)] * 3,
    "convit": [(64, 7, 7)] * 3,
    "crossvit": [(32, 7, 7), (64, 4, 4), (32, 7, 7)],
    "t2t_vit": [(16, 14, 14), (16, 7, 7), (64, 7, 7)],
    "levit": [(32, 7, 7), (32, 7, 7), (48, 4, 4)],
}
PUBLISHED = {  # parameters and GMACs: torchvision's metadata for the first two, timm 1.0's models
    "vit": (86_567_656, 17.564),
    "swin": (28_288_354, 4.491),
    "mixer": (59_880_472, 12.602),
    "convit": (27_777_322, 5.747),
    "crossvit": (27_528_464, 5.791),
    "t2t_vit": (21_465_422, 6.089),
    "levit": (18_893_876, 1.127),
}


def count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("key", PARAMETERS)
def test_a_network_has_as_many_parameters_as_its_layers_add_up_to(key: str) -> None:
    assert count(architecture(key).build()) == PARAMETERS[key]


@EACH
def test_early_middle_and_late_have_the_shapes_of_their_grids(row: Architecture) -> None:
    model = row.build()
    names = [row.early, row.middle, row.late]
    with evaluating(model), recording(model, names) as outputs:
        model(torch.randn(2, 1, 28, 28))
    found = [as_maps(outputs[name], nhwc=row.nhwc) for name in names]
    assert [tuple(maps.shape[1:]) for maps in found] == SHAPES[row.key]


@EACH
def test_every_layer_to_look_into_is_felt_by_the_answer(row: Architecture) -> None:
    torch.manual_seed(0)
    model = row.build().eval()
    last = [module for module in model.modules() if isinstance(module, nn.Linear)]
    for module in last:  # a head that starts at zero passes no gradient on
        if not module.weight.any():
            nn.init.normal_(module.weight)
    kept: list[torch.Tensor] = []

    def keep(_module: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        output.retain_grad()
        kept.append(output)

    for name in (row.early, row.middle, row.late):
        model.get_submodule(name).register_forward_hook(keep)
    model(torch.randn(1, 1, 28, 28))[0, 3].backward()
    assert len(kept) == 3
    for output in kept:
        assert output.grad is not None
        assert as_maps(output.grad, nhwc=row.nhwc).abs().amax(dim=1).min() > 0


@EACH
def test_the_published_network_has_the_published_size(row: Architecture) -> None:
    assert row.published is not None
    model = row.published.build()
    counter = FlopCounterMode(display=False)
    with counter:
        logits = model(torch.zeros(1, *row.published.input_size, device="meta"))
    assert logits.shape == (1, 1000)
    macs = counter.get_total_flops() / 2e9
    assert (count(model), round(macs, 3)) == PUBLISHED[row.key]


@EACH
def test_the_published_network_has_the_layers_the_row_names(row: Architecture) -> None:
    assert row.published is not None
    model = row.published.build()
    names = [row.published.early, row.published.middle, row.published.late]
    with recording(model, names) as outputs:
        model(torch.zeros(1, *row.published.input_size, device="meta"))
    assert list(outputs) == names
    for output in outputs.values():
        rows, columns = as_maps(output, nhwc=row.nhwc).shape[2:]
        assert rows == columns >= 4


@EACH
def test_a_row_says_all_that_the_pages_show(row: Architecture) -> None:
    assert row.idea.count(".") >= 2
    assert row.pros
    assert row.cons
    assert row.lecture.endswith(".")
    assert row.published is not None
    assert row.published.top1 is not None
    assert 0.7 < row.published.top1 < 0.9
    assert row.published.source


def test_t2t_vit_14_has_the_papers_size() -> None:
    with torch.device("meta"):
        millions = count(t2t_vit_14()) / 1e6
    assert round(millions, 1) == 21.5  # table 2


def test_a_soft_split_unfolds_overlapping_patches() -> None:
    image = torch.arange(16.0).reshape(1, 1, 4, 4)
    tokens = soft_split(image, (3, 2, 1))
    assert tokens.shape == (1, 4, 9)
    # the last patch, with the border of zeros cut off by the stride, is rows and columns 1 to 3
    assert tokens[0, 3].tolist() == [5, 6, 7, 9, 10, 11, 13, 14, 15]


def test_positions_are_sine_and_cosine_in_turn() -> None:
    found = sinusoidal_positions(3, 4)
    assert found[0].tolist() == [0, 1, 0, 1]
    expected = [math.sin(2), math.cos(2), math.sin(0.02), math.cos(0.02)]
    assert found[2].tolist() == pytest.approx(expected)


def test_convit_starts_as_a_convolution() -> None:
    attention = architecture("convit").build().blocks[0].attn
    assert torch.equal(attention.v.weight, torch.eye(64))
    # each head's peak, from the quadratic in (dx, dy): half the linear weights
    peaks = (attention.pos_proj.weight[:, :2] / 2).tolist()
    assert sorted(peaks) == [[-0.5, -0.5], [-0.5, 0.5], [0.5, -0.5], [0.5, 0.5]]
