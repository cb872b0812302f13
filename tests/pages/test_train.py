"""The Train page without a browser: what it offers, does, refuses and says."""

import dataclasses
import errno
import json
import os
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from streamlit.testing.v1 import AppTest

from cnnviz.data.canvases import preview_canvases
from cnnviz.data.mnist import load_digits
from cnnviz.models.catalogue import architecture
from cnnviz.training import launch
from cnnviz.training.engine.settings import PRESETS, Settings
from cnnviz.training.runs import store
from cnnviz.training.runs.records import Control, RunError, Status
from cnnviz.training.runs.store import Run
from cnnviz.ui.components.live_chart import _spread
from cnnviz.ui.shell.markdown import opening, plain

DASHBOARD = str(Path(__file__).parents[2] / "dashboard.py")
PAGE = "pages/train.py"
BEACON = "![x](http://e.vil/a.png) <b>$x$</b> :red[hot]"


@pytest.fixture(autouse=True)
def no_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "prepare", lambda: None)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Settings, str]]:
    """What the page has asked to train; no process is started."""
    asked: list[tuple[Settings, str]] = []

    def start(settings: Settings, *, preset: str = "") -> Run:
        asked.append((settings, preset))
        run = store.create(settings.replace(source="embedded"), preset=preset, versions={})
        run.write_status(Status(state="stopped"))
        return run

    monkeypatch.setattr(launch, "start", start)
    return asked


def opened(**query: str) -> AppTest:
    """The page, from the menu, or by a link."""
    app = AppTest.from_file(DASHBOARD, default_timeout=60)
    if not query:
        app.run()
    app.switch_page(PAGE)
    for name, value in query.items():
        app.query_params[name] = value
    return whole(app.run())


def whole(app: AppTest) -> AppTest:
    """The page, drawn to its end without an exception."""
    assert [error.value for error in app.exception] == []
    assert "How to read this" in [expander.label for expander in app.expander]
    return app


def texts(app: AppTest) -> str:
    parts = (app.error, app.warning, app.caption, app.markdown, app.subheader)
    return "\n".join(element.value for kind in parts for element in kind)


