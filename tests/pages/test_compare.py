import base64
import csv
import io
import json
import platform
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.measurements import Record
from cnnviz.benchmark.results.records import (
    Conditions,
    Effect,
    Findings,
    LayerTime,
    LayerTimes,
    Plan,
    Side,
    Timing,
)
from cnnviz.benchmark.timing.latency import Latency
from cnnviz.comparison.columns import columns
from cnnviz.data.ink import center
from cnnviz.data.mnist import load_digits
from cnnviz.evaluation.agreement import Split, answers, confusion, every_pair
from cnnviz.evaluation.calibration import calibration, chance_error, cross_tempered, surprise
from cnnviz.evaluation.robustness import PERTURBATIONS, Curve
from cnnviz.inspection.attribution.methods import Target, ask, explain_by
from cnnviz.models.catalogue import CATALOGUE
from cnnviz.system.versions import versions
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import checkpoint, networks, snapshots, store
from cnnviz.training.runs.records import Status
from cnnviz.ui.compare import VIEWS, selection
from cnnviz.ui.compare.charts import optimizations
from cnnviz.ui.compare.charts.view import CHARTS
from cnnviz.ui.compare.digits import same_digit
from cnnviz.ui.compare.digits.disagreements import how_often, verdict
from cnnviz.ui.compare.digits.robustness import who_reads_more
from cnnviz.ui.compare.digits.same_digit import sureness
from cnnviz.ui.components.component import unpack
from cnnviz.ui.drawing import pad
from cnnviz.ui.shell.markdown import plain

ROOT = Path(__file__).parents[2]
TWO = ("shipped-lenet5", "shipped-sprint_cnn")
FOUR = (*TWO, "shipped-levit", "shipped-crossvit")
TITLES = [chart.title for chart in CHARTS]
MIDDLE = {"compare_match": "role", "compare_depth": "Middle"}
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
@pytest.mark.parametrize("way", VIEWS, ids=[way.key for way in VIEWS])
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


def test_times_of_a_cancelled_measurement_are_marked_and_give_way_to_finished_ones() -> None:
    keep_times("lenet5", "sprint_cnn")
    (made,) = measurements.measurements()
    made.write(replace(made.recorded(), state="cancelled"))
    app = opened(*TWO)
    assert [w.value for w in app.warning if "cancelled" in w.value] == [
        "Of LeNet-5, SprintCNN only times of a cancelled measurement or of trying tricks are on "
        "record."
    ]
    keep_times("lenet5", "sprint_cnn")
    app.run()
    assert not app.warning


def test_a_file_in_the_place_of_the_folder_is_a_sentence_on_the_page() -> None:
    measurements.folder().parent.mkdir(parents=True, exist_ok=True)
    measurements.folder().write_text("")
    app = opened(*TWO)
    app.button(key="compare_measure").click().run()
    (error,) = app.error
    assert "must be a folder and something else is there" in error.value
    assert "Errno" not in error.value


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


def test_a_cancelled_measurement_is_said_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    made = measurements.create(Plan(("lenet5",)))
    made.write(Record(made.recorded().plan, "cancelled"))
    app = opened(*TWO, way="Timing")
    app.session_state["compare_measurement"] = made.id
    app.run()
    assert [info.value for info in app.info] == [
        "Cancelled. Calls timed until then are kept, a trick or layers cut short are not."
    ]
    assert app.run().info  # a look that was under way draws the page again
    monkeypatch.setattr("cnnviz.ui.compare.measurement_panel._SAY", 0.0)
    assert not app.run().info


def test_what_keeps_a_measurement_from_starting_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(plan: Plan) -> None:
        assert plan.models == ("lenet5", "sprint_cnn")
        raise measurements.MeasurementError("the measuring process did not start: see x.log")

    app = opened(*TWO)
    monkeypatch.setattr("cnnviz.ui.compare.measurement_panel.start", refuse)
    app.button(key="compare_measure").click().run()
    assert not app.exception
    assert "did not start" in app.error[0].value


def kept_run(*steps: int) -> store.Run:
    """Return a finished run of LeNet-5 that keeps these moments, each other initial weights."""
    run = store.create(Settings(model="lenet5", epochs=1), versions={})
    (run.path / snapshots.FOLDER).mkdir()
    for step in steps:
        torch.manual_seed(step)
        weights = CATALOGUE["lenet5"].build().state_dict()
        for path in (snapshots.path(run.path, step), run.path / "weights.safetensors"):
            checkpoint.save(path, weights, {})
    run.write_status(Status(state="finished", step=steps[-1], total_steps=steps[-1], epoch=1))
    return run


