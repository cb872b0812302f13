import pytest

from cnnviz.comparison.summary import (
    architecture_costs,
    training_record,
)
from cnnviz.inspection.receptive_field.fields import receptive_fields
from cnnviz.models.catalog import CATALOG
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.training.runs import networks


def test_published_counts_are_torchvisions() -> None:
    costs = architecture_costs(CATALOG["resnet18"], published=True)
    assert costs.parameters == 11_689_512  # torchvision's `num_params`
    assert costs.macs / 1e9 == pytest.approx(1.814, abs=5e-4)  # and its `_ops`
    assert (costs.layer, costs.field) == ("layer4", 435)
    assert costs.weight_bytes == 4 * costs.parameters
    assert 0.9 < costs.share <= 1
    # weight, gradient and two moments of each parameter, and something beside
    assert costs.training_bytes > 4 * 4 * costs.parameters
    # the stem puts out 64 maps of 112 by 112, which its normalization reads and writes
    assert costs.activation_bytes >= 2 * 4 * 64 * 112 * 112


def test_the_counts_at_the_scale_of_mnist_are_its_own() -> None:
    costs = architecture_costs(CATALOG["mnist_cnn"], published=False)
    assert (costs.parameters, costs.field) == (421_642, 10)  # two 3x3 and two 2x2 poolings
    assert costs.share == pytest.approx(100 / 784)


@pytest.mark.parametrize(
    ("key", "published", "field"),
    [
        ("lenet5", False, 16),  # 5, pooling 6, and 5 at every second pixel: 14, pooling 16
        ("alexnet", True, 195),  # Araujo et al. 2019, table 1, as the next two
        ("vgg16", True, 212),
        ("mobilenet_v1", True, 315),
        # stem 11, then 4 x 6, 2 x 4 + 48, 16 + 160 and 32 + 128: each stage strides in its first
        ("resnet50", True, 427),
        ("mobilenet_v2", True, 491),  # 3, then 4, 12, 40, 112, 96, 160 and 64
        ("mobilenet_v2", False, 247),  # all but the stem's 3 halved: its stride is 1
    ],
)
def test_the_field_is_that_of_the_last_map(key: str, published: bool, field: int) -> None:
    assert architecture_costs(CATALOG[key], published=published).field == field


@pytest.mark.parametrize("key", CATALOG)
def test_the_last_map_has_more_than_one_place(key: str) -> None:
    row = CATALOG[key]
    last = architecture_costs(row, published=False).layer
    fields = receptive_fields(LoadedNetwork(row.build(), row), (1, row.input_size, row.input_size))
    assert min(fields[last].grid) > 1
    after = list(fields)[list(fields).index(last) + 1 :]
    behind = [n for n in after if min(fields[n].grid) > 1 and not n.startswith("decoder.")]
    assert not behind


def test_attention_has_no_field_in_pixels_and_sees_everything() -> None:
    costs = architecture_costs(CATALOG["vit"], published=False)
    assert costs.field is None
    assert costs.share == 1


def test_a_shipped_network_brings_its_card() -> None:
    network = networks.find_network("shipped-lenet5")
    recorded = training_record(network)
    assert recorded.accuracy == network.accuracy
    assert recorded.seconds == networks.card(network)["seconds"]
    assert recorded.hardware
    assert recorded.epochs == networks.card(network)["settings"]["epochs"]
