"""Training on from a snapshot in the Time machine."""

import dataclasses
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.training import launch
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import store
from cnnviz.training.runs.origin import Parent
from cnnviz.training.runs.store import Run
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.time import loaded_snapshots
from tests.on_disk import add_snapshot, add_weights, make_run
from tests.pages.reading import App, settled, texts

SETTINGS = Settings(model="lenet5", epochs=3, learning_rate=0.002, source="embedded", seed=7)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaded_snapshots, "SNAPSHOT_DIGITS", 40)
    monkeypatch.setattr(launch, "prepare_spare", lambda: None)  # no spare trainer
    monkeypatch.setattr(launch, "_launch", lambda _, runs: runs[0].change_state("queued"))


def parent() -> Run:
    return make_run(SETTINGS, steps=(0, 1, 4), weights=4, step=4, total_steps=4, epoch=1)


def key(run: Run, name: str) -> str:
    return f"time_{name}_{run.id}"


def opener(page: AppTest) -> str:
    """The label of the button that opens the form."""
    [popover] = [block for block in page.get("popover") if "Train on" in block.proto.popover.label]
    return str(popover.proto.popover.label)


def test_the_form_begins_with_the_settings_of_the_run(app: App) -> None:
    run = parent()
    page = settled(app("time", digit="5"))
    assert opener(page) == "Train on from step 4"
    assert page.number_input(key=key(run, "epochs")).value == 3
    assert page.number_input(key=key(run, "learning_rate")).value == 0.002
    assert page.number_input(key=key(run, "augmentation")).value == 0.0
    assert page.selectbox(key=key(run, "optimizer")).value == "adamw"


def test_the_button_starts_a_run_from_the_chosen_step(app: App) -> None:
    run = parent()
    page = settled(app("time", digit="5", run=run.id, moment="1"))
    assert opener(page) == "Train on from step 1"
    page.number_input(key=key(run, "epochs")).set_value(2)
    page.number_input(key=key(run, "augmentation")).set_value(1.0)
    page = settled(page.button(key="time_continue").click().run())
    [new] = [other for other in store.runs() if other != run]
    assert new.settings() == SETTINGS.replace(epochs=2, augmentation=1.0)
    assert new.parent() == Parent(run.id, run.title(), 1, optimizer=False)
    assert new.title().endswith(", from step 1")
    origin = plain(f"continues {run.title()} from step 1")
    assert f"The new run {origin}." in texts(page)
    [link] = [link for link in page.get("page_link") if link.proto.label == "Watch it train"]
    assert f"run={new.id}" in link.proto.query_string
    assert page.query_params["run"] in (run.id, [run.id])


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"epochs": 0}, "Epochs must be 1 to 100, got 0"),
        ({"learning_rate": 11.0}, "Learning rate must be 1e-06 to 10, got 11"),
    ],
)
def test_numbers_out_of_range_are_refused_in_a_sentence(
    values: dict[str, Any], sentence: str, app: App
) -> None:
    run = parent()
    page = settled(app("time", digit="5"))
    for name, value in values.items():
        page.number_input(key=key(run, name)).set_value(value)
    page = settled(page.button(key="time_continue").click().run())
    assert [error.value for error in page.error] == [plain(sentence)]
    assert store.runs() == [run]


@pytest.mark.parametrize("kept", [True, False])
def test_a_continued_run_says_whose_step_it_began_with(app: App, kept: bool) -> None:
    run = parent()
    child = store.create_run(
        SETTINGS, versions={}, parent=Parent(run.id, "before", 1, optimizer=kept)
    )
    add_weights(child, 5)
    add_snapshot(child, 2)
    child.write_status(dataclasses.replace(run.recorded_status(), step=2))
    note = "with the state of its optimizer" if kept else "with a new optimizer"
    page = settled(app("time", digit="5", run=child.id))
    assert f"This run {plain(f'continues {run.title()} from step 1')}, {note}." in texts(page)
    run.rename("another name")
    page = app("train", run=child.id)
    assert f"This run {plain('continues another name from step 1')}, {note}." in texts(page)
    rows = {row["Run"]: row for row in page.dataframe[0].value.to_dict("records")}
    assert rows["another name"]["Origin"] == ""
    assert rows[child.title()]["Origin"] == "continues another name from step 1"
    run.delete()
    assert plain("continues before (deleted) from step 1") in texts(app("train", run=child.id))
