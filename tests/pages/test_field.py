import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.inspection.receptive_field.effective import EffectiveField
from cnnviz.inspection.receptive_field.fields import receptive_fields
from cnnviz.models.catalog import CATALOG
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.ui.components.component import unpack
from cnnviz.ui.field import VIEWS
from cnnviz.ui.field.boxes import thinned
from cnnviz.ui.field.sentences import (
    effective_sentence,
    field_table,
    growth_sentence,
    layer_sentences,
    recurrence_table,
    spread_sentence,
    unit_sentence,
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


def test_the_first_sentence_says_what_the_marked_unit_can_see() -> None:
    found = fields("mnist_cnn")
    # two 3×3 convolutions with a 2×2 pooling between them, by hand; 64 of 784 pixels
    assert unit_sentence(found["relu2"], (7, 7), (28, 28)) == (
        "The central unit of relu2 can see only the 8 × 8 pixels in the frame on the input, 8% of "
        "it: its theoretical receptive field."
    )
    assert unit_sentence(found["relu2"], (0, 0), (28, 28)).startswith(
        "The unit in row 0, column 0 of relu2 can see only the 5 × 5 pixels"
    )
    assert unit_sentence(found["fc1"], (0, 0), (28, 28)) == (
        "The central unit of fc1 can see the whole input: all of its pixels are the unit's "
        "receptive field."
    )


def sensitive(half: int, *, dead: bool = False) -> EffectiveField:
    values = np.full((28, 28), 0.0 if dead else 1.0, np.float32)
    return EffectiveField("", (0, 0), None, values, 0.0, half, 0, 1, "")


def test_how_much_a_unit_mostly_uses_is_compared_with_what_it_can_see() -> None:
    found = fields("mnist_cnn")
    assert effective_sentence(found["relu2"], sensitive(4), 3) == (
        "The central unit of relu2 can see 8 × 8 pixels, but half of its reaction comes from "
        "the middle 4 × 4 pixels: its effective receptive field (before training 3 × 3)."
    )
    assert effective_sentence(found["conv1"], sensitive(3), 3) == (
        "The central unit of conv1 can see 3 × 3 pixels, and its reaction is spread over all "
        "of it (before training 3 × 3)."
    )
    assert effective_sentence(found["fc1"], sensitive(1, dead=True), 9) == (
        "The central unit of fc1 can see the whole input, but on these digits no pixel changes it."
    )


def test_how_far_one_pixel_and_the_fields_spread_is_said_from_first_to_last_layer() -> None:
    assert spread_sentence((3, 5), {"a": (9, 784), "b": (20, 49), "c": (1, 1)}) == (
        "Changing the pixel in row 3, column 5 changes 9 of 784 units in a and 20 of 49 in b."
    )
    assert spread_sentence((3, 5), {"a": (0, 784), "c": (0, 10)}).endswith(
        "0 of 784 units in a, and none in c."
    )
    found = fields("mnist_cnn")
    assert growth_sentence(found, "flatten") == (
        "The central unit's receptive field grows from 3 × 3 pixels in conv1 to the whole input "
        "in flatten."
    )
    some = {name: found[name] for name in ("conv1", "relu1", "pool2")}
    assert growth_sentence(some, None).endswith("3 × 3 pixels in conv1 to 10 × 10 in pool2.")
    assert growth_sentence({"fc1": found["fc1"], "fc2": found["fc2"]}, "fc1") == (
        "The central unit sees the whole input from the first layer on, fc1."
    )


def test_of_many_maps_in_between_a_few_are_shown_unless_all_are_wanted(app: App) -> None:
    assert thinned(tuple("abcdefgh")) == ("a", "c", "e", "g", "h")
    page = app("field", network="shipped-resnet50", layer="layer3")
    header, _ = unpack(page.get("bidi_component")[0].proto.bytes)
    assert len(header["stages"]) == 6
    assert header["stages"][-1]["layer"] == "layer3"
    assert header["keep"][0] == 5
    page.toggle(key="field_between").set_value(True).run()
    header, _ = unpack(page.get("bidi_component")[0].proto.bytes)
    assert len(header["stages"]) > 6
    assert header["keep"][0] == len(header["stages"]) - 1


@pytest.mark.parametrize(
    ("title", "first"),
    [
        ("Theoretical", "The central unit of relu2 can see only the 8 × 8 pixels"),
        ("Effective", "The central unit of relu2 can see 8 × 8 pixels, but half"),
        ("What it listens to", "The central unit of relu2 can see 8 × 8 pixels, but half"),
    ],
)
def test_links_with_former_titles_open_their_view(app: App, title: str, first: str) -> None:
    page = app("field", field_view=title)
    assert any(text.value.startswith(first) for text in page.markdown)


def test_the_table_counts_each_layer_once() -> None:
    found = fields("vgg11")
    table = field_table(found)
    assert list(table["Layer"]) == list(found)
    row = table.set_index("Layer").loc["conv1_1"]
    assert (row["r"], row["Jump"], row["Sees"]) == ("3", "1", "3 × 3")
    assert (*found["conv1_1"].center_size, found["conv1_1"].share) == (3, 3, 9 / 1024)
    assert format_pair((3, 5)) == "3 × 5"


def test_one_channel_listens_to_less_than_all_together(page: AppTest) -> None:
    page.session_state["field_view"] = "What it mostly uses"
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


@pytest.mark.parametrize(
    ("view", "summary"), [("effective", "average reaction"), ("spread", "average change")]
)
def test_one_map_of_all_channels_is_not_called_a_channel(app: App, view: str, summary: str) -> None:
    header, _ = unpack(app("field", field_view=view).get("bidi_component")[0].proto.bytes)
    assert {stage["summary"] for stage in header["stages"] if stage["layer"]} == {summary}


def test_the_untrained_network_comes_before_the_trained_one(app: App) -> None:
    page = app("field", network="shipped-mnist_cnn", field_view="effective")
    header, _ = unpack(page.get("bidi_component")[0].proto.bytes)
    assert [stage["title"] for stage in header["stages"]] == [
        "Untrained",
        "MnistCNN, fully connected head",
    ]
