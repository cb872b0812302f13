import json
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.models import catalog
from cnnviz.models.catalog import CATALOG, Architecture, Published
from cnnviz.models.structure.graph import Node, graph
from cnnviz.models.structure.trace import trace_architecture
from cnnviz.ui.architecture.graph_view import as_data, hue
from cnnviz.ui.architecture.volumes import box, shape_text, short_name
from cnnviz.ui.shell.glossary import with_common_terms
from cnnviz.ui.shell.units import as_bytes, shorten
from tests.pages.reading import App
from tests.pages.session import choose_elsewhere


@pytest.fixture
def with_resnet(monkeypatch: pytest.MonkeyPatch) -> Architecture:
    """A catalog with one more row, which has a published network."""
    row = replace(
        CATALOG["lenet5"],
        key="resnet18_test",
        title="ResNet-18 for the test",
        idea="Blocks learn a residual.",
        pros=("deep",),
        cons=("large",),
        lecture="relu(conv(x) + x).",
        published=Published(
            name="ResNet-18",
            builder="torchvision.models:resnet18",
            input_size=(3, 224, 224),
            early="layer1",
            middle="layer2",
            late="layer4",
            top1=0.69758,
            source="torchvision, weights V1",
        ),
    )
    monkeypatch.setattr(catalog, "CATALOG", {**CATALOG, row.key: row})
    monkeypatch.setattr("cnnviz.ui.pickers.architecture.CATALOG", {**CATALOG, row.key: row})
    return row


def shown(page: AppTest) -> str:
    """All text of the page."""
    return " ".join(element.value for element in [*page.markdown, *page.caption])


def test_the_page_opens_alone(app: App) -> None:
    assert app("architecture").title[0].value == "Architecture"  # without the Overview before it


@pytest.mark.parametrize("row", CATALOG.values(), ids=CATALOG)
def test_every_row_shows_its_counts(app: App, row: Architecture) -> None:
    page = app("architecture", architecture=row.key)
    assert not page.exception
    assert page.selectbox(key="architecture").value == row.key
    parameters = sum(p.numel() for p in row.build().parameters())
    assert page.metric[0].value == f"{parameters:,}"
    assert row.note in shown(page)
    assert len(page.get("bidi_component")) == 2  # boxes and graph


def test_a_row_without_a_larger_network_says_so(app: App) -> None:
    page = app("architecture", architecture="mnist_cnn")
    assert "There is only one scale" in shown(page)
    assert "scale" not in [group.key for group in page.segmented_control]


def test_the_published_network_is_measured_and_its_accuracy_cited(
    app: App,
    with_resnet: Architecture,
) -> None:
    page = app("architecture", architecture=with_resnet.key, scale="published")
    assert not page.exception
    assert [metric.value for metric in page.metric] == ["11,689,512", "1.814 G", "32.9 MB", "68"]
    assert "69.76%" in shown(page)
    assert "torchvision, weights V1" in shown(page).replace("\\", "")
    assert with_common_terms(with_resnet.idea) in shown(page)
    assert with_resnet.lecture in shown(page)


def test_the_scale_is_chosen_on_the_page_and_stands_in_the_address(
    app: App,
    with_resnet: Architecture,
) -> None:
    page = app("architecture", architecture=with_resnet.key, layer="c1")
    assert page.metric[0].value == "61,706"
    page.segmented_control(key="scale").set_value("published").run()
    assert page.metric[0].value == "11,689,512"
    assert page.query_params["scale"] == "published"
    assert "layer" not in page.query_params  # it was one of the other network


def graph_data(page: AppTest) -> dict[str, Any]:
    """What the graph's component was given."""
    data = json.loads(page.get("bidi_component")[0].proto.json)
    return dict(data)


def test_a_layer_in_the_address_is_chosen_in_the_graph(app: App) -> None:
    assert graph_data(app("architecture", architecture="lenet5", layer="c3"))["layer"] == "c3"
    assert graph_data(app("architecture", architecture="lenet5", layer="conv9"))["layer"] == ""


