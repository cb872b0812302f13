"""A run on the Train page: its buttons, its end, its damaged files, and texts of others."""

import dataclasses
import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from streamlit.testing.v1 import AppTest

from cnnviz.data.canvases import preview_canvases
from cnnviz.data.mnist import load_digits
from cnnviz.models.catalog import architecture
from cnnviz.system import ownership
from cnnviz.training import launch
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import store
from cnnviz.training.runs.records import Control, RunError, Status
from cnnviz.training.runs.store import Run
from cnnviz.ui.shell.markdown import plain
from tests.on_disk import epoch_row, interval_row, make_run, refuse_to_open
from tests.pages.reading import App, texts, whole
from tests.pages.train.train_page import (
    BEACON,
    LOG,
    badge,
    made,
    select,
    table,
)

# Starting


def test_an_old_run_on_digits_that_are_gone_is_still_shown(app: App, tmp_path: Path) -> None:
    run = made()
    config = run.config()
    config["settings"]["source"] = "full"
    (run.path / "config.json").write_text(json.dumps(config))
    page = app("train", run=run.id)
    assert badge(page) == "finished"
    assert "test digits of this run cannot be shown: " in texts(page)
    assert plain("MNIST/raw/train-images-idx3-ubyte is missing") in texts(page)
    assert plain(str(tmp_path)) not in texts(page)


# A run on the page


def test_the_newest_live_run_is_shown_and_its_buttons_write_wishes(app: App, live: Run) -> None:
    made()
    page = app("train")
    assert badge(page) == "running"
    assert "Continue" not in [button.label for button in page.button]
    for key, wish in (
        ("run_pause", Control("pause")),
        ("run_run", Control("run")),
        ("run_step", Control("pause", single_steps=1)),
        ("run_stop", Control("stop", single_steps=1)),
    ):
        if key == "run_run":
            live.write_status(dataclasses.replace(live.recorded_status(), state="paused"))
            whole(page.run())
        whole(page.button(key=key).click().run())
        assert live.control() == wish
    assert badge(page) == "stopping"
    assert page.button(key="run_stop").disabled


def test_the_learning_rate_slides_while_it_trains(app: App, live: Run) -> None:
    live.write_status(dataclasses.replace(live.recorded_status(), learning_rate=0.002))
    page = app("train")
    slider = page.select_slider[0]
    assert slider.label == "Learning rate"
    assert slider.value == 0.002
    whole(slider.set_value(0.01).run())
    assert live.control().learning_rate == 0.01
    assert page.select_slider[0].value == 0.01


def test_a_full_disk_refuses_a_wish_in_a_sentence(
    app: App, live: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = app("train")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Run, "request", refuse)
    whole(page.button(key="run_stop").click().run())
    assert plain("The disk is full: free some space, then resume the run.") in page.error[0].value
    assert live.control().want == "run"


def test_a_full_disk_still_shows_a_run_whose_trainer_has_gone(
    app: App,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = made("running", step=10)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Run, "write_status", refuse)
    assert badge(app("train", run=run.id)) == "interrupted"


