import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.inspection.receptive_field.fields import receptive_fields
from cnnviz.models.catalog import CATALOG
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.ui.components.component import unpack
from cnnviz.ui.field import VIEWS
from cnnviz.ui.field.sentences import (
    field_table,
    layer_sentences,
    recurrence_table,
)
from cnnviz.ui.shell.units import format_pair
from tests.pages.reading import App
from tests.pages.session import choose_elsewhere


def fields(key: str, *, published: bool = False) -> dict:  # type: ignore[type-arg]
    row = CATALOG[key]
    if published:
        assert row.published
        return receptive_fields(LoadedNetwork(row.published.build(), row), row.published.input_size)
    return receptive_fields(LoadedNetwork(row.build(), row), (1, row.input_size, row.input_size))


@pytest.fixture
def page(app: App) -> AppTest:
    return app("field")


@pytest.mark.parametrize("way", VIEWS, ids=[way.key for way in VIEWS])
@pytest.mark.parametrize("key", ["mnist_cnn", "efficientnet", "swin", "levit"])
def test_every_way_shows_every_kind_of_network(page: AppTest, way: object, key: str) -> None:
    page.session_state["field_view"] = way.title  # type: ignore[attr-defined]
    page.selectbox(key="network").set_value(f"shipped-{key}").run()
    assert not page.exception


def test_boxes_reach_the_browser_on_the_input_and_on_every_map_between(page: AppTest) -> None:
    page.session_state["field_layer"] = "relu2"
    page.run()
    header, arrays = unpack(page.get("bidi_component")[0].proto.bytes)
    layers = [stage["layer"] for stage in header["stages"]]
    assert layers == ["", "conv1", "relu1", "pool1", "conv2", "relu2"]
    boxes = arrays["field5-0"]  # two 3x3 convolutions with a 2x2 pooling between them, by hand
    assert boxes[7, 7].tolist() == [11, 11, 18, 18]
    assert boxes[0, 0].tolist() == [0, 0, 4, 4]  # 8 pixels less what lies beyond the border
    assert arrays["field5-3"][7, 7].tolist() == [6, 6, 8, 8]
    assert header["stages"][5]["whole"] == [[8, 2, 3], [8, 2, 3]]


def test_a_published_network_has_boxes_and_no_values(page: AppTest) -> None:
    page.session_state["field_published"] = True
    page.selectbox(key="network").set_value("shipped-alexnet").run()
    assert not page.exception
    header, arrays = unpack(page.get("bidi_component")[0].proto.bytes)
    assert header["stages"][0]["title"] == "Flower"
    assert arrays["stage0"].shape == (224, 224, 3)
    assert all(stage["blank"] for stage in header["stages"][1:])
    (link,) = [link.proto for link in page.get("page_link") if link.proto.page == "photographs"]
    assert link.label == "See how AlexNet responds to a photograph"


def test_the_recurrence_is_right_arithmetic() -> None:
    path = fields("resnet50", published=True)["layer4.2.conv3"].path
    table = recurrence_table(path)
    for column in ("r", "Jump"):
        for text in table[column]:
            left, right = text.split(" = ")
            assert eval(left.replace("−", "-").replace("·", "*")) == int(right)
    assert table["r"].iloc[-1].endswith("= 427")  # the published value for torchvision's


def test_sentences_name_the_border_and_the_gates() -> None:
    found = fields("mnist_cnn")
    assert layer_sentences(found["pool2"], (28, 28), None) == [
        "The central unit sees 10 × 10 pixels (13% of the input)."
    ]
    assert layer_sentences(found["fc1"], (28, 28), "fc1") == [
        "The central unit sees the whole 28 (100% of the input).",
        "There is no size for all units: it grows with the input, or depends on the position.",
        "It is the first layer whose central unit sees the whole input.",
    ]
    gated = layer_sentences(fields("efficientnet")["blocks.0.0"], (28, 28), None)
    assert any(re.search(r"1 squeeze-excitation gate ", sentence) for sentence in gated)


def test_the_table_counts_each_layer_once() -> None:
    found = fields("vgg11")
    table = field_table(found)
    assert list(table["Layer"]) == list(found)
    row = table.set_index("Layer").loc["conv1_1"]
    assert (row["r"], row["Jump"], row["Sees"]) == ("3", "1", "3 × 3")
    assert (*found["conv1_1"].center_size, found["conv1_1"].share) == (3, 3, 9 / 1024)
    assert format_pair((3, 5)) == "3 × 5"


def test_one_channel_listens_to_less_than_all_together(page: AppTest) -> None:
    page.session_state["field_view"] = "Effective"
    choose_elsewhere(page, layer="conv2", channel="5")
    page.run()
    assert not page.exception
    assert page.selectbox(key="effective_channel").value == 5
    _, one = unpack(page.get("bidi_component")[0].proto.bytes)
    assert any("channel 5" in caption.value for caption in page.caption)
    page.selectbox(key="effective_channel").set_value(None).run()
    _, every = unpack(page.get("bidi_component")[0].proto.bytes)
    assert any("all channels together" in caption.value for caption in page.caption)
    assert not np.allclose(one["stage0"], every["stage0"])
