"""Pretrained networks: rows, names of weights and checksums, against torchvision."""

import pytest
import torchvision

from cnnviz.models import pretrained
from cnnviz.models.catalog import CATALOG
from cnnviz.models.pretrained import PRETRAINED, Pretrained

ROWS = pytest.mark.parametrize("row", PRETRAINED.values(), ids=PRETRAINED)

FETCHED = [row for row in PRETRAINED.values() if row.weights.url]


@ROWS
def test_the_three_layers_are_there_and_put_out_maps(row: Pretrained) -> None:
    modules = dict(row.build().named_modules())
    assert {row.early, row.middle, row.late} <= set(modules)


@pytest.mark.parametrize("row", FETCHED, ids=lambda row: row.key)
def test_addresses_sizes_and_inputs_are_torchvisions(row: Pretrained) -> None:
    weights = torchvision.models.get_model_weights(row.key).IMAGENET1K_V1
    preset = weights.transforms()
    assert row.weights.url == weights.url
    assert row.weights.megabytes == pytest.approx(weights.meta["_file_size"], abs=0.06)
    assert row.weights.url.endswith(f"-{row.weights.sha256[:8]}.pth")
    # nobody publishes more of VGG-11's
    assert len(row.weights.sha256) == (8 if row.key == "vgg11" else 64)
    assert (row.crop.shorter, row.crop.side) == (preset.resize_size[0], preset.crop_size[0])
    assert row.crop.interpolation == preset.interpolation.value
    assert (list(row.mean), list(row.std)) == (list(preset.mean), list(preset.std))
    assert weights.meta["categories"] == list(pretrained.categories())
    built = sum(parameter.numel() for parameter in row.build().parameters())
    assert built == weights.meta["num_params"]


@pytest.mark.parametrize("row", FETCHED, ids=lambda row: row.key)
def test_the_weights_belong_to_the_catalogs_row(row: Pretrained) -> None:
    published = CATALOG[row.architecture].published
    assert published is not None
    assert published.name == row.title
    weights = torchvision.models.get_model_weights(row.key).IMAGENET1K_V1
    assert published.top1 == pytest.approx(weights.meta["_metrics"]["ImageNet-1K"]["acc@1"] / 100)


def test_an_unknown_network_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        ValueError, match=r"network must be one of efficientnet_lite0, .*, got 'lenet'"
    ):
        pretrained.pretrained("lenet")