def made(state: str = "finished", **status: Any) -> Run:
    run = store.create(Settings(model="lenet5", source="embedded"), preset="lecture", versions={})
    known = {"step": 20, "total_steps": 20, "epoch": 2.0, "seconds": 3.0, "test_accuracy": 0.97}
    run.write_status(Status(state=state, **(known | status)))
    rows = [interval(step) for step in range(1, 21)] + [epoch(2)]
    (run.path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    answers = {"answers": [0] * 20, "confidences": [0.5] * 20}
    preview = {"step": 20, "filters": [[0.1] * 25] * 6, "kernel": [5, 5]} | answers
    (run.path / "preview.json").write_text(json.dumps(preview))
    (run.path / "weights.safetensors").write_bytes(b"weights")
    return run


def interval(step: int) -> dict[str, Any]:
    numbers = {"loss": 2.5 / step, "accuracy": 0.9, "images_per_second": 5000.0}
    more = {"learning_rate": 0.002, "gradient_norms": {"c1": 1.0}, "dead": {}}
    place = {"kind": "interval", "step": step, "epoch": step / 10, "seconds": 0.1 * step}
    return place | numbers | more


def epoch(number: int) -> dict[str, Any]:
    place = {"kind": "epoch", "epoch": number, "step": 10 * number, "seconds": 3.0, "took": 1.5}
    confusion = [[100 if row == column else 0 for column in range(10)] for row in range(10)]
    return place | {"test_loss": 0.1, "test_accuracy": 0.97, "confusion": confusion}


def badge(app: AppTest) -> str:
    [found] = [m.value for m in app.markdown if "-badge[" in m.value]
    return found.partition("[")[2].rstrip("]")


def table(app: AppTest) -> list[dict[str, Any]]:
    return [] if not app.dataframe else app.dataframe[0].value.to_dict("records")


def select(app: AppTest, *rows: int) -> AppTest:
    """Mark rows of the table, which AppTest has no setter for."""
    key = f"runs_{hash(tuple(run.id for run in store.runs()))}"
    app.session_state[key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return whole(app.run())


# Opening


def test_it_opens_alone_and_from_the_menu() -> None:
    alone = AppTest.from_file(DASHBOARD, default_timeout=60).switch_page(PAGE).run()
    for app in (whole(alone), opened()):
        assert app.title[0].value == "Train"
        assert app.button(key="train").label == "Train"
        assert "No run yet. Press Train." in texts(app)
        assert "Embedded MNIST digits: 4,000 to train, 1,000 to test." in texts(app)


def test_a_link_chooses_the_architecture() -> None:
    app = opened(train_model="LeNet-5")  # Streamlit puts the title into the address
    assert app.selectbox(key="train_model").value == "lenet5"
    assert app.number_input(key="train_learning_rate").value == 2e-3
    assert opened(train_model="vgg<script>").selectbox(key="train_model").value == "mnist_cnn"


# Choices


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("model", ["mnist_cnn", "lenet5"])
def test_a_preset_fills_in_the_settings(
    preset: str, model: str, started: list[tuple[Settings, str]]
) -> None:
    app = opened()
    app.selectbox(key="train_model").select(model).run()
    app.number_input(key="train_epochs").set_value(77).run()
    other = "fast" if preset != "fast" else "lecture"
    for choice in (other, preset):
        whole(app.segmented_control(key="train_preset").set_value(choice).run())
    expected = PRESETS[preset].settings(model)
    assert app.number_input(key="train_epochs").value == expected.epochs
    assert app.number_input(key="train_batch_size").value == expected.batch_size
    assert app.number_input(key="train_learning_rate").value == expected.learning_rate
    assert app.selectbox(key="train_schedule").value == expected.schedule
    whole(app.button(key="train").click().run())
    assert started == [(expected, preset)]


def test_a_changed_setting_is_trained_with_and_no_longer_called_the_preset(
    started: list[tuple[Settings, str]],
) -> None:
    app = opened()
    app.number_input(key="train_epochs").set_value(3).run()
    app.selectbox(key="train_optimizer").select("sgd").run()
    whole(app.button(key="train").click().run())
    [(settings, preset)] = started
    expected = PRESETS["quick"].settings("mnist_cnn").replace(epochs=3, optimizer="sgd")
    assert (settings, preset) == (expected, "")


def test_a_number_typed_just_before_the_click_counts(
    started: list[tuple[Settings, str]],
) -> None:
    app = opened()
    app.number_input(key="train_epochs").set_value(7)  # both arrive in one message
    whole(app.button(key="train").click().run())
    assert started[0][0].epochs == 7


def test_dropout_is_offered_only_where_the_network_has_it(
    started: list[tuple[Settings, str]],
) -> None:
    app = opened()
    app.number_input(key="train_dropout").set_value(0.5).run()
    whole(app.selectbox(key="train_model").select("lenet5").run())
    assert "train_dropout" not in [number.key for number in app.number_input]
    whole(app.button(key="train").click().run())
    assert started[0][0].dropout == 0.0


def test_choices_that_do_not_go_together_are_a_sentence_and_no_button(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(self: Settings, **changes: Any) -> Settings:
        changed = dataclasses.replace(self, **changes)
        if changed.optimizer == "sgd" and changed.schedule == "cosine":
            raise ValueError("LeNet_5 and *cosine* do not go together")
        return changed

    monkeypatch.setattr(Settings, "replace", refuse)
    app = opened()
    app.selectbox(key="train_optimizer").select("sgd").run()
    whole(app.selectbox(key="train_schedule").select("cosine").run())
    assert [e.value for e in app.error] == [opening("LeNet_5 and *cosine* do not go together")]
    assert app.button(key="train").disabled
    whole(app.selectbox(key="train_schedule").select("constant").run())
    assert not app.error
    assert not app.button(key="train").disabled


def test_choices_outlive_a_visit_to_another_page() -> None:
    app = opened()
    app.number_input(key="train_epochs").set_value(33).run()
    app.switch_page("pages/overview.py").run()
    whole(app.switch_page(PAGE).run())
    assert app.number_input(key="train_epochs").value == 33


# Starting


def test_train_starts_a_run_and_shows_it(started: list[tuple[Settings, str]]) -> None:
    older = made()
    app = opened()
    whole(app.button(key="train").click().run())
    assert len(started) == 1
    [new] = [run for run in store.runs() if run != older]
    assert app.query_params["run"] in (new.id, [new.id])
    assert app.subheader[0].value == plain("MnistCNN, fully connected head · Quick look")
    assert badge(app) == "stopped"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RunError("4 trainings are waiting already"), "4 trainings are waiting already"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "The disk is full: make room"),
        (PermissionError(13, "Permission denied", "runs/_x_"), "disk refused runs/_x_: Permission"),
    ],
)
def test_a_refused_start_is_a_sentence_said_once(
    error: Exception, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Run:
        raise error

    monkeypatch.setattr(launch, "start", refuse)
    app = opened()
    whole(app.button(key="train").click().run())
    assert plain(sentence) in app.error[0].value
    assert not whole(app.run()).error


def test_damaged_mnist_is_a_warning_and_the_page_works(
    started: list[tuple[Settings, str]], tmp_path: Path
) -> None:
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte").write_bytes(b"half a download")
    app = opened()
    assert plain("has 15 bytes in place of 47,040,016") in app.warning[0].value
    assert "Embedded MNIST digits" in texts(app)
    whole(app.button(key="train").click().run())
    assert started[0][0].source == "embedded"  # as the page says, in place of a refusal


def test_damaged_mnist_chosen_all_the_same_is_refused_in_a_sentence(tmp_path: Path) -> None:
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte").write_bytes(b"half a download")
    app = opened()
    app.selectbox(key="train_source").select("full").run()
    whole(app.button(key="train").click().run())
    assert plain("has 15 bytes in place of 47,040,016") in app.error[0].value
    assert store.runs() == []


def test_an_old_run_on_digits_that_are_gone_is_still_shown(tmp_path: Path) -> None:
    run = made()
    config = run.config()
    config["settings"]["source"] = "full"
    (run.path / "config.json").write_text(json.dumps(config))
    app = opened(run=run.id)
    assert badge(app) == "finished"
    assert "test digits cannot be shown: " in texts(app)
    assert plain(str(tmp_path)) in texts(app)


# A run on the page


@pytest.fixture
def live() -> Iterator[Run]:
    """A run whose trainer lives; the test is its trainer."""
    run = made("running", step=10, test_accuracy=None)
    with FileLock(run.path / "lock"):
        yield run


def test_the_newest_live_run_is_shown_and_its_buttons_write_wishes(live: Run) -> None:
    made()
    app = opened()
    assert badge(app) == "running"
    assert "Go on" not in [button.label for button in app.button]
    for key, wish in (
        ("run_pause", Control("pause")),
        ("run_run", Control("run")),
        ("run_step", Control("pause", single_steps=1)),
        ("run_stop", Control("stop", single_steps=1)),
    ):
        if key == "run_run":
            live.write_status(dataclasses.replace(live.recorded_status(), state="paused"))
            whole(app.run())
        whole(app.button(key=key).click().run())
        assert live.control() == wish
    assert badge(app) == "stopping"
    assert app.button(key="run_stop").disabled


def test_the_learning_rate_slides_while_it_trains(live: Run) -> None:
    live.write_status(dataclasses.replace(live.recorded_status(), learning_rate=0.002))
    app = opened()
    [slider] = app.select_slider
    assert slider.value == 0.002
    whole(slider.set_value(0.01).run())
    assert live.control().learning_rate == 0.01
    assert app.select_slider[0].value == 0.01


def test_a_full_disk_refuses_a_wish_in_a_sentence(
    live: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Run, "request", refuse)
    whole(app.button(key="run_stop").click().run())
    assert plain("The disk is full: make room, then go on with the run.") in app.error[0].value
    assert live.control().want == "run"


def test_a_full_disk_still_shows_a_run_whose_trainer_has_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = made("running", step=10)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Run, "write_status", refuse)
    assert badge(opened(run=run.id)) == "interrupted"


