import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.attention import (
    ROLLOUT,
    AttentionMap,
    attention_maps,
    recording_attention,
    rollout,
)
from cnnviz.models.catalog import CATALOG, architecture
from cnnviz.models.catalog.attention import ROWS
from cnnviz.models.loaded_network import LoadedNetwork

EACH = pytest.mark.parametrize("key", [row.key for row in ROWS])

VIT = {f"blocks.{i}.attn": (4, 50, 50) for i in range(6)}
EXPECTED = {  # module, then heads, queries and keys
    "vit": VIT,
    "swin": {
        "layers.0.blocks.0.attn": (2, 196, 196),
        "layers.0.blocks.1.attn": (2, 196, 196),
        "layers.1.blocks.0.attn": (4, 49, 49),
        "layers.1.blocks.1.attn": (4, 49, 49),
    },
    "mixer": {},
    # the class token joins the last block only
    "convit": VIT | {f"blocks.{i}.attn": (4, 49, 49) for i in range(5)},
    "crossvit": {
        f"blocks.{i}.{name}": shape
        for i in range(2)
        for name, shape in {
            "blocks.0.0.attn": (4, 50, 50),
            "blocks.1.0.attn": (4, 17, 17),
            "blocks.1.1.attn": (4, 17, 17),
            "fusion.0.attn": (4, 1, 17),  # the small patches' class token asks the large ones
            "fusion.1.attn": (4, 1, 50),
        }.items()
    },
    "t2t_vit": {"token_attention.0": (1, 196, 196), "token_attention.1": (1, 49, 49)}
    | {f"blocks.{i}.attn": (4, 50, 50) for i in range(4)},
    "levit": {
        "stages.0.blocks.0.attn": (2, 49, 49),
        "stages.0.blocks.1.attn": (2, 49, 49),
        "stages.1.downsample.attn_downsample": (4, 16, 49),  # as many heads as 32 / 8 give
        "stages.1.blocks.0.attn": (3, 16, 16),
        "stages.1.blocks.1.attn": (3, 16, 16),
        "stages.2.downsample.attn_downsample": (6, 4, 16),
        "stages.2.blocks.0.attn": (4, 4, 4),
        "stages.2.blocks.1.attn": (4, 4, 4),
    },
}


def built(key: str) -> nn.Module:
    """An untrained network with weights large enough for attention to be far from even."""
    torch.manual_seed(5)
    model = architecture(key).build().eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "qk" in name and name.endswith("weight"):
                parameter.mul_(3)
    return model


def maps_of(model: nn.Module, x: Tensor) -> list[AttentionMap]:
    with torch.no_grad(), recording_attention(model) as maps:
        model(x)
    return maps


class OneHead(nn.Module):
    """Attention whose queries and keys are the tokens themselves."""

    def forward(self, x: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(x, x, x)


def test_the_map_of_one_head_by_hand() -> None:
    # scores are products over the root of the width: ln 3 between token 0 and itself, else 0
    first = math.sqrt(2) ** 0.5 * math.sqrt(math.log(3))
    tokens = torch.tensor([[[[first, 0.0], [0.0, 0.0]]]])  # (1, 1, 2, 2)
    (found,) = maps_of(OneHead(), tokens)
    assert found.values == pytest.approx(np.array([[[0.75, 0.25], [0.5, 0.5]]]))
    assert found.query_grid == found.key_grid == (1, 1)
    assert found.query_classes == found.key_classes == 1


@EACH
def test_every_map_has_its_name_its_shape_and_rows_that_sum_to_one(key: str) -> None:
    maps = maps_of(built(key), torch.randn(1, 1, 28, 28))
    assert {found.layer: found.values.shape for found in maps} == EXPECTED[key]
    assert len(maps) == len(EXPECTED[key])
    for found in maps:
        assert found.values.min() >= 0
        assert found.values.sum(axis=-1) == pytest.approx(1, abs=1e-5)
        assert found.query_classes + math.prod(found.query_grid) == found.values.shape[1]
        assert found.key_classes + math.prod(found.key_grid) == found.values.shape[2]


@EACH
def test_the_logits_stay_and_so_do_the_hooks(key: str) -> None:
    model, x = built(key), torch.randn(1, 1, 28, 28)
    with torch.no_grad():
        before = model(x)
        with recording_attention(model):
            during = model(x)
    assert torch.allclose(before, during, atol=1e-5)
    modules = list(model.modules())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in modules)


def test_hooks_go_also_when_the_forward_pass_fails() -> None:
    model = built("vit")
    with pytest.raises(AssertionError), recording_attention(model):
        model(torch.zeros(1, 1, 4, 4))
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_a_vits_maps_are_the_softmax_of_its_queries_and_keys() -> None:
    model, x = built("vit"), torch.randn(1, 1, 28, 28)
    inputs: list[Tensor] = []
    for block in model.blocks:
        block.attn.register_forward_pre_hook(lambda _, args: inputs.append(args[0]))
    maps = maps_of(model, x)
    for block, tokens, found in zip(model.blocks, inputs, maps, strict=True):
        queries, keys, _ = (tokens[0] @ block.attn.qkv.weight.T + block.attn.qkv.bias).chunk(3, 1)
        for head in range(4):
            q, k = (part[:, 16 * head : 16 * head + 16] for part in (queries, keys))
            scores = torch.exp(q @ k.T / 4)
            expected = scores / scores.sum(dim=1, keepdim=True)
            assert found.values[head] == pytest.approx(expected.detach().numpy(), abs=1e-5)