@pytest.mark.parametrize("state", ["stopped", "interrupted", "failed", "diverged"])
@pytest.mark.parametrize("step", [0, 10, 20])
def test_whatever_has_not_finished_can_go_on(
    app: App, state: str, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = made(state, step=step, total_steps=20 if step else 0, message="No room.")
    asked: list[tuple[Run, float | None]] = []

    def resume(of: Run, *, learning_rate: float | None) -> None:
        asked.append((of, learning_rate))

    monkeypatch.setattr(launch, "resume_run", resume)
    page = app("train")
    whole(page.button(key="run_resume").click().run())
    [(resumed, rate)] = asked
    assert resumed == run
    lower = run.settings().learning_rate / 10  # the same rate would diverge again
    assert rate == (pytest.approx(lower) if state == "diverged" else None)
    assert ("No room" in texts(page)) == (state == "failed")


def test_going_on_that_is_refused_is_said(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    made("stopped")

    def refuse(run: Run, **_: object) -> None:
        raise RunError(f"{run.title()} is already training")

    monkeypatch.setattr(launch, "resume_run", refuse)
    page = app("train")
    whole(page.button(key="run_resume").click().run())
    assert page.error[0].value == plain("LeNet-5 · Lecture is already training")


def test_a_remedy_starts_anew_and_shows_the_new_run(
    app: App, started: list[tuple[Settings, str]]
) -> None:
    sick = made("diverged", learning_rate=0.5)
    page = app("train")
    assert "The loss became infinite or NaN at step 20" in texts(page).replace("\\", "")
    whole(page.button(key="remedy_diverged").click().run())
    assert [settings.learning_rate for settings, _ in started] == [
        architecture("lenet5").learning_rate
    ]
    assert page.query_params["run"] not in (sick.id, [sick.id])
    assert badge(page) == "stopped"


@pytest.mark.parametrize("key", ["20240101-120000-abcdef", "../../etc/passwd", BEACON, "", "%00"])
def test_the_link_of_a_run_that_is_not_there_shows_the_newest(app: App, key: str) -> None:
    made()
    page = app("train", run=key)
    assert badge(page) == "finished"
    assert "run" not in page.query_params
    assert "e.vil" not in texts(page)


def test_the_visitors_own_training_comes_before_that_of_a_race(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnviz.ui.pickers.run.visitor_token", lambda: "me")
    trained, raced = made("stopped"), made()
    config = raced.path / "config.json"
    config.write_text(
        json.dumps(json.loads(config.read_text()) | {"race": "20240101-120000-abcdef"})
    )
    ownership.set_owner(raced, "me")
    assert badge(app("train")) == "finished"  # the only one of this visitor
    ownership.set_owner(trained, "me")
    assert badge(app("train")) == "stopped"


def test_only_a_run_behind_another_one_is_called_queued(app: App) -> None:
    run, other = made("queued", step=0, total_steps=0), made("running")
    with FileLock(run.path / "lock"):
        page = app("train", run=run.id)
        assert page.get("progress")[0].proto.text == "Starting"  # the other has no trainer
        with FileLock(other.path / "lock"):
            other.change_state("running")
            page = app("train", run=run.id)
        assert page.get("progress")[0].proto.text == "Queued: another training is running"


def test_a_run_deleted_by_another_tab_gives_way_to_the_newest(app: App) -> None:
    older, newer = made(), made("stopped")
    page = app("train", run=newer.id)
    newer.delete()
    page.toggle(key="train_detail").set_value(True)
    whole(page.run())
    assert badge(page) == "finished"
    assert not newer.path.exists()
    assert store.runs() == [older]


def test_a_run_deleted_while_the_page_is_drawn_is_no_exception(
    app: App,
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
    page = app("train")
    assert [row["State"] for row in table(page)] == ["finished"]


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
def test_a_damaged_file_of_a_run_is_no_exception(app: App, file: str, content: str) -> None:
    run = made()
    (run.path / file).write_text(content)
    page = app("train", run=run.id)
    assert "e.vil" not in texts(page)
    whole(select(page, 0))


def test_a_network_without_filters_shows_its_answers_all_the_same(app: App) -> None:
    run = made()
    path = run.path / "preview.json"
    preview = json.loads(path.read_text()) | {"filters": [], "kernel": [1, 1]}
    path.write_text(json.dumps(preview))
    [pictures] = [
        c for c in app("train", run=run.id).get("bidi_component") if b"predictions" in c.proto.bytes
    ]
    assert b"First-layer filters" not in pictures.proto.bytes


# Text of others


@pytest.mark.parametrize(
    "label", [BEACON, "_under_ **bold** `code`", "# head", "[a](http://e.vil)"]
)
def test_a_label_is_shown_as_text(app: App, label: str) -> None:
    made("stopped").rename(label)
    page = app("train")
    assert page.subheader[0].value == plain(label)
    assert table(page)[0]["Run"] == label


def test_a_message_is_shown_as_text(app: App) -> None:
    made("failed", message=BEACON, tested_on=BEACON, hardware=BEACON)
    page = app("train")
    assert page.error[0].value == plain(BEACON)
    for metric in page.metric:
        assert BEACON not in metric.help


# The list of runs


def test_a_run_whose_settings_are_damaged_later_takes_no_page_down(app: App) -> None:
    run = made("stopped")
    app("train", run=run.id)
    (run.path / "config.json").write_text("{")
    page = app("train", run=run.id)
    assert page.dataframe.len == 0
    for other in ("pages/draw.py", "pages/inside.py"):
        assert [error.value for error in page.switch_page(other).run().exception] == []


# A detector


def test_a_detectors_run_is_measured_in_f1_and_shows_its_boxes(app: App) -> None:
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
    last = epoch_row(2, measures={"precision": 0.8, "recall": 0.965})
    make_run(
        Settings(model="detr", source="embedded"),
        preset="lecture",
        log=[*(interval_row(step) for step in range(1, 21)), last],
        preview=preview,
        **{"step": 20, "total_steps": 20, "test_accuracy": 0.875},
    )
    page = app("train")
    metrics = {metric.label: metric.value for metric in page.metric}
    assert metrics["Test F1"] == "87.50%"
    assert (metrics["Test precision"], metrics["Test recall"]) == ("80.00%", "96.50%")
    assert not any("accuracy" in label for label in metrics)
    [strip] = [group for group in tiles_of(page) if group["title"].startswith("Test canvases")]
    assert strip["note"].startswith("9 of 10 with the correct classes at step 20")
    assert [tile["wrong"] for tile in strip["tiles"]] == [True] + [False] * 9
    assert [len(tile["boxes"]) for tile in strip["tiles"]] == [len(boxes) for boxes in found]
    assert "Confusion matrix** of the detected digits" in texts(page)


def tiles_of(page: AppTest) -> list[dict[str, Any]]:
    """The rows of small pictures on the page."""
    for component in page.get("bidi_component"):
        content = component.proto.bytes
        header = json.loads(content[4 : 4 + int.from_bytes(content[:4], "little")] or "{}")
        if "groups" in header and "panels" not in header:
            return list(header["groups"])
    return []


def test_augmentation_and_pace_slide_while_it_trains(app: App, live: Run) -> None:
    live.write_status(
        dataclasses.replace(live.recorded_status(), learning_rate=0.002, augmentation=0.5)
    )
    page = app("train")
    _, strength, pace = page.select_slider
    assert [slider.label for slider in (strength, pace)] == ["Augmentation", "Pace"]
    assert (strength.value, strength.options) == (
        0.5,
        ["0", "0.25", "0.5", "0.75", "1", "1.5", "2"],
    )
    assert pace.options == [
        *("1 step/s", "2 steps/s", "5 steps/s", "10 steps/s", "20 steps/s", "50 steps/s"),
        "full speed",
    ]
    assert "slow motion" not in texts(page)
    whole(strength.set_value(1.0).run())
    whole(page.select_slider[2].set_value(2.0).run())
    assert live.control() == Control(augmentation=1.0, pace=2.0)
    assert [slider.value for slider in page.select_slider] == [0.002, 1.0, 2.0]
    whole(page.select_slider[2].set_value(0.0).run())
    assert live.control() == Control(augmentation=1.0)


def test_slow_motion_says_how_long_it_takes(app: App, live: Run) -> None:
    status = live.recorded_status()
    live.write_status(dataclasses.replace(status, step=40, total_steps=100, seconds=4.0))
    live.request(pace=1.0)
    page = whole(app("train"))
    # a second for each of the 60 steps that are left, not the six seconds that they compute
    assert page.get("progress")[0].proto.text.endswith(
        "slow motion, at most 1 step/s · about 60 s left"
    )


def test_a_change_of_settings_is_marked_in_the_curves(app: App) -> None:
    row = {"kind": "change", "step": 10, "epoch": 1.0, "seconds": 2.0, "augmentation": 1.0}
    make_run(log=[interval_row(5), row, interval_row(15)], step=15, total_steps=20)
    [chart] = [c for c in app("train").get("bidi_component") if "live_chart" in str(c.proto)]
    assert b'"augmentation 1"' in chart.proto.SerializeToString()


@pytest.mark.parametrize(
    ("indices", "labels"),
    [
        ([], [label for label in range(10) for _ in range(2)]),
        ([*range(90, 110)], [0] * 10 + [1] * 10),
    ],
)
def test_a_preview_shows_the_digits_that_it_names_and_an_older_one_the_first_two_of_each_class(
    app: App, indices: list[int], labels: list[int]
) -> None:
    answers = {"answers": [0] * 20, "confidences": [0.5] * 20, "indices": indices}
    preview = {"step": 20, "filters": [[0.1] * 25] * 6, "kernel": [5, 5]} | answers
    make_run(log=LOG, preview=preview, step=20, total_steps=20)
    [strip] = [group for group in tiles_of(app("train")) if group["title"].startswith("Test dig")]
    assert [int(tile["name"].split()[1]) for tile in strip["tiles"]] == labels


# Runs in trouble


def test_a_run_whose_lock_may_not_be_read_is_listed_and_shown_with_a_sentence(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = made("running")
    refuse_to_open(monkeypatch, run.path / "lock")
    page = app("train")
    assert badge(page) == "unknown"
    assert "Cannot tell whether this run is training" in page.warning[0].value
    assert not page.button(key="train").disabled


def test_a_failed_run_shows_why_and_the_end_of_its_log(app: App) -> None:
    run = made(state="failed", message="Internal error: KeyError: '![x](http://e.vil/a.png)'")
    run.file("log.txt").write_text("Traceback\nKeyError: '![x](http://e.vil/a.png)'\n")
    page = app("train", run=run.id)
    [error] = page.error
    assert "KeyError" in error.value
    assert "![x](http" not in error.value
    assert "End of the log" in [expander.label for expander in page.expander]
    assert page.code[0].value == "Traceback\nKeyError: '![x](http://e.vil/a.png)'"


@pytest.mark.parametrize("state", ["running", "finished"])
def test_a_run_with_incomplete_event_files_says_so(state: str, app: App) -> None:
    run = made(state, warning="The event files are incomplete: ![x](http://e.vil/a.png).")
    run.file("log.txt").write_text("Traceback\nOSError: No space left on device\n")
    with FileLock(run.path / "lock"):
        page = app("train", run=run.id)
    assert not page.error
    [warning] = page.warning
    assert "The event files are incomplete" in warning.value
    assert "![x](http" not in warning.value
    assert page.code[0].value.endswith("No space left on device")