@pytest.mark.parametrize("state", ["stopped", "interrupted", "failed", "diverged"])
@pytest.mark.parametrize("step", [0, 10, 20])
def test_whatever_has_not_finished_can_go_on(
    state: str, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, asked = made(state, step=step, total_steps=20 if step else 0, message="No room."), []
    monkeypatch.setattr(launch, "resume", asked.append)
    app = opened()
    whole(app.button(key="run_resume").click().run())
    assert asked == [run]
    assert ("No room" in texts(app)) == (state == "failed")


def test_going_on_that_is_refused_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    made("stopped")

    def refuse(run: Run) -> None:
        raise RunError(f"{run.title()} is already training")

    monkeypatch.setattr(launch, "resume", refuse)
    app = opened()
    whole(app.button(key="run_resume").click().run())
    assert app.error[0].value == plain("LeNet-5 · Lecture is already training")


def test_a_remedy_starts_anew_and_shows_the_new_run(started: list[tuple[Settings, str]]) -> None:
    sick = made("diverged", learning_rate=0.5)
    app = opened()
    assert "The loss stopped being a number at step 20" in texts(app).replace("\\", "")
    whole(app.button(key="remedy_diverged").click().run())
    assert [settings.learning_rate for settings, _ in started] == [
        architecture("lenet5").learning_rate
    ]
    assert app.query_params["run"] not in (sick.id, [sick.id])
    assert badge(app) == "stopped"


@pytest.mark.parametrize("key", ["20240101-120000-abcdef", "../../etc/passwd", BEACON, "", "%00"])
def test_the_link_of_a_run_that_is_not_there_shows_the_newest(key: str) -> None:
    made()
    app = opened(run=key)
    assert badge(app) == "finished"
    assert "run" not in app.query_params
    assert "e.vil" not in texts(app)


def test_a_run_deleted_by_another_tab_gives_way_to_the_newest() -> None:
    older, newer = made(), made("stopped")
    app = opened(run=newer.id)
    newer.delete()
    app.toggle(key="train_detail").set_value(True)
    whole(app.run())
    assert badge(app) == "finished"
    assert not newer.path.exists()
    assert store.runs() == [older]


def test_a_run_deleted_while_the_page_is_drawn_is_no_exception(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made()
    doomed = made()
    original = Run.recorded_status

    def delete(self: Run) -> Status:
        status = original(self)
        if self == doomed and self.path.exists():
            self.path.rename(self.path.with_name(".gone"))
        return status

    monkeypatch.setattr(Run, "recorded_status", delete)
    app = opened()
    assert [row["State"] for row in table(app)] == ["finished"]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("status.json", '{"state": "![x](http://e.vil/a.png)"}'),
        ("status.json", '{"state": "running", "step": "many"}'),
        ("metrics.jsonl", '{"kind": "interval"\n'),
        ("metrics.jsonl", "[1, 2]\n"),
        ("preview.json", "{}"),
        ("label.json", "{"),
        ("control.json", '{"want": "<script>"}'),
    ],
)
def test_a_damaged_file_of_a_run_is_no_exception(file: str, content: str) -> None:
    run = made()
    (run.path / file).write_text(content)
    app = opened(run=run.id)
    assert "e.vil" not in texts(app)
    whole(select(app, 0))


