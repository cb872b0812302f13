"""Every view of the Compare page, its links, and networks that are gone."""

from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest

from cnnviz.data.mnist import load_digits
from cnnviz.models.catalog import CATALOG
from cnnviz.training.runs import networks
from cnnviz.ui.compare import VIEWS, selection
from cnnviz.ui.shell.markdown import plain
from tests.pages.compare.compare_page import FOUR, TWO, Opened, kept_run
from tests.pages.reading import App, settled


@pytest.mark.parametrize("keys", [TWO, FOUR], ids=["two", "four"])
@pytest.mark.parametrize("way", VIEWS, ids=[way.key for way in VIEWS])
def test_every_way_compares_two_and_four(opened: Opened, way: Any, keys: tuple[str, ...]) -> None:
    page = opened(*keys, way=way.title)
    assert not page.error
    assert not page.warning


def test_a_runs_earlier_checkpoints_stand_beside_it_and_in_the_address(opened: Opened) -> None:
    run = kept_run(0, 2, 4)
    page = opened(run.id, f"{run.id}@2")
    title = run.title()
    rows = [title, f"{title}, step 2 (epoch 0.5)"]
    assert list(page.dataframe[0].value["Network"]) == rows
    assert len(page.multiselect(key="compare_moments").options) == 3
    page.multiselect(key="compare_moments").set_value([f"{run.id}@0", f"{run.id}@2"]).run()
    assert page.query_params["compare"] == [run.id, f"{run.id}@0", f"{run.id}@2"]
    assert len(settled(page).dataframe[0].value) == 3
    page.multiselect(key="compare").set_value([]).run()  # the run itself may go
    assert list(settled(page).dataframe[0].value["Network"]) == [
        f"{title}, step 0 (epoch 0)",
        rows[1],
    ]
    page.multiselect(key="compare_moments").set_value([]).run()
    assert not page.exception
    assert "Choose at least one" in page.info[0].value


def test_no_checkpoints_are_offered_where_none_were_kept(opened: Opened) -> None:
    keys = {box.key for box in opened(*TWO).multiselect}
    assert keys == {"compare"}


def test_published_networks_are_counted_cited_and_never_asked(opened: Opened) -> None:
    rows = ["alexnet", "resnet18"]
    page = opened(compare_published="true", compare_rows=rows)
    table = page.dataframe[0].value
    assert list(table["Network"]) == ["AlexNet", "ResNet-18"]
    top1 = [CATALOG[key].published.top1 for key in rows]  # type: ignore[union-attr]
    assert list(table["ImageNet top-1"]) == top1
    assert table["Parameters"].tolist() == [61_100_840, 11_689_512]  # torchvision's
    assert "Accuracy" not in table
    assert list(table["Weights of top-1"]) == ["torchvision's weights IMAGENET1K_V1"] * 2
    assert any("Training recipes differ" in caption.value for caption in page.caption)
    page = opened(way="Charts", compare_published="true", compare_rows=rows, compare_cost="macs")
    [chart] = page.get("plotly_chart")
    assert "IMAGENET1K_V1" in chart.proto.spec
    page = opened(way="Errors and disagreements", compare_published="true", compare_rows=rows)
    assert "no predictions" in page.info[0].value.replace("\n", " ")


def test_no_network_is_an_invitation_and_not_an_error(opened: Opened) -> None:
    page = opened()
    page.multiselect(key="compare").set_value([]).run()
    assert not page.exception
    assert "Choose at least one" in page.info[0].value


@pytest.mark.parametrize("view", ["differ", "Where they differ", "Disagreements"])
def test_links_name_a_view_by_its_key_or_as_they_once_did_by_its_title(app: App, view: str) -> None:
    link = {"compare_view": view, "compare_part": "two", "compare_split": "both"}
    page = settled(app("compare", compare=TWO, **link))
    assert page.selectbox(key="compare_first").value == TWO[0]
    assert "differ" in page.query_params["compare_view"]
    assert page.session_state["compare_split"] == "both"
    page.query_params["compare_view"] = "robust"
    page.query_params["compare_spoil"] = "rotation"
    page = settled(page.run())
    assert page.session_state["compare_spoil"] == "rotation"
    page.query_params["compare_spoil"] = "what is not there"
    page = settled(page.run())
    assert "rotation" in page.query_params["compare_spoil"]  # as before the broken link