def test_convits_maps_are_the_gated_mixture() -> None:
    model, x = built("convit"), torch.randn(1, 1, 28, 28)
    inputs: list[Tensor] = []
    gated = model.blocks[0].attn
    gated.register_forward_pre_hook(lambda _, args: inputs.append(args[0]))
    found = maps_of(model, x)[0]
    with torch.no_grad():
        assert found.values == pytest.approx(gated.get_attention(inputs[0])[0].numpy(), abs=1e-6)


@pytest.mark.parametrize("block", [0, 1])
def test_a_swin_window_lies_where_a_token_can_be_felt(block: int) -> None:
    model, x = built("swin"), torch.randn(1, 14, 14, 32)
    swin = model.layers[0].blocks[block]
    grown = x.clone().requires_grad_(True)
    token = (5, 11)
    swin._attn(grown)[0, token[0], token[1]].sum().backward()
    felt = grown.grad[0].abs().sum(dim=-1) > 1e-9  # (14, 14)
    found = maps_of(model, torch.randn(1, 1, 28, 28))[block]
    seen = found.values[0, token[0] * 14 + token[1]].reshape(14, 14) > 1e-9
    assert (seen == felt.numpy()).all()
    assert (found.window, found.shift) == (7, 3 * block)


def test_tokens_of_one_window_see_49_tokens_and_no_others() -> None:
    found = maps_of(built("swin"), torch.randn(1, 1, 28, 28))[0]
    corner = found.values[0, 0].reshape(14, 14)
    assert (corner[:7, :7] > 0).all()
    assert corner[:7, :7].sum() == pytest.approx(1, abs=1e-5)


def test_a_batch_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"batch size must be 1 to record blocks\.0\.attn.*, got 2"
    ):
        maps_of(built("vit"), torch.randn(2, 1, 28, 28))


def test_a_network_without_attention_has_no_maps() -> None:
    row, pixels = CATALOG["lenet5"], load_digits("embedded").test_images[0]
    assert attention_maps(LoadedNetwork(row.build(), row), pixels) == ()


def test_one_digit_through_a_row_leaves_the_network_alone() -> None:
    row, pixels = CATALOG["vit"], load_digits("embedded").test_images[0]
    model = row.build().train()
    network = LoadedNetwork(model, row)
    maps = attention_maps(network, pixels)
    assert [found.layer for found in maps] == list(VIT)
    assert model.training
    assert not any(module._forward_hooks for module in model.modules())


def attended(*values: list[list[float]]) -> list[AttentionMap]:
    return [
        AttentionMap(f"blocks.{i}", np.array([value], np.float32), (1, 1), (1, 1), 1, 1)
        for i, value in enumerate(values)
    ]


def test_rollout_of_two_layers_by_hand() -> None:
    # (A + I) / 2 of the layers: [[.5, .5], [0, 1]] and [[1, 0], [.25, .75]]
    maps = attended([[0.0, 1.0], [0.0, 1.0]], [[1.0, 0.0], [0.5, 0.5]])
    found = rollout(maps)
    assert found.values == pytest.approx(np.array([[[0.5, 0.5], [0.125, 0.875]]]))
    assert found.layer == ROLLOUT
    assert found.heads == 1


def test_rollout_of_tokens_that_look_at_themselves_is_no_flow_at_all() -> None:
    maps = attended([[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]])
    assert rollout(maps).values[0] == pytest.approx(np.eye(2))


def test_rollout_of_a_vit_sums_to_one() -> None:
    maps = maps_of(built("vit"), torch.randn(1, 1, 28, 28))
    assert rollout(maps).values.sum(axis=-1) == pytest.approx(1, abs=1e-5)


def test_a_class_token_that_joins_late_has_only_itself_before() -> None:
    # one token and a class: (A + I) / 2 is the identity, then [[.75, .25], [.5, .5]]
    alone = AttentionMap("blocks.0", np.ones((1, 1, 1), np.float32), (1, 1), (1, 1))
    [joined] = attended([[0.5, 0.5], [1.0, 0.0]])
    found = rollout([alone, joined])
    assert found.values[0] == pytest.approx(np.array([[0.75, 0.25], [0.5, 0.5]]))
    assert found.key_classes == 1


def test_rollout_leaves_out_what_comes_before_the_last_stack() -> None:
    before = AttentionMap("tokens.0", np.ones((1, 1, 1), np.float32), (1, 1), (1, 1))
    stack = attended([[0.0, 1.0], [0.0, 1.0]], [[1.0, 0.0], [0.5, 0.5]])
    assert rollout([before, *stack]).values == pytest.approx(rollout(stack).values)


@pytest.mark.parametrize("key", ["convit", "t2t_vit"])
def test_rollout_of_all_patches_and_the_class_sums_to_one(key: str) -> None:
    found = rollout(maps_of(built(key), torch.randn(1, 1, 28, 28)))
    assert found.values.shape == (1, 50, 50)
    assert (found.key_grid, found.key_classes) == ((7, 7), 1)
    assert found.values.sum(axis=-1) == pytest.approx(1, abs=1e-5)
    assert (found.values[0, 0, 1:] > 0).all()  # every patch reaches the class


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("swin", r"they have \d+, \d+ and \d+ tokens|they have \d+ and \d+ tokens"),
        ("mixer", "the network has no attention"),
        ("crossvit", "they have 16 and 49 tokens, and no token passes through all"),
        ("levit", "they have 4, 16 and 49 tokens"),
    ],
)
def test_rollout_is_refused_with_a_reason_where_it_means_nothing(key: str, reason: str) -> None:
    maps = maps_of(built(key), torch.randn(1, 1, 28, 28))
    with pytest.raises(ValueError, match=reason):
        rollout(maps)