def test_a_network_without_filters_shows_its_answers_all_the_same() -> None:
    run = made()
    path = run.path / "preview.json"
    preview = json.loads(path.read_text()) | {"filters": [], "kernel": [1, 1]}
    path.write_text(json.dumps(preview))
    [pictures] = [
        c for c in opened(run=run.id).get("bidi_component") if b"answers" in c.proto.bytes
    ]
    assert b"First-layer filters" not in pictures.proto.bytes


def test_of_many_layers_the_chart_draws_a_few_from_first_to_last() -> None:
    layers = [f"layer{i}" for i in range(50)]
    shown = _spread(layers)
    assert (len(shown), shown[0], shown[-1]) == (8, "layer0", "layer49")
    assert shown == sorted(set(shown), key=layers.index)
    assert _spread(layers[:8]) == layers[:8]


# Text of others


@pytest.mark.parametrize(
    "label", [BEACON, "_under_ **bold** `code`", "# head", "[a](http://e.vil)"]
)
def test_a_label_is_shown_as_text(label: str) -> None:
    made("stopped").rename(label)
    app = opened()
    assert app.subheader[0].value == plain(label)
    assert table(app)[0]["Run"] == label


def test_a_message_is_shown_as_text() -> None:
    made("failed", message=BEACON, tested_on=BEACON, hardware=BEACON)
    app = opened()
    assert app.error[0].value == plain(BEACON)
    for metric in app.metric:
        assert BEACON not in metric.help