def test_a_runs_earlier_checkpoints_stand_beside_it_and_in_the_address() -> None:
    run = kept_run(0, 2, 4)
    app = opened(run.id, f"{run.id}@2")
    title = run.title()
    rows = [title, f"{title}, step 2 (epoch 0.5)"]
    assert list(app.dataframe[0].value["Network"]) == rows
    assert len(app.multiselect(key="compare_moments").options) == 3
    app.multiselect(key="compare_moments").set_value([f"{run.id}@0", f"{run.id}@2"]).run()
    assert app.query_params["compare"] == [run.id, f"{run.id}@0", f"{run.id}@2"]
    assert len(settled(app).dataframe[0].value) == 3
    app.multiselect(key="compare").set_value([]).run()  # the run itself may go
    assert list(settled(app).dataframe[0].value["Network"]) == [
        f"{title}, step 0 (epoch 0)",
        rows[1],
    ]
    app.multiselect(key="compare_moments").set_value([]).run()
    assert not app.exception
    assert "Choose at least one" in app.info[0].value


def test_no_checkpoints_are_offered_where_none_were_kept() -> None:
    keys = {box.key for box in opened(*TWO).multiselect}
    assert keys == {"compare"}


def test_of_three_every_two_are_compared_and_bold_ones_counted() -> None:
    app = opened(*FOUR[:3], way="Where they differ", compare_part="Two of them")
    digits = load_digits()
    found = [
        answers(networks.load(networks.network(key)), CATALOGUE[key[8:]], digits.test_images)
        for key in FOUR[:3]
    ]
    compared = every_pair(found, digits.test_labels)
    bold = sum(one.chance < 0.05 for one in compared.values())
    assert any(f"In bold {bold} of 3" in caption.value for caption in app.caption)
    [heat] = json.loads(app.get("plotly_chart")[0].proto.spec)["data"]
    assert sum("<b>" in cell for line in heat["text"] for cell in line) == 2 * bold