def test_a_fragment_leaves_once_a_network_is_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(selection.st, "rerun", lambda: calls.append("whole page"))
    run = kept_run(0)
    held = selection.Choice((networks.find_network(run.id),), (), False, load_digits())
    selection.rerun_if_deleted(held)
    assert not calls
    run.path.rename(run.path.with_name("elsewhere"))
    selection.rerun_if_deleted(held)
    assert calls == ["whole page"]


DETR = "shipped-detr"


def test_a_detector_has_an_f1_and_no_accuracy(opened: Opened) -> None:
    page = opened(TWO[0], DETR)
    table = page.dataframe[0].value.set_index("Network")
    assert np.isnan(table.loc["DETR", "Accuracy"])
    assert np.isnan(table.loc["LeNet-5", "F1"])
    card = networks.card(networks.find_network(DETR))  # as its training measured it
    assert table.loc["DETR", "F1"] == pytest.approx(card["accuracy_embedded"], abs=1e-3)
    low, high = table.loc["DETR", "F1, 95% lower"], table.loc["DETR", "F1, 95% upper"]
    assert 0.9 < low < table.loc["DETR", "F1"] < high < 1
    assert np.isnan(table.loc["DETR", "Recorded accuracy"])
    assert any("canvases" in caption.value for caption in page.caption)
    page = opened(TWO[0], DETR, way="Charts")
    assert any("F1 is not comparable with accuracy" in caption.value for caption in page.caption)
    page = opened(DETR, way="Robustness")
    assert any("several digits on a canvas" in caption.value for caption in page.caption)
    assert not page.error


@pytest.mark.parametrize(("first", "parameter"), [(DETR, "detect_network"), (TWO[0], "network")])
def test_the_report_on_the_first_is_linked_by_its_tasks_parameter(
    opened: Opened, first: str, parameter: str
) -> None:
    page = opened(first, TWO[1])
    label = f"Report on {plain(networks.find_network(first).title)}"
    [link] = [found.proto for found in page.get("page_link") if found.proto.label == label]
    query = parse_qs(link.query_string)
    assert query[parameter] == [first]
    assert query["report_against"] == [TWO[1]]


def test_a_link_opens_the_same_pair_and_the_same_cost(app: App) -> None:
    link = {"compare_two_first": FOUR[3], "compare_two_second": FOUR[2]}
    known = {"compare_view": "Charts", "compare_chart": "Two of them"}
    page = app("compare", compare=FOUR, compare_cost="parameters", **known, **link)
    settled(page)
    assert page.selectbox(key="compare_two_first").value == FOUR[3]
    assert page.selectbox(key="compare_two_second").value == FOUR[2]
    page.query_params["compare_chart"] = "What it costs"
    page = settled(page.run())
    assert page.selectbox(key="compare_cost").value == "parameters"


@pytest.mark.parametrize(
    ("parameter", "title", "key"),
    [
        ("compare_view", "Where they differ", "differ"),
        ("compare_view", "Tricks", "tricks"),
        ("compare_chart", "What it costs", "worth"),
        ("compare_chart", "Batches", "batches"),
        ("compare_chart", "Two of them", "two"),
        ("compare_part", "Confusions", "confusions"),
        ("compare_part", "Two of them", "two"),
        ("compare_part", "Classes", "classes"),
        ("compare_part", "Certainty", "certainty"),
    ],
)
def test_a_link_by_a_former_title_opens_the_same(
    app: App, parameter: str, title: str, key: str
) -> None:
    view = {"compare_chart": "charts", "compare_part": "differ"}.get(parameter, title)
    link = {"compare_view": view, parameter: title}
    page = settled(app("compare", compare=TWO, **link))
    [control] = [box for box in page.button_group if box.key == parameter]
    assert control.value == key
    assert not any("Ignored in the link" in info.value for info in page.info)


def test_a_link_that_names_what_is_not_there_begins_with_the_default(app: App) -> None:
    page = settled(app("compare", compare=TWO, compare_sort="'; drop table"))
    assert page.selectbox(key="compare_sort").value == "chosen"
    assert "compare_sort" not in page.query_params