def test_plain_leaves_no_punctuation_to_markdown_and_keeps_all_else() -> None:
    assert plain("a·1 é") == "a·1 é"
    assert plain("*a*\n_b_") == r"\*a\* \_b\_"
    marks = string.punctuation.replace("@", "")
    assert plain(marks) == "".join(f"\\{mark}" for mark in marks)
    for address in ("http://e.vil", "www.e.vil", "me@e.vil"):
        assert plain(address).replace("\\", "").replace("\u2060", "") == address
        assert "\u2060" in plain(address)
    assert opening("leNet-5 is off") == r"LeNet\-5 is off"


# The list of runs


def test_runs_are_listed_with_state_and_sparkline() -> None:
    made("finished")
    run = made("stopped", step=5)
    run.rename("mine")
    app = opened()
    rows = {row["Run"]: row for row in table(app)}
    assert set(rows) == {"LeNet-5 · Lecture", "mine"}
    assert (rows["mine"]["State"], rows["mine"]["Progress"]) == ("stopped", 0.25)
    assert rows["mine"]["Loss"] == pytest.approx([2.5 / step for step in range(1, 21)])
    assert "Select one run to act on it" in texts(app)


def test_a_selected_run_is_renamed_and_deleted() -> None:
    run = made()
    app = select(opened(), 0)
    whole(app.text_input(key=f"label_{run.id}").set_value("  Sieben\x00 ").run())
    assert run.title() == "Sieben"
    [delete] = [button for button in app.button if button.label == "Delete"]
    app = whole(delete.click().run())
    assert store.runs() == []
    assert (run.path.parent / ".trash" / run.id / "weights.safetensors").exists()
    assert "No run yet" in texts(app)


def test_weights_and_numbers_can_be_taken_away() -> None:
    made()
    app = select(opened(), 0)
    assert {b.proto.label for b in app.get("download_button")} == {"Weights", "Numbers as CSV"}


def test_a_live_run_offers_no_deletion(live: Run) -> None:
    del live
    app = select(opened(), 0)
    [delete] = [button for button in app.button if button.label == "Delete"]
    assert delete.disabled


def test_a_deletion_that_the_disk_refuses_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    made()
    app = select(opened(), 0)

    def refuse(self: Run) -> None:
        raise PermissionError(13, "Permission denied", str(self.id))

    monkeypatch.setattr(Run, "delete", refuse)
    [delete] = [button for button in app.button if button.label == "Delete"]
    whole(delete.click().run())
    assert "Permission denied" in app.error[0].value


def test_several_runs_are_compared_and_names_cannot_be_links() -> None:
    made().rename('<a href="http://e.vil">click</a>')
    made()
    made()
    app = select(opened(), 0, 1, 2)
    loss, accuracy = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")[-2:]]
    names = [trace["name"] for trace in loss["data"]]
    assert '&lt;a href="http://e.vil"&gt;click&lt;/a&gt;' in names
    assert len(set(names)) == 3  # two of one title are told apart
    assert accuracy["layout"]["yaxis"]["tickformat"] == ".1%"
    app.segmented_control(key="compare_axis").set_value("seconds").run()
    spec = json.loads(whole(app).get("plotly_chart")[-1].proto.spec)
    assert spec["layout"]["xaxis"]["title"]["text"] == "seconds of training"