def test_all_digits_of_a_set_can_be_reached_the_surest_mistake_first() -> None:
    app = opened(*TWO, way="Where they differ")
    digits, network = load_digits(), networks.network(TWO[0])
    found = answers(networks.load(network), CATALOGUE["lenet5"], digits.test_images)
    inside = np.flatnonzero((digits.test_labels == 3) & (found.digits == 3))
    order = inside[np.argsort(found.certainty[inside], kind="stable")]  # right ones: the least sure
    app.session_state["compare_cell"] = (TWO[0], 3, 3)
    app.run()
    assert named_digits(app) == order[:24].tolist()
    [pages] = app.get("pagination")
    assert pages.proto.num_pages == -(-len(inside) // 24)


def named_digits(app: AppTest) -> list[int]:
    """Return the test digits whose pictures were sent."""
    [group] = next(view["groups"] for view in sent(app.get("bidi_component")) if "groups" in view)
    return [int(tile["name"].split()[2].rstrip(",")) for tile in group["tiles"]]


def test_what_a_temperature_does_stands_beside_what_chance_would_show() -> None:
    keys = ("shipped-mixer", TWO[0], "shipped-mnist_cnn")
    app = opened(*keys, way="Where they differ", compare_part="Certainty")
    table = app.dataframe[0].value
    digits = load_digits()
    for place, key in enumerate(keys):
        found = answers(
            networks.load(networks.network(key)), CATALOGUE[key[8:]], digits.test_images
        )
        right = found.right(digits.test_labels)
        error = calibration(found.certainty, right).error
        assert table["Calibration error"][place] == pytest.approx(100 * error)
        most = chance_error(found.certainty)
        assert table["Error by chance, up to"][place] == pytest.approx(100 * most)
        loss = -np.log(found.probabilities[np.arange(len(right)), digits.test_labels]).mean()
        assert table["Log loss"][place] == pytest.approx(loss, rel=1e-3)
        milder = cross_tempered(found.probabilities, digits.test_labels)
        few = min((~right)[::2].sum(), (~right)[1::2].sum()) < 8
        assert (milder is None) == few
        if milder is None:
            assert "not determined" in table["Temperature"][place]
            assert table["Log loss, tempered"].isna()[place]
        else:
            after = surprise(milder.probabilities, digits.test_labels)
            assert table["Log loss, tempered"][place] == pytest.approx(after)
    assert "2 + 0 mistakes" in table["Temperature"][2]
    app.toggle(key="compare_tempered").set_value(True).run()
    assert any("MnistCNN" in note.value for note in app.info)


def straight(*counts: int) -> Curve:
    """A curve of 40 digits, so many of which are right at each strength."""
    lines = [[0] * right + [1] * (40 - right) for right in counts]
    return Curve(np.array(lines), np.zeros(40, np.int64))


def test_crossings_are_named_with_their_strengths() -> None:
    noise = PERTURBATIONS["noise"]
    falls, flat = straight(40, 40, 35, 30, 20, 10, 0, 0), straight(*[20] * 8)
    said = who_reads_more(["A", "B"], [falls, flat], noise)
    assert "**A** reads more at 0, 0.1, 0.2 and 0.3, **B** at 0.5, 0.6 and 0.8." in said
    assert "No two of these networks differ" in who_reads_more(["A", "A2"], [falls] * 2, noise)


def test_who_reads_more_is_said_though_no_lines_cross() -> None:
    noise = PERTURBATIONS["noise"]
    curves = [straight(*[40] * 3, *[20] * 3, 0, 0), straight(*[40] * 6, 0, 0)]
    said = who_reads_more(["A", "B"], curves, noise)
    assert "**B** reads more than A at 0.3, 0.4 and 0.5." in said
    assert "No two of these lines cross" in said


def test_who_learned_from_spoiled_digits_is_marked_beside_who_did_not() -> None:
    app = opened("shipped-lenet5", "shipped-levit", way="Robustness")
    said = plain("LeNet-5") + " learned from **moved and turned digits**"
    assert any(said in note.value for note in app.markdown)
    chart = json.loads(app.get("plotly_chart")[0].proto.spec)["data"]
    assert {line["name"] for line in chart if "name" in line} == {"LeNet-5 (augmented)", "LeViT"}
    assert networks.network("shipped-levit").augmentation == 0


def test_samples_show_what_the_networks_read_at_each_strength() -> None:
    app = opened(*TWO, way="Robustness", compare_spoil="noise")
    [rows] = [view["groups"] for view in sent(app.get("bidi_component")) if "groups" in view]
    strengths = PERTURBATIONS["noise"].strengths
    for row in rows:
        assert [tile["label"].split("\n")[0] for tile in row["tiles"]] == [
            f"{s:g}" for s in strengths
        ]
        true = row["title"].split()[-1]
        assert row["tiles"][0]["label"].split("\n")[1] == f"{true} {true}"  # both read it unspoiled


def test_published_networks_are_counted_cited_and_never_asked() -> None:
    rows = ["alexnet", "resnet18"]
    app = opened(compare_published=True, compare_rows=rows)
    table = app.dataframe[0].value
    assert list(table["Network"]) == ["AlexNet", "ResNet-18"]
    top1 = [CATALOGUE[key].published.top1 for key in rows]  # type: ignore[union-attr]
    assert list(table["ImageNet top-1"]) == top1
    assert table["Parameters"].tolist() == [61_100_840, 11_689_512]  # torchvision's
    assert "Accuracy" not in table
    assert list(table["Weights of top-1"]) == ["torchvision's weights IMAGENET1K_V1"] * 2
    assert any("Recipes differ" in caption.value for caption in app.caption)
    app = opened(way="Charts", compare_published=True, compare_rows=rows, compare_cost="macs")
    [chart] = app.get("plotly_chart")
    assert "IMAGENET1K_V1" in chart.proto.spec
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
    found = []
    for view in views:
        if view.proto.json:
            found.append(json.loads(view.proto.json))
        elif view.proto.bytes:
            length = int.from_bytes(view.proto.bytes[:4], "little")
            found.append(json.loads(view.proto.bytes[4 : 4 + length]))
    return found


def test_one_digit_brings_three_pictures_for_each_network_with_boxes() -> None:
    app = opened(*TWO, way="Same digit", addressed=MIDDLE)
    views = [view for view in app.get("bidi_component") if view.proto.bytes]
    header, arrays = unpack(views[-1].proto.bytes)
    assert len(header["stages"]) == 3 * len(TWO)
    assert [stage["layer"] for stage in header["stages"]][1::3] == [
        CATALOGUE["lenet5"].middle,
        CATALOGUE["sprint_cnn"].middle,
    ]
    assert "field1-0" in arrays  # a unit of the first network's map, on its own input
    assert "field4-3" in arrays


def drawn(app: AppTest, image: NDArray[np.uint8], *, live: bool = False) -> AppTest:
    """Let the pad send a drawing."""
    views = [view for view in app.get("bidi_component") if view.proto.json]
    message = {
        "seq": 1,
        "id": next(view["id"] for view in sent(views) if "ack" in view),
        "live": live,
        "width": image.shape[1],
        "height": image.shape[0],
        "ink": base64.b64encode(image.tobytes()).decode(),
    }
    app.session_state[pad.KEY] = {"message": message}
    return app.run()


def test_a_digit_drawn_here_goes_through_every_network() -> None:
    app = opened(*TWO, way="Same digit", subject_chosen={"subject": "My drawing"})
    assert not [v for v in app.get("bidi_component") if v.proto.bytes]  # only the empty pad
    image = load_digits().test_images[0, 0]
    drawn(app, np.kron(image, np.ones((4, 4), np.uint8)))
    assert not app.exception
    header, arrays = unpack([v for v in app.get("bidi_component") if v.proto.bytes][-1].proto.bytes)
    assert [stage["title"] for stage in header["stages"][::3]] == ["LeNet-5", "SprintCNN"]
    received = center(np.kron(image, np.ones((4, 4), np.uint8)))
    assert arrays["stage3"][0] == pytest.approx(received / 255)  # SprintCNN pads nothing
    assert app.caption[-1].value.startswith("Your drawing")


def test_the_frame_on_each_input_is_what_the_middle_unit_sees() -> None:
    early = {"compare_match": "role"}
    header, arrays = shown_stages(opened(*TWO, way="Same digit", addressed=early))
    first, second = header["stages"][0], header["stages"][3]
    # the middle of 28 x 28 units, each of which sees 5 x 5 pixels of a padded or a bare input
    assert first["box"] == [14, 14, 18, 18]
    row, column = (side // 2 for side in arrays["stage4"].shape[1:])
    assert second["box"] == arrays["field4-3"][row, column].tolist()
    assert header["led"]


def test_a_wrong_answer_and_the_depth_are_said() -> None:
    digits, network = load_digits(), networks.network(TWO[0])
    found = answers(networks.load(network), CATALOGUE["lenet5"], digits.test_images)
    wrong = int(np.flatnonzero(found.digits != digits.test_labels)[0])
    early = {"compare_match": "role"}
    app = opened(*TWO, way="Same digit", subject_chosen={"digit": wrong}, addressed=early)
    header, _ = shown_stages(app)
    notes = header["stages"][0]["notes"]
    assert notes[0].startswith(f"Read as {found.digits[wrong]},")
    assert notes[0].endswith(f"It is labeled {digits.test_labels[wrong]}.")
    assert (
        header["stages"][1]["notes"][0] == "After 1 of its 5 convolutions and linear layers, 20%."
    )


def test_layers_are_matched_by_depth_size_or_field_and_what_is_far_is_said() -> None:
    keys = ("shipped-lenet5", "shipped-mnist_cnn")
    header, _ = shown_stages(opened(*keys, way="Same digit"))
    first, second = header["stages"][1::3]
    assert (first["layer"], second["layer"]) == ("tanh3", "relu2")  # 2 of 5, and 2 of 4
    assert second["notes"][0] == "After 2 of its 4 convolutions and linear layers, 50%."

    app = opened(
        *keys, way="Same digit", addressed={"compare_match": "share", "compare_share": "90"}
    )
    first, second = shown_stages(app)[0]["stages"][1::3]
    assert first["notes"][0].endswith("60%.")
    assert second["notes"][:2] == [
        "After 2 of its 4 convolutions and linear layers, 50%.",
        "It has no maps nearer to 90%.",
    ]

    app = opened(*keys, way="Same digit", addressed={"compare_match": "size", "compare_size": "7"})
    header, arrays = shown_stages(app)
    assert [arrays[f"stage{i}"].shape[1:] for i in (1, 4)] == [(5, 5), (7, 7)]
    assert "None of its maps are 7 × 7." in header["stages"][1]["notes"]
    assert len(header["stages"][4]["notes"]) == 2  # how deep, and what a unit sees
    assert app.query_params["compare_size"] == "7"

    by_field = {"compare_match": "field", "compare_field": "15"}  # 16/15 is less than 15/14
    header, _ = shown_stages(opened(*keys, way="Same digit", addressed=by_field))
    assert header["stages"][1]["notes"][1].startswith("A unit sees 16 pixels a side")
    assert header["stages"][4]["notes"][1] == "None of its units sees about 15 × 15 pixels."


def test_what_speaks_for_a_class_lies_on_the_input_as_it_is_received() -> None:
    app = opened(*TWO, way="Same digit", addressed={"compare_for": "3"})
    header, arrays = shown_stages(app)
    assert arrays["stage0"].shape == arrays["stage2"].shape == (1, 32, 32)  # LeNet-5 pads
    assert arrays["stage3"].shape == arrays["stage5"].shape == (1, 28, 28)
    assert header["stages"][2]["notes"] == ["What speaks for 3."]
    assert header["stages"][2]["enlarged"] == [5, 5]  # of s4
    network, image = networks.network(TWO[0]), load_digits().test_images[0]
    row = CATALOGUE["lenet5"]
    question = ask(networks.load(network), row, Target(3), "s4")
    inside = explain_by(question, image, "grad_cam")
    assert arrays["stage2"][0, 2:-2, 2:-2] == pytest.approx(inside, abs=1e-6)


def test_a_unit_that_is_kept_stands_in_the_address() -> None:
    app = opened(*TWO, way="Same digit", addressed={})
    app.query_params["compare_unit"] = "1-3-4-5"
    assert shown_stages(app.run())[0]["keep"] == [1, 3, 4, 5]
    for none in ("1-3-4-500", "99-0-0-0", "1-2", "a-b-c-d"):
        app.query_params["compare_unit"] = none
        assert shown_stages(app.run())[0]["keep"] is None


def test_a_drawing_that_all_read_on_the_pad_needs_no_table_of_their_answers() -> None:
    app = opened(*TWO, way="Same digit", subject_chosen={"subject": "My drawing"})
    drawn(app, np.kron(load_digits().test_images[0, 0], np.ones((4, 4), np.uint8)))
    assert not app.get("plotly_chart")
    assert len(shown_stages(app)[0]["stages"]) == 6


def test_the_next_digit_is_one_that_they_answer_differently() -> None:
    digits = load_digits()
    both = [
        answers(networks.load(networks.network(key)), CATALOGUE[key[8:]], digits.test_images)
        for key in TWO
    ]
    differ = np.flatnonzero(both[0].digits != both[1].digits)
    app = opened(*TWO, way="Same digit", subject_chosen={"digit": int(differ[-1])})
    while not [b for b in app.button if b.key == "compare_next_difference"]:
        time.sleep(0.1)
        app.run()
    button = app.button(key="compare_next_difference")
    assert f"of {len(differ)} " in button.label
    button.click().run()
    assert app.number_input(key="digit").value == differ[0]  # after the last comes the first


def test_many_networks_are_looked_at_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(same_digit, "_AT_ONCE", 2)
    app = opened(*FOUR[:3], way="Same digit")
    assert len(shown_stages(app)[0]["stages"]) == 3 * 2
    [pages] = app.get("pagination")
    assert pages.proto.num_pages == 2
    [said] = app.get("plotly_chart")
    assert len(json.loads(said.proto.spec)["data"][0]["y"]) == 3  # the answers of all


def shown_stages(app: AppTest) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the view of maps was sent."""
    return unpack([v for v in app.get("bidi_component") if v.proto.bytes][-1].proto.bytes)


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "under 0.1%"), (0.0006, "0.1%"), (0.5, "50.0%"), (0.9994, "99.9%"), (1, "over 99.9%")],
)
def test_no_probability_is_shown_as_none_or_all(share: float, text: str) -> None:
    assert sureness(share) == text


def test_no_network_is_an_invitation_and_not_an_error() -> None:
    app = opened()
    app.multiselect(key="compare").set_value([]).run()
    assert not app.exception
    assert "Choose at least one" in app.info[0].value


def test_the_table_can_be_taken_away() -> None:
    from cnnviz.comparison.columns import to_csv
    from cnnviz.comparison.summary import Standing

    text = to_csv([Standing("a", "A", "lenet5")], published=False)
    [line] = csv.DictReader(io.StringIO(text))
    assert line["network"] == "A"


def test_a_verdict_names_the_better_one_only_where_chance_would_hardly_do_that() -> None:
    clear = verdict("A", "B", Split(900, 5, 40, 55))
    assert "+3.50 percentage points" in clear
    assert "**B is better**" in clear
    assert "5 to 40" in clear
    assert "each of these 45 digits" in clear
    assert "p below 0.0001" in clear
    assert "p = 0.031" in verdict("A", "B", Split(900, 0, 6, 94))  # twice 1 / 2^6
    assert "decide that digit" in verdict("A", "B", Split(900, 0, 1, 99))
    even = verdict("A", "B", Split(900, 5, 7, 88))
    assert "no difference is shown" in even
    assert "better" not in even.replace("is better", "better") or "no difference" in even
    assert "exactly the same" in verdict("A", "B", Split(900, 0, 0, 100))


def test_a_verdict_says_its_chance_in_words_and_which_of_two_methods_decides() -> None:
    near = verdict("A", "B", Split(980, 14, 5, 1))  # p = 0.064 by the binomial sums
    assert "one time in 16 (p = 0.064" in near
    assert "to +0.00" in near
    assert "-0.00" not in near
    assert "exact test decides" not in near
    apart = verdict("A", "B", Split(10, 5, 0, 0))  # -58 to -6 points, and yet p = 2 / 2^5
    assert "one time in 16 (p = 0.062" in apart
    assert "no difference is shown**; the interval is an approximation" in apart
    assert how_often(1) == "always"
    assert how_often(0.7) == "more often than not"
    assert how_often(0.25) == "one time in 4"


@pytest.mark.parametrize("view", ["differ", "Where they differ"])
def test_links_name_a_view_by_its_key_or_as_they_once_did_by_its_title(view: str) -> None:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120).run()
    app.query_params["compare"] = list(TWO)
    app.query_params["compare_view"] = view
    app.query_params["compare_part"] = "two"
    app.query_params["compare_split"] = "both"
    app = settled(app.switch_page("pages/compare.py").run())
    assert app.selectbox(key="compare_first").value == TWO[0]
    assert "differ" in app.query_params["compare_view"]
    assert app.session_state["compare_split"] == "both"
    app.query_params["compare_view"] = "robust"
    app.query_params["compare_spoil"] = "rotation"
    app = settled(app.run())
    assert app.session_state["compare_spoil"] == "rotation"
    app.query_params["compare_spoil"] = "what is not there"
    app = settled(app.run())
    assert "rotation" in app.query_params["compare_spoil"]  # as before the broken link


def test_a_fragment_leaves_once_a_network_is_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(selection.st, "rerun", lambda: calls.append("whole page"))
    run = kept_run(0)
    held = selection.Choice((networks.network(run.id),), (), False, load_digits())
    selection.leave_if_gone(held)
    assert not calls
    run.path.rename(run.path.with_name("elsewhere"))
    selection.leave_if_gone(held)
    assert calls == ["whole page"]


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
    [said] = [caption.value for caption in app.caption if "Measured on" in caption.value]
    assert plain(platform.node()) in said
    assert plain("a CPU, 2 cores") + ", 2026-01-02 03:04, PyTorch" in said
    assert "load 0.1" in said
    assert not app.warning
    [file] = app.get("download_button")
    assert file.proto.label == "Timing as CSV"
    for old in measurements.measurements():
        old.delete()  # of the same second, so that chance would say which is newer
    keep_times("lenet5", "sprint_cnn", busy=True)
    [warning] = app.run().warning
    assert "busy for 4 of 4 lines" in warning.value


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
    assert any(plain("a CPU, 2 cores") in caption.value for caption in app.caption)
    full = optimizations.figures(tried[:2], where)
    assert list(full["without_p50_ms"]) == [4.0, 4.0]
    assert list(full["with_peak_bytes"]) == [1000, 2000]
    assert set(full["machine"]) == {platform.node()}


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
