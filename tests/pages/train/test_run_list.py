"""The list of runs on the Train page: selected, renamed, compared and deleted."""

import json
import os
from pathlib import Path

import pytest

from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import store, trash
from cnnviz.training.runs.failures import DISK_FULL
from cnnviz.training.runs.store import Run
from tests.on_disk import make_run
from tests.pages.reading import App, texts, whole
from tests.pages.train.train_page import made, select, table

# The list of runs


def test_runs_are_listed_with_state_and_sparkline(app: App) -> None:
    made("finished")
    run = made("stopped", step=5)
    run.rename("mine")
    page = app("train")
    rows = {row["Run"]: row for row in table(page)}
    assert set(rows) == {"LeNet-5 · Lecture", "mine"}
    assert (rows["mine"]["State"], rows["mine"]["Progress"]) == ("stopped", 0.25)
    assert rows["mine"]["Loss"] == pytest.approx([2.5 / step for step in range(1, 21)])
    assert "Select one run for its actions, several to compare their curves." in texts(page)


def test_a_selected_run_is_renamed_and_deleted(app: App) -> None:
    run = made()
    page = select(app("train"), 0)
    whole(page.text_input(key=f"label_{run.id}").set_value("  Sieben\x00 ").run())
    assert run.title() == "Sieben"
    [delete] = [button for button in page.button if button.label == "Delete"]
    page = whole(delete.click().run())
    assert store.runs() == []
    assert (run.path.parent / ".trash" / run.id / "weights.safetensors").exists()
    assert "No run yet" in texts(page)


def test_a_deletion_is_undone_on_the_page(app: App) -> None:
    made()
    made("stopped")
    run, older = store.runs()  # of one second: in any order
    page = select(app("train", run=run.id), 0)
    [delete] = [button for button in page.button if button.label == "Delete"]
    page = whole(delete.click().run())
    assert store.runs() == [older]
    assert "Deleted: " in texts(page)
    page = whole(page.button(key="run_delete_undo").click().run())
    assert store.runs() == [run, older]
    assert "Deleted: " not in texts(page)
    assert page.query_params["run"] in (run.id, [run.id])


def test_the_offer_to_undo_can_be_closed(app: App) -> None:
    run = made()
    page = select(app("train"), 0)
    [delete] = [button for button in page.button if button.label == "Delete"]
    page = whole(delete.click().run())
    page = whole(page.button(key="run_delete_close").click().run())
    assert "Deleted: " not in texts(page)
    assert store.runs() == []
    assert (run.path.parent / ".trash" / run.id).is_dir()


def test_a_list_shows_rate_and_epochs_and_a_dash_for_what_is_not_known(app: App) -> None:
    make_run(Settings(model="lenet5", learning_rate=0.02, epochs=5), state="stopped")
    page = app("train")
    [row] = table(page)
    assert (row["Run"], row["Learning rate"], row["Epochs"]) == (
        "LeNet-5 · lr 0.02, 5 epochs",
        0.02,
        5,
    )
    assert page.dataframe[0].proto.placeholder == "–"


def test_weights_and_numbers_can_be_taken_away(app: App) -> None:
    made()
    page = select(app("train"), 0)
    assert {b.proto.label for b in page.get("download_button")} == {"Weights", "Metrics as CSV"}


def test_weights_are_read_only_when_they_are_downloaded(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    made()
    read = Path.read_bytes

    def without_weights(path: Path) -> bytes:
        assert path.name != "weights.safetensors"
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", without_weights)
    page = select(app("train"), 0)
    assert "Weights" in {b.proto.label for b in page.get("download_button")}


def test_a_live_run_offers_no_deletion(app: App, live: Run) -> None:
    del live
    page = select(app("train"), 0)
    [delete] = [button for button in page.button if button.label == "Delete"]
    assert delete.disabled


def test_a_deletion_that_the_disk_refuses_is_a_sentence(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    made()
    page = select(app("train"), 0)

    def refuse(self: Run) -> None:
        raise PermissionError(13, "Permission denied", str(self.id))

    monkeypatch.setattr(Run, "delete", refuse)
    [delete] = [button for button in page.button if button.label == "Delete"]
    whole(delete.click().run())
    assert "Permission denied" in page.error[0].value


def test_several_runs_are_compared_and_names_cannot_be_links(app: App) -> None:
    made().rename('<a href="http://e.vil">click</a>')
    made()
    made()
    page = select(app("train"), 0, 1, 2)
    loss, accuracy = [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")[-2:]]
    names = [trace["name"] for trace in loss["data"]]
    assert '&lt;a href="http://e.vil"&gt;click&lt;/a&gt;' in names
    assert len(set(names)) == 3  # two of one title are told apart
    assert accuracy["layout"]["yaxis"]["tickformat"] == ".1%"
    page.segmented_control(key="compare_axis").set_value("seconds").run()
    spec = json.loads(whole(page).get("plotly_chart")[-1].proto.spec)
    assert spec["layout"]["xaxis"]["title"]["text"] == "seconds of training"


# A detector


def test_runs_of_both_kinds_share_one_column(app: App) -> None:
    made()
    make_run(Settings(model="detr", source="embedded"), test_accuracy=0.875)
    columns = json.loads(app("train").dataframe[0].proto.columns)
    assert columns["Test accuracy"]["label"] == "Test F1 or accuracy"


def test_the_trash_is_emptied_with_what_it_frees(app: App) -> None:
    gone = made()
    page = app("train")
    assert not [button for button in page.button if button.key == "trash_empty"]
    (gone.path / "last.safetensors").write_bytes(os.urandom(3_000_000))
    gone.delete()
    page = app("train")
    button = page.button(key="trash_empty")
    assert (button.label, button.help[:8]) == ("Remove 1 item for ever", "Frees 3.")
    whole(button.click().run())
    assert not trash.in_trash(gone.id)
    assert not [button for button in page.button if button.key == "trash_empty"]


def test_a_full_disk_ends_with_a_button_that_frees_space(app: App) -> None:
    gone = made()
    (gone.path / "last.safetensors").write_bytes(os.urandom(3_000_000))
    gone.delete()
    full = made("failed", message=DISK_FULL)
    page = app("train", run=full.id)
    assert ["The disk is full" in error.value for error in page.error] == [True]  # said once
    whole(page.button(key="full_disk_empty").click().run())
    assert not trash.in_trash(gone.id)
