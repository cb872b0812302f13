import csv
import io
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnviz import measurements, networks
from cnnviz.agreement import Split, answers, confusion
from cnnviz.catalogue import CATALOGUE
from cnnviz.comparison import columns
from cnnviz.data import load_digits
from cnnviz.latency import Latency
from cnnviz.measured import Conditions, Effect, Findings, LayerTime, LayerTimes, Plan, Side, Timing
from cnnviz.measurements import Record
from cnnviz.ui.compare import WAYS
from cnnviz.ui.compare.charts import CHARTS
from cnnviz.ui.compare.differ import verdict
from cnnviz.ui.component import unpack
from cnnviz.ui.plain import plain
from cnnviz.versions import versions

ROOT = Path(__file__).parents[1]
TWO = ("shipped-lenet5", "shipped-sprint_cnn")
FOUR = (*TWO, "shipped-levit", "shipped-crossvit")
TITLES = [chart.title for chart in CHARTS]
PARTS = ("Confusions", "Two of them", "Classes", "Certainty")


def opened(*keys: str, way: str = "Table", **state: Any) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120).run()
    app.query_params["compare"] = list(keys)
    for key, value in {"compare_view": way, **state}.items():
        app.session_state[key] = value
    return settled(app.switch_page("pages/compare.py").run())


def settled(app: AppTest) -> AppTest:
    """Wait until everything is counted and asked, as the browser does by its pulse."""
    deadline = time.monotonic() + 120
    while not app.exception and any("parts." in p.proto.text for p in app.get("progress")):
        assert time.monotonic() < deadline
        time.sleep(0.2)
        app.run()
    assert not app.exception
    return app


def keep_times(*keys: str, busy: bool = False) -> None:
    """Put a finished measurement on record: each model twice as slow as the one before."""
    timings, layers = [], []
    for place, key in enumerate(keys):
        for batch in (1, 8):
            ms = 2.0**place * batch**0.5
            cpu = 30 * ms / (2 if busy else 1)
            timings.append(
                Timing(key, key, "torch", batch, 1, Latency(9, (), (ms,) * 30, cpu, batch))
            )
        layers.append(LayerTimes(key, key, (LayerTime("c", "Conv2d", 1000, 0.5),), 1.0, 5))
    where = Conditions(platform.node(), "a CPU", 2, versions(), "2026-01-02T03:04:05", 0.1)
    made = measurements.create(Plan(keys, batches=(1, 8)))
    made.write(
        Record(
            made.recorded().plan, "finished", "", where, Findings((), tuple(timings), tuple(layers))
        )
    )


@pytest.mark.parametrize("keys", [TWO, FOUR], ids=["two", "four"])
@pytest.mark.parametrize("way", WAYS, ids=[way.key for way in WAYS])
def test_every_way_compares_two_and_four(way: Any, keys: tuple[str, ...]) -> None:
    app = opened(*keys, way=way.title)
    assert not app.error
    assert not app.warning


@pytest.mark.parametrize("part", PARTS)
def test_every_part_of_where_they_differ(part: str) -> None:
    app = opened(*TWO, way="Where they differ", compare_part=part)
    assert app.get("bidi_component") or app.get("plotly_chart")


@pytest.mark.parametrize("chart", TITLES)
def test_every_chart_is_there_with_times_on_record_and_without(chart: str) -> None:
    before = opened(*TWO, way="Charts", compare_chart=chart)
    assert not before.error
    keep_times("lenet5", "sprint_cnn")
    after = opened(*TWO, way="Charts", compare_chart=chart)
    assert after.get("plotly_chart")
    assert not after.warning


def test_the_table_holds_what_is_on_record_and_a_button_to_measure() -> None:
    app = opened(*TWO)
    table = app.dataframe[0].value
    assert list(table.columns) == [column.title for column in columns(published=False)]
    assert list(table["Network"]) == ["LeNet-5", "SprintCNN"]
    assert table["Latency p50, ms"].isna().all()  # nothing is timed unasked
    assert app.button(key="compare_measure").label == "Measure these"
    cards = [networks.card(networks.network(key)) for key in TWO]
    assert list(table["Accuracy"]) == pytest.approx([card["accuracy_embedded"] for card in cards])
    assert list(table["Trained, s"]) == [card["seconds"] for card in cards]

    keep_times("lenet5", "sprint_cnn")
    app.run()
    table = app.dataframe[0].value
    assert list(table["Latency p50, ms"]) == [1.0, 2.0]
    assert list(table["Images/s"]) == [1000.0, 500.0]
    assert app.button(key="compare_measure").label == "Measure again"
    assert any(plain(platform.node()) in caption.value for caption in app.caption)


def test_times_of_different_measurements_and_of_a_busy_host_are_marked() -> None:
    keep_times("sprint_cnn")
    time.sleep(1.1)  # a measurement's name holds its second
    keep_times("lenet5", busy=True)
    warnings = [warning.value for warning in opened(*TWO).warning]
    assert any("several measurements" in text for text in warnings)
    assert any("busy" in text and "LeNet-5" in text for text in warnings)