def test_a_spare_is_kept_ready_while_nothing_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(launch, "prepare", lambda: calls.append(1))
    opened()
    assert calls
    run = made("running", step=10)
    calls.clear()
    with FileLock(run.path / "lock"):
        opened()
    assert not calls


@pytest.mark.parametrize(("name", "value"), [("epochs", 5000), ("batch_size", 0), ("seed", -1)])
def test_a_number_out_of_its_range_is_refused_and_not_replaced(name: str, value: int) -> None:
    app = opened()
    whole(app.number_input(key=f"train_{name}").set_value(value).run())
    assert "out of range" in app.error[0].value
    assert app.button(key="train").disabled


def test_an_emptied_number_goes_back_to_the_presets() -> None:
    app = opened()
    whole(app.number_input(key="train_batch_size").set_value(None).run())
    assert (
        app.number_input(key="train_batch_size").value
        == PRESETS["quick"].settings("mnist_cnn").batch_size
    )


def test_a_run_whose_settings_are_damaged_later_takes_no_page_down() -> None:
    run = made("stopped")
    opened(run=run.id)
    (run.path / "config.json").write_text("{")
    app = opened(run=run.id)
    assert app.dataframe.len == 0
    for page in ("pages/draw.py", "pages/inside.py"):
        assert [error.value for error in app.switch_page(page).run().exception] == []


# A detector


def test_a_detectors_run_is_measured_in_f1_and_shows_its_boxes() -> None:
    run = store.create(Settings(model="detr", source="embedded"), preset="lecture", versions={})
    run.write_status(Status(state="finished", step=20, total_steps=20, test_accuracy=0.875))
    last = epoch(2) | {"measures": {"precision": 0.8, "recall": 0.965}}
    rows = [*(interval(step) for step in range(1, 21)), last]
    (run.path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    made = preview_canvases(load_digits("embedded"))
    found = [
        [
            [int(label), 0.9, *(box[:2] - box[2:] / 2).tolist(), *(box[:2] + box[2:] / 2).tolist()]
            for label, box in zip(labels, boxes, strict=True)
            if label >= 0
        ]
        for labels, boxes in zip(made.labels, made.boxes, strict=True)
    ]
    found[0] = []
    preview = {"step": 20, "filters": [[0.1] * 9] * 16, "kernel": [3, 3]}
    preview |= {"answers": [], "confidences": [], "found": found}
    (run.path / "preview.json").write_text(json.dumps(preview))
    app = opened()
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics["Test F1"] == "87.50%"
    assert (metrics["Test precision"], metrics["Test recall"]) == ("80.00%", "96.50%")
    assert not any("accuracy" in label for label in metrics)
    [strip] = [group for group in tiles_of(app) if group["title"].startswith("Test canvases")]
    assert strip["note"].startswith("9 of 10 with the right names at step 20")
    assert [tile["wrong"] for tile in strip["tiles"]] == [True] + [False] * 9
    assert [len(tile["boxes"]) for tile in strip["tiles"]] == [len(boxes) for boxes in found]
    assert "Confusion matrix** of the digits found" in texts(app)


def test_runs_of_both_kinds_share_one_column() -> None:
    made()
    run = store.create(Settings(model="detr", source="embedded"), versions={})
    run.write_status(Status(state="finished", step=20, total_steps=20, test_accuracy=0.875))
    columns = json.loads(opened().dataframe[0].proto.columns)
    assert columns["Test accuracy"]["label"] == "Test F1 or accuracy"


def tiles_of(app: AppTest) -> list[dict[str, Any]]:
    """The rows of small pictures on the page."""
    for component in app.get("bidi_component"):
        content = component.proto.bytes
        header = json.loads(content[4 : 4 + int.from_bytes(content[:4], "little")] or "{}")
        if "groups" in header and "panels" not in header:
            return list(header["groups"])
    return []
