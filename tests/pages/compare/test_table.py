"""The table of the Compare page: what is on record, and how it is ordered."""

import time
from dataclasses import replace

import pytest

from cnnviz.benchmark.results import measurements
from cnnviz.comparison.columns import columns
from cnnviz.system.machine import machine_name
from cnnviz.training.runs import networks
from cnnviz.ui.shell.markdown import plain
from tests.pages.compare.compare_page import FOUR, TWO, Opened, keep_times


def test_the_table_holds_what_is_on_record_and_a_button_to_measure(opened: Opened) -> None:
    page = opened(*TWO)
    table = page.dataframe[0].value
    assert list(table.columns) == [column.title for column in columns(published=False)]
    assert list(table["Network"]) == ["LeNet-5", "SprintCNN"]
    assert table["Latency p50, ms"].isna().all()  # nothing is timed unasked
    assert page.button(key="compare_measure").label == "Measure latency"
    cards = [networks.card(networks.find_network(key)) for key in TWO]
    assert list(table["Accuracy"]) == pytest.approx([card["accuracy_embedded"] for card in cards])
    assert list(table["Training time, s"]) == [card["seconds"] for card in cards]

    keep_times("lenet5", "sprint_cnn")
    page.run()
    table = page.dataframe[0].value
    assert list(table["Latency p50, ms"]) == [1.0, 2.0]
    assert list(table["Images/s"]) == [1000.0, 500.0]
    assert page.button(key="compare_measure").label == "Measure again"
    assert any(plain(machine_name()) in caption.value for caption in page.caption)


def test_times_of_different_measurements_and_of_a_busy_host_are_marked(opened: Opened) -> None:
    keep_times("sprint_cnn")
    time.sleep(1.1)  # a measurement's name holds its second
    keep_times("lenet5", busy=True)
    warnings = [warning.value for warning in opened(*TWO).warning]
    assert any("several measurements" in text for text in warnings)
    assert any("busy" in text and plain("LeNet-5") in text for text in warnings)


def test_times_of_a_canceled_measurement_are_marked_and_give_way_to_finished_ones(
    opened: Opened,
) -> None:
    keep_times("lenet5", "sprint_cnn")
    (made,) = measurements.measurements()
    made.write(replace(made.stored_record(), state="cancelled"))
    page = opened(*TWO)
    assert [w.value for w in page.warning if "canceled" in w.value] == [
        f"For {plain('LeNet-5')}; SprintCNN, only latencies from a canceled measurement or from "
        "trying optimizations are recorded."
    ]
    keep_times("lenet5", "sprint_cnn")
    page.run()
    assert not page.warning


def test_the_table_is_ordered_best_first_with_what_is_not_known_last(opened: Opened) -> None:
    keep_times("lenet5", "sprint_cnn")
    page = opened(*FOUR, compare_sort="latency_p50_ms")
    page.query_params["compare_sort"] = "latency_p50_ms"
    page.run()
    assert list(page.dataframe[0].value["Network"]) == ["LeNet-5", "SprintCNN", "LeViT", "CrossViT"]
    page.selectbox(key="compare_sort").select("parameters").run()
    counts = list(page.dataframe[0].value["Parameters"])
    assert counts == sorted(counts)
    assert page.query_params["compare_sort"] == "parameters"