def test_a_measurement_at_work_shows_how_far_it_is_and_can_be_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = measurements.create(Plan(("lenet5",)))
    made.tell(measurements.Progress(0.25, "LeNet-5"))
    monkeypatch.setattr(measurements.Measurement, "alive", lambda _: True)
    app = opened(*TWO)
    assert any("LeNet" in p.proto.text for p in app.get("progress"))
    app.button(key="compare_cancel_measure").click().run()
    assert made.cancelled


def test_a_cancelled_measurement_is_said_once() -> None:
    made = measurements.create(Plan(("lenet5",)))
    made.write(Record(made.recorded().plan, "cancelled"))
    app = opened(*TWO, way="Timing")
    app.session_state["compare_measurement"] = made.id
    app.run()
    assert [info.value for info in app.info] == ["Cancelled. What was measured until then is kept."]
    assert not app.run().info


def test_what_keeps_a_measurement_from_starting_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(plan: Plan) -> None:
        assert plan.models == ("lenet5", "sprint_cnn")
        raise measurements.MeasurementError("the measuring process did not start: see x.log")

    app = opened(*TWO)
    monkeypatch.setattr("cnnviz.ui.compare.measurement.start", refuse)
    app.button(key="compare_measure").click().run()
    assert not app.exception
    assert "did not start" in app.error[0].value


def test_published_networks_are_counted_cited_and_never_asked() -> None:
    rows = ["alexnet", "resnet18"]
    app = opened(compare_published=True, compare_rows=rows)
    table = app.dataframe[0].value
    assert list(table["Network"]) == ["AlexNet", "ResNet-18"]
    top1 = [CATALOGUE[key].published.top1 for key in rows]  # type: ignore[union-attr]
    assert list(table["ImageNet top-1"]) == top1
    assert table["Parameters"].tolist() == [61_100_840, 11_689_512]  # torchvision's
    assert "Accuracy" not in table
    app = opened(way="Where they differ", compare_published=True, compare_rows=rows)
    assert "no answers" in app.info[0].value.replace("\n", " ")


def test_the_confusions_are_the_cores_and_a_chosen_cell_shows_its_digits() -> None:
    app = opened(*TWO, way="Where they differ")
    digits, network = load_digits(), networks.network(TWO[0])
    found = answers(networks.load(network), CATALOGUE["lenet5"], digits.test_images)
    counts = confusion(found, digits.test_labels)
    true, answer = (int(i) for i in np.argwhere(counts - np.diag(np.diag(counts)))[0])
    app.session_state["compare_cell"] = (TWO[0], true, answer)
    app.run()
    assert not app.exception
    views = app.get("bidi_component")
    assert counts.tolist() in [view.get("counts", [None])[0] for view in sent(views)]
    [group] = next(view["groups"] for view in sent(views) if "groups" in view)
    assert f"True {true}, that LeNet-5 reads as {answer}" in group["title"]
    assert len(group["tiles"]) == counts[true, answer]
    assert all(tile["label"].split()[0] == str(answer) for tile in group["tiles"])


def sent(views: Any) -> list[dict[str, Any]]:
    """Return what the components were sent: JSON, or the header of a packed message."""
    import json

    found = []
    for view in views:
        if view.proto.json:
            found.append(json.loads(view.proto.json))
        elif view.proto.bytes:
            length = int.from_bytes(view.proto.bytes[:4], "little")
            found.append(json.loads(view.proto.bytes[4 : 4 + length]))
    return found


def test_one_digit_brings_three_pictures_for_each_network_with_boxes() -> None:
    app = opened(*TWO, way="Same digit", compare_depth="Middle")
    views = [view for view in app.get("bidi_component") if view.proto.bytes]
    header, arrays = unpack(views[-1].proto.bytes)
    assert len(header["stages"]) == 3 * len(TWO)
    assert [stage["layer"] for stage in header["stages"]][1::3] == [
        CATALOGUE["lenet5"].middle,
        CATALOGUE["sprint_cnn"].middle,
    ]
    assert "field1-0" in arrays  # a unit of the first network's map, on its own input
    assert "field4-3" in arrays


def test_no_network_is_an_invitation_and_not_an_error() -> None:
    app = opened()
    app.multiselect(key="compare").set_value([]).run()
    assert not app.exception
    assert "Choose at least one" in app.info[0].value


def test_the_table_can_be_taken_away() -> None:
    from cnnviz.comparison import Standing, to_csv

    text = to_csv([Standing("a", "A", "lenet5")], published=False)
    [line] = csv.DictReader(io.StringIO(text))
    assert line["network"] == "A"


def test_a_verdict_names_the_better_one_only_where_chance_would_hardly_do_that() -> None:
    clear = verdict("A", "B", Split(900, 5, 40, 55))
    assert "+3.50 percentage points" in clear
    assert "**B is better**" in clear
    assert "5 to 40" in clear
    even = verdict("A", "B", Split(900, 5, 7, 88))
    assert "no difference is shown" in even
    assert "better" not in even.replace("is better", "better") or "no difference" in even
    assert "exactly the same" in verdict("A", "B", Split(900, 0, 0, 100))


