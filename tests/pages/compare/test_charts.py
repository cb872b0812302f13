"""The charts, the timing and the optimizations of the Compare page."""

import platform

import pytest

from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.findings import Conditions, Findings
from cnnviz.benchmark.results.optimization_effect import OptimizationEffect, Side
from cnnviz.benchmark.results.plan import Plan
from cnnviz.benchmark.timing.latency import Latency
from cnnviz.comparison.optimization_table import optimization_rows
from cnnviz.system.machine import machine_name
from cnnviz.system.versions import versions
from cnnviz.ui.compare.charts.view import CHARTS
from cnnviz.ui.shell.markdown import plain
from tests.on_disk import make_measurement
from tests.pages.compare.compare_page import TWO, Opened, keep_times

TITLES = [chart.title for chart in CHARTS]


@pytest.mark.parametrize("chart", TITLES)
def test_every_chart_is_there_with_times_on_record_and_without(opened: Opened, chart: str) -> None:
    before = opened(*TWO, way="Charts", compare_chart=chart)
    assert not before.error
    keep_times("lenet5", "sprint_cnn")
    after = opened(*TWO, way="Charts", compare_chart=chart)
    assert after.get("plotly_chart")
    assert not after.warning


def test_every_figure_of_the_protocol_stands_in_a_line_of_its_own(opened: Opened) -> None:
    keep_times("lenet5", "sprint_cnn")
    page = opened(*TWO, way="Timing")
    table = page.dataframe[0].value
    assert list(zip(table["Network"], table["Batch size"], table["p50, ms"], strict=True)) == [
        *(
            ("lenet5", 1, 1.0),
            ("lenet5", 8, 2.828),
            ("sprint_cnn", 1, 2.0),
            ("sprint_cnn", 8, 5.657),
        )
    ]
    assert set(table["Cold, ms"]) == {9}
    assert set(table["Host load"]) == {"clean"}
    [said] = [caption.value for caption in page.caption if "Measured on" in caption.value]
    assert plain(machine_name()) in said
    assert plain("a CPU, 2 cores") + ", 2026-01-02 03:04, PyTorch" in said
    assert "load 0.1" in said
    assert not page.warning
    [file] = page.get("download_button")
    assert file.proto.label == "Timing as CSV"
    for old in measurements.measurements():
        old.delete()  # of the same second, so that chance would say which is newer
    keep_times("lenet5", "sprint_cnn", busy=True)
    [warning] = page.run().warning
    assert "busy during 4 of 4 measurements" in warning.value


def test_an_optimization_within_noise_is_called_no_difference(opened: Opened) -> None:
    def side(*milliseconds: float, peak: int) -> Side:
        calls = tuple(ms for ms in milliseconds for _ in range(2))
        return Side("side", Latency(9, (), calls, sum(calls), turn=2), peak)

    before = side(*[4.0] * 6, peak=2000)
    told = ("training step", before)
    tried = (
        OptimizationEffect("lenet5", "a", "Quick", "One. Two.", *told, side(*[2.0] * 6, peak=1000)),
        OptimizationEffect(
            "lenet5", "b", "Same", "One. Two.", *told, side(3, 5, 4, 4, 4, 4, peak=2000)
        ),
        OptimizationEffect(
            "lenet5", "c", "Out", "One. Two.", "inference", None, None, "It has no maps."
        ),
    )
    where = Conditions(platform.node(), "a CPU", 2, versions(), "2026-01-02T03:04:05", 0.1)
    make_measurement(Plan(("lenet5",), tricks=True), Findings(effects=tried), conditions=where)
    page = opened(*TWO, way="Optimizations")
    table = page.dataframe[0].value
    assert list(table["Optimization"]) == ["Quick", "Same"]
    assert list(table["Conclusion"]) == ["faster", "no difference"]
    assert list(table["Speedup"]) == ["× 2.00 (2.00 to 2.00)", "× 1.00 (0.80 to 1.33)"]
    assert next(iter(table["Peak memory"])) == "2 kB → 1 kB (× 0.50)"
    assert any("It has no maps" in text.value for text in page.markdown)
    assert any(plain("a CPU, 2 cores") in caption.value for caption in page.caption)
    full = optimization_rows(tried[:2], where)
    assert [row["without_p50_ms"] for row in full] == [4.0, 4.0]
    assert [row["with_peak_bytes"] for row in full] == [1000, 2000]
    assert {row["machine"] for row in full} == {machine_name()}
