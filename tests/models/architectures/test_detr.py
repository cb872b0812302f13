import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models import resnet50

from cnnviz.models.architectures.detr import (
    Attention,
    DecoderLayer,
    EncoderLayer,
    detr,
    sine_positions,
)
from cnnviz.models.catalog import architecture
from cnnviz.models.hooks import recording
from cnnviz.training.engine.detection import Targets, set_loss

ROW = architecture("detr")


def linear(before: int, after: int) -> int:
    return before * after + after


def test_the_parameters_add_up_by_hand() -> None:
    attention, norm = 4 * linear(64, 64), 2 * 64
    forward = linear(64, 128) + linear(128, 64)
    stages = sum(9 * a * b + 9 * b * b + 4 * b for a, b in ((1, 16), (16, 32), (32, 64)))
    encoder, decoder = attention + forward + 2 * norm, 2 * attention + forward + 3 * norm
    heads = linear(64, 11) + 2 * linear(64, 64) + linear(64, 4)
    total = stages + linear(64, 64) + 2 * (encoder + decoder) + 8 * 64 + norm + heads
    assert total == 253_535
    assert sum(p.numel() for p in ROW.build().parameters()) == total


def test_the_published_network_has_the_papers_41_million_parameters() -> None:
    assert ROW.published is not None
    model = ROW.published.build()
    with torch.device("meta"):
        resnet = resnet50(weights=None)
    norms = (m for m in resnet.modules() if isinstance(m, nn.BatchNorm2d))
    frozen = sum(p.numel() for m in norms for p in m.parameters())  # fixed numbers in DETR
    backbone = sum(p.numel() for p in resnet.parameters()) - linear(2048, 1000) - frozen
    attention, norm = 4 * linear(256, 256), 2 * 256
    forward = linear(256, 2048) + linear(2048, 256)
    layers = 6 * (3 * attention + 2 * forward + 5 * norm)
    heads = linear(256, 92) + 2 * linear(256, 256) + linear(256, 4)
    total = backbone + linear(2048, 256) + layers + 100 * 256 + norm + heads
    assert sum(p.numel() for p in model.parameters()) == total
    assert round(total / 1e6) in (41, 42)  # the paper counts 41 M
    assert total == 41_524_768


def test_the_published_network_answers_for_a_hundred_queries_in_six_layers() -> None:
    assert ROW.published is not None
    model = ROW.published.build()
    size = ROW.published.input_size
    names = ROW.published.early, ROW.published.middle, ROW.published.late
    with recording(model, names) as outputs:
        answer = model(torch.zeros(1, *size, device="meta"))
    assert answer.shape == (1, 6, 100, 91 + 1 + 4)
    assert [outputs[name].shape[1] for name in names] == [256, 512, 2048]


def test_attention_is_pytorchs_own() -> None:
    torch.manual_seed(0)
    ours, theirs = Attention(16, 4), nn.MultiheadAttention(16, 4, batch_first=True)
    theirs.in_proj_weight.data = torch.cat([ours.query.weight, ours.key.weight, ours.value.weight])
    theirs.in_proj_bias.data = torch.cat([ours.query.bias, ours.key.bias, ours.value.bias])
    theirs.out_proj.load_state_dict(ours.out.state_dict())
    query, key, value = torch.randn(2, 3, 16), torch.randn(2, 5, 16), torch.randn(2, 5, 16)
    with recording(ours, ["softmax"]) as outputs:
        found = ours(query, key, value)
    expected, weights = theirs(query, key, value, average_attn_weights=False)
    assert torch.allclose(found, expected, atol=1e-5)
    assert torch.allclose(outputs["softmax"], weights, atol=1e-6)


def test_without_places_a_layer_is_pytorchs_own() -> None:
    torch.manual_seed(0)
    options = {"dim_feedforward": 32, "dropout": 0.0, "batch_first": True}
    encoder, decoder = EncoderLayer(16, 4, 32), DecoderLayer(16, 4, 32)
    theirs = (
        nn.TransformerEncoderLayer(16, 4, **options),
        nn.TransformerDecoderLayer(16, 4, **options),
    )
    for ours, other in ((encoder, theirs[0]), (decoder, theirs[1])):
        blocks = [(ours.self_attention, other.self_attn)]
        if isinstance(ours, DecoderLayer):
            blocks.append((ours.cross_attention, other.multihead_attn))
        for block, twin in blocks:
            parts = block.query, block.key, block.value
            twin.in_proj_weight.data = torch.cat([part.weight for part in parts])
            twin.in_proj_bias.data = torch.cat([part.bias for part in parts])
            twin.out_proj.load_state_dict(block.out.state_dict())
        other.linear1.load_state_dict(ours.feed_forward.expand.state_dict())
        other.linear2.load_state_dict(ours.feed_forward.contract.state_dict())
    tokens, objects, nowhere = torch.randn(2, 9, 16), torch.randn(2, 3, 16), torch.zeros(1, 1, 16)
    assert torch.allclose(encoder(tokens, nowhere), theirs[0](tokens), atol=1e-5)
    found = decoder(objects, torch.zeros(2, 3, 16), tokens, nowhere)
    assert torch.allclose(found, theirs[1](objects, tokens), atol=1e-5)


def test_places_are_sines_and_cosines_of_row_then_column() -> None:
    places = sine_positions(4, 8, 8).reshape(4, 8, 8)
    row, column = 3 * 2 * math.pi / 4, 5 * 2 * math.pi / 8  # of row 2, column 4
    expected = [
        part
        for angle in (row, column)
        for rate in (1, 10_000**-0.5)
        for part in (math.sin(angle * rate), math.cos(angle * rate))
    ]
    assert places[2, 4].tolist() == pytest.approx(expected, abs=1e-6)
    assert len({tuple(place) for place in sine_positions(8, 8, 64).tolist()}) == 64


def test_the_last_answer_is_the_last_layers_and_boxes_are_shares() -> None:
    torch.manual_seed(0)
    model = detr().eval()
    answer = model(torch.randn(3, 1, 64, 64))
    assert answer.shape == (3, 2, 8, 15)
    assert ((answer[..., 11:] > 0) & (answer[..., 11:] < 1)).all()
    with recording(model, ["norm", "decoder.1"]) as outputs:
        model(torch.zeros(1, 1, 64, 64))
    assert torch.allclose(model.norm(outputs["decoder.1"]), outputs["norm"][[1]], atol=1e-6)


def test_it_learns_a_single_canvas_by_heart() -> None:
    torch.manual_seed(0)
    model = detr()
    x = torch.randn(1, 1, 64, 64)
    targets = Targets(torch.tensor([[4, -1]]), torch.tensor([[[0.3, 0.6, 0.2, 0.4], [0.0] * 4]]))
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    losses = []
    for _ in range(60):
        loss = set_loss(model(x), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert np.mean(losses[-5:]) < losses[0] / 5


def test_the_row_needs_no_torch() -> None:
    source = Path(__file__).parents[3] / "cnnviz" / "models" / "catalog" / "detection.py"
    assert "torch" not in source.read_text(encoding="utf-8")
    assert (ROW.task, ROW.measure) == ("detect", "F1")