def test_every_figure_of_the_protocol_stands_in_a_line_of_its_own() -> None:
    keep_times("lenet5", "sprint_cnn")
    app = opened(*TWO, way="Timing")
    table = app.dataframe[0].value
    assert list(zip(table["Network"], table["Images"], table["p50, ms"], strict=True)) == [
        *(
            ("lenet5", 1, 1.0),
            ("lenet5", 8, 2.828),
            ("sprint_cnn", 1, 2.0),
            ("sprint_cnn", 8, 5.657),
        )
    ]
    assert set(table["Cold, ms"]) == {9}
    assert set(table["Host"]) == {"clean"}


def test_a_trick_within_noise_is_called_no_difference() -> None:
    def side(*milliseconds: float, peak: int) -> Side:
        calls = tuple(ms for ms in milliseconds for _ in range(2))
        return Side("side", Latency(9, (), calls, sum(calls), turn=2), peak)

    before = side(*[4.0] * 6, peak=2000)
    told = ("training step", before)
    tried = (
        Effect("lenet5", "a", "Quick", "One. Two.", *told, side(*[2.0] * 6, peak=1000)),
        Effect("lenet5", "b", "Same", "One. Two.", *told, side(3, 5, 4, 4, 4, 4, peak=2000)),
        Effect("lenet5", "c", "Out", "One. Two.", "inference", None, None, "It has no maps."),
    )
    made = measurements.create(Plan(("lenet5",), tricks=True))
    where = Conditions(platform.node(), "a CPU", 2, versions(), "2026-01-02T03:04:05", 0.1)
    made.write(Record(made.recorded().plan, "finished", "", where, Findings(effects=tried)))
    app = opened(*TWO, way="Tricks")
    table = app.dataframe[0].value
    assert list(table["Trick"]) == ["Quick", "Same"]
    assert list(table["Says"]) == ["quicker", "no difference"]
    assert list(table["Images/s"]) == ["× 2.00 (2.00 to 2.00)", "× 1.00 (0.80 to 1.33)"]
    assert next(iter(table["Memory"])) == "2 kB → 1 kB (× 0.50)"
    assert any("It has no maps" in text.value for text in app.markdown)


DETR = "shipped-detr"


def test_a_detector_has_an_f1_and_no_accuracy() -> None:
    app = opened(TWO[0], DETR)
    table = app.dataframe[0].value.set_index("Network")
    assert np.isnan(table.loc["DETR", "Accuracy"])
    assert np.isnan(table.loc["LeNet-5", "F1"])
    card = networks.card(networks.network(DETR))  # as its training measured it
    assert table.loc["DETR", "F1"] == pytest.approx(card["accuracy_embedded"], abs=1e-3)
    low, high = table.loc["DETR", "F1 from (95%)"], table.loc["DETR", "F1 to (95%)"]
    assert 0.9 < low < table.loc["DETR", "F1"] < high < 1
    assert np.isnan(table.loc["DETR", "On record"])
    assert any("canvases" in caption.value for caption in app.caption)
    app = opened(TWO[0], DETR, way="Charts")
    assert any("F1 is no accuracy" in caption.value for caption in app.caption)
    app = opened(DETR, way="Robustness")
    assert any("several digits on a canvas" in caption.value for caption in app.caption)
    assert not app.error


def test_the_table_is_ordered_best_first_with_what_is_not_known_last() -> None:
    keep_times("lenet5", "sprint_cnn")
    app = opened(*FOUR, compare_sort="latency_p50_ms")
    app.query_params["compare_sort"] = "latency_p50_ms"
    app.run()
    assert list(app.dataframe[0].value["Network"]) == ["LeNet-5", "SprintCNN", "LeViT", "CrossViT"]
    app.selectbox(key="compare_sort").select("parameters").run()
    counts = list(app.dataframe[0].value["Parameters"])
    assert counts == sorted(counts)
    assert app.query_params["compare_sort"] == "parameters"


def test_a_link_opens_the_same_pair_and_the_same_cost() -> None:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120).run()
    app.query_params["compare"] = list(FOUR)
    app.query_params["compare_two_first"] = FOUR[3]
    app.query_params["compare_two_second"] = FOUR[2]
    app.query_params["compare_cost"] = "parameters"
    app.session_state["compare_view"] = "Charts"
    app.session_state["compare_chart"] = "Two of them"
    app = settled(app.switch_page("pages/compare.py").run())
    assert app.selectbox(key="compare_two_first").value == FOUR[3]
    assert app.selectbox(key="compare_two_second").value == FOUR[2]
    app.session_state["compare_chart"] = "What it costs"
    app = settled(app.run())
    assert app.selectbox(key="compare_cost").value == "parameters"


def test_a_link_that_names_what_is_not_there_begins_with_the_default() -> None:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120).run()
    app.query_params["compare"] = list(TWO)
    app.query_params["compare_sort"] = "'; drop table"
    app = settled(app.switch_page("pages/compare.py").run())
    assert app.selectbox(key="compare_sort").value == "chosen"
    assert "compare_sort" not in app.query_params