def test_a_chosen_layer_is_kept_while_other_pages_are_open(app: App) -> None:
    page = app("architecture", architecture="lenet5")
    choose_elsewhere(page, layer="c5")
    page.switch_page("pages/overview.py").run()
    page.switch_page("pages/architecture.py").run()
    assert graph_data(page)["layer"] == "c5"


def test_an_unknown_architecture_in_the_address_is_dropped(app: App) -> None:
    page = app("architecture", architecture="resnet9")
    assert not page.exception
    assert page.selectbox(key="architecture").value == next(iter(CATALOG))


def test_the_layers_are_a_table_with_totals(app: App) -> None:
    page = app("architecture", architecture="lenet5", architecture_view="Layers")
    assert not page.exception
    table = page.dataframe[0].value
    assert table["Parameters"].sum() == 61_706
    assert table["MACs"].sum() == 416_520
    assert "61,706 parameters, 416,520 MACs" in shown(page)


@pytest.mark.parametrize("row", CATALOG.values(), ids=CATALOG)
def test_the_code_is_the_source_and_a_program(app: App, row: Architecture) -> None:
    page = app("architecture", architecture=row.key, architecture_view="Code")
    assert not page.exception
    builder = row.builder.partition(":")[2]
    assert f"def {builder}" in page.code[0].value
    assert row.task != "classify" or f"model = {builder}()" in page.code[1].value


def test_the_browser_gets_every_node_once() -> None:
    root = graph(trace_architecture(CATALOG["lenet5"], published=False))
    data = as_data(root, root.macs)
    names = [child["pick"] for child in data["children"]]
    assert names == [child.name for child in root.children]
    facts = dict(data["children"][0]["facts"])
    assert facts["MACs"] == f"117,600 ({117_600 / 416_520:.1%})"
    assert facts["memory"] == "18.8 kB"  # 4 x 6 x 28 x 28 bytes
    assert data["children"][0]["edges"] == []
    assert data["edges"][0] == [-1, 0, "1 × 32 × 32", None]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"kind": "Conv2d", "macs": 9}, "weights"),
        ({"kind": "BatchNorm2d", "parameters": 4}, "norm"),
        ({"kind": "MaxPool2d"}, "pool"),
        ({"kind": "ReLU"}, "activation"),
        ({"kind": "matmul", "role": "attention", "macs": 9}, "attention"),
        ({"kind": "add", "role": "add"}, "join"),
        ({"kind": "Bottleneck", "role": "module", "macs": 9}, "module"),
    ],
)
def test_colors_say_what_a_node_does(values: dict[str, Any], expected: str) -> None:
    blank = Node("s0", "a", "a", "", "layer", (1,), 1, 0, 0)
    assert hue(replace(blank, **values)) == expected


def test_shapes_are_drawn_by_channels_rows_and_columns() -> None:
    assert box((64, 56, 56)) == (64, 56, 56)
    assert box((56, 56, 96)) == (96, 56, 56)  # (H, W, C)
    assert box((7, 7, 7)) == (7, 7, 7)
    assert box((197, 768)) == (768, 197, 1)
    assert box((8, 49, 64)) == (64, 49, 8)  # heads or windows of tokens
    assert box((10,)) == (10, 1, 1)
    assert shape_text((56, 56, 96)) == "96 channels of 56 × 56"
    assert shape_text((1, 28, 28)) == "1 channel of 28 × 28"
    assert shape_text((8, 49, 64)) == "8 groups of 49 tokens of 64 values"
    assert shape_text((2048, 1, 1)) == "2,048 channels of 1 × 1"
    assert shape_text((197, 768)) == "197 tokens of 768 values"


def test_names_below_boxes_are_short_and_begin_with_a_word() -> None:
    assert short_name("features.denseblock1") == "denseblock1"
    assert short_name("features.2.reduction") == "reduction"
    assert short_name("layer1.0") == "layer1.0"
    assert short_name("features.transition1.conv") == "transition1.conv"
    assert short_name("input") == "input"


def test_numbers_read_with_their_units() -> None:
    assert as_bytes(3_211_264) == "3.21 MB"
    assert as_bytes(40) == "40 B"
    assert as_bytes(999_999) == "1 MB"
    assert shorten(1_814_073_344) == "1.814 G"
    assert shorten(416_520) == "416.5 k"
    assert shorten(12) == "12"
