import csv
import io

import pytest
import torch
import torchvision
from torch import nn

from cnnviz.models.catalog import CATALOG, Architecture
from cnnviz.models.structure.counts import count, layers_to_csv, size_text
from cnnviz.models.structure.trace import trace_architecture, trace_network

TORCHVISION = (
    *("alexnet", "vgg16", "googlenet", "resnet18", "resnet50", "resnet152", "densenet121"),
    *("mobilenet_v2", "mobilenet_v3_large", "efficientnet_b0", "vit_b_16", "swin_t"),
)

SCALES = {f"{key}-mnist": (row, False) for key, row in CATALOG.items()}
SCALES |= {f"{key}-published": (row, True) for key, row in CATALOG.items() if row.published}


def published(name: str) -> nn.Module:
    """One of torchvision's networks, without auxiliary heads, on the meta device."""
    options = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    with torch.device("meta"):
        model: nn.Module = torchvision.models.get_model(name, **options)
    return model


@pytest.mark.parametrize("name", TORCHVISION)
def test_totals_are_torchvisions_own(name: str) -> None:
    meta = torchvision.models.get_model_weights(name).IMAGENET1K_V1.meta
    found = count(trace_network(published(name), (3, 224, 224)))
    assert found.parameters == meta["num_params"]
    assert found.idle == 0
    assert found.macs / 1e9 == pytest.approx(meta["_ops"], abs=5e-4)


@pytest.mark.parametrize(
    ("key", "macs"),
    [
        # kernel x channels in x channels out x places, layer by layer
        (
            "mnist_cnn",
            {
                "conv1": 9 * 1 * 32 * 28 * 28,
                "conv2": 9 * 32 * 64 * 14 * 14,
                "fc1": 3136 * 128,
                "fc2": 128 * 10,
            },
        ),
        (
            "lenet5",
            {
                "c1": 25 * 1 * 6 * 28 * 28,
                "c3": 25 * 6 * 16 * 10 * 10,
                "c5": 25 * 16 * 120,
                "f6": 120 * 84,
                "output": 84 * 10,
            },
        ),
    ],
)
def test_products_counted_by_hand(key: str, macs: dict[str, int]) -> None:
    found = count(trace_architecture(CATALOG[key], published=False))
    assert {layer.name: layer.macs for layer in found.layers if layer.macs} == macs
    assert found.macs == sum(macs.values())
    assert sum(layer.share for layer in found.layers) == pytest.approx(1)


def test_depth_counts_what_multiplies_up_to_a_layer_and_in_all() -> None:
    lenet = count(
        trace_architecture(CATALOG["lenet5"], published=False)
    )  # c1 s2 c3 s4 c5 f6 output
    assert [lenet.depth(layer) for layer in ("tanh1", "tanh3", "tanh5")] == [(1, 5), (2, 5), (3, 5)]
    resnet = count(trace_architecture(CATALOG["resnet20"], published=False))
    done, every = resnet.depth("layer2")  # a block counts once it is done
    assert done < every
    assert resnet.depth("layer1")[0] < done
    with pytest.raises(ValueError, match=r"layer must be one of .*, got 'layer'"):
        resnet.depth("layer")


def test_lenet_takes_416_520_products() -> None:
    assert count(trace_architecture(CATALOG["lenet5"], published=False)).macs == 416_520


@pytest.mark.parametrize(("row", "large"), SCALES.values(), ids=SCALES)
def test_every_parameter_of_a_row_is_in_one_layer(row: Architecture, large: bool) -> None:
    model = row.published.build() if large and row.published else row.build()
    found = count(trace_architecture(row, published=large))
    assert found.parameters == sum(p.numel() for p in model.parameters())
    assert sum(layer.parameters for layer in found.layers) + found.idle == found.parameters
    assert found.macs > 0


def test_a_row_without_a_larger_network_refuses_to_show_one() -> None:
    with pytest.raises(ValueError, match="network must have a published version, got MnistCNN"):
        trace_architecture(CATALOG["mnist_cnn"], published=True)


def test_a_layer_that_runs_twice_counts_parameters_once_and_products_twice() -> None:
    again = nn.Linear(4, 4, device="meta")
    found = count(trace_network(nn.Sequential(again, nn.ReLU(), again), (4,)))
    assert [(layer.name, layer.parameters, layer.macs) for layer in found.layers] == [
        ("0", 20, 16),
        ("1", 0, 0),
        ("0", 0, 16),
    ]
    assert (found.parameters, found.macs) == (20, 32)


def test_grouped_and_dilated_convolutions_by_hand() -> None:
    conv = nn.Conv2d(6, 12, 3, stride=2, padding=2, dilation=2, groups=3, device="meta")
    (layer,) = count(trace_network(conv_in(conv), (6, 9, 9))).layers
    assert layer.output == (12, 5, 5)  # floor((9 + 2 * 2 - 2 * (3 - 1) - 1) / 2) + 1
    assert layer.macs == 9 * (6 // 3) * 12 * 5 * 5
    assert (layer.kernel, layer.stride, layer.padding) == ("3 × 3", "2 × 2", "2 × 2")
    assert layer.activation_bytes == 4 * 12 * 5 * 5


def conv_in(conv: nn.Conv2d) -> nn.Sequential:
    return nn.Sequential(conv)


def test_attention_by_hand() -> None:
    tokens, width = 50, 64
    with torch.device("meta"):
        attention = nn.TransformerEncoderLayer(width, 4, 128, batch_first=True)
    found = count(trace_network(nn.Sequential(attention), (tokens, width)))
    whole = {layer.name: layer for layer in found.layers}["0.self_attn"]
    projections = 4 * tokens * width * width  # queries, keys, values and the way out
    products = 2 * tokens * tokens * width  # all heads together
    assert whole.macs == projections + products
    assert whole.parameters == 4 * (width * width + width)


def test_parameters_that_no_layer_uses_are_idle() -> None:
    class Spare(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used = nn.Linear(3, 2, device="meta")
            self.spare = nn.Linear(3, 5, device="meta")

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.used(x)  # type: ignore[no-any-return]

    found = count(trace_network(Spare(), (3,)))
    assert (found.parameters, found.idle) == (8 + 20, 20)


def test_the_csv_is_the_table_and_its_totals() -> None:
    found = count(trace_architecture(CATALOG["lenet5"], published=False))
    rows = list(csv.DictReader(io.StringIO(layers_to_csv(found))))
    assert len(rows) == len(found.layers) + 1
    assert rows[0] == {
        "layer": "c1",
        "kind": "Conv2d",
        "kernel": "5 × 5",
        "stride": "1 × 1",
        "padding": "0 × 0",
        "input": "1 × 32 × 32",
        "output": "6 × 28 × 28",
        "parameters": "156",
        "macs": "117600",
        "activation_bytes": str(4 * 6 * 28 * 28),
        "share_of_macs": f"{117_600 / 416_520:.6f}",
    }
    assert (rows[-1]["layer"], rows[-1]["parameters"], rows[-1]["macs"]) == (
        "total",
        "61706",
        "416520",
    )
    assert sum(int(row["activation_bytes"]) for row in rows[:-1]) == found.activation_bytes


def test_a_shape_reads_as_a_product() -> None:
    assert size_text((64, 56, 56)) == "64 × 56 × 56"
