"""Weights uploaded on the Train page: refused in a sentence, or listed like a run."""

from pathlib import Path

import pytest
import safetensors.torch
from streamlit.testing.v1 import AppTest

from cnnviz.training import launch, worker
from cnnviz.training.runs import store
from cnnviz.training.runs.store import Run
from cnnviz.ui.shell.markdown import plain
from tests.on_disk import initial_weights
from tests.pages.reading import App, texts, whole
from tests.pages.train.train_page import badge, select, table

FILE = safetensors.torch.save(initial_weights("lenet5", 3))


@pytest.fixture(autouse=True)
def in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Uploads are tested here, not in a process."""

    def execute(path: Path, runs: list[Run]) -> None:
        del path
        runs[0].change_state("queued")
        worker.execute_run(runs[0])

    monkeypatch.setattr(launch, "_launch", execute)


def send(page: AppTest, content: bytes, *, to: str, name: str = "mine.safetensors") -> AppTest:
    whole(page.selectbox(key="weights_model").select(to).run())
    uploader = page.file_uploader[0]
    return whole(uploader.upload(name, content, "application/octet-stream").run())


def test_uploaded_weights_are_tested_and_listed(app: App) -> None:
    page = send(app("train"), FILE, to="lenet5")
    [run] = store.runs()
    assert page.subheader[0].value == plain("LeNet-5 · mine.safetensors")
    assert badge(page) == "finished"
    assert f"This run was {plain('uploaded from mine.safetensors')}." in texts(page)
    assert "**Confusion matrix** of the uploaded weights" in texts(page)
    [accuracy] = [metric for metric in page.metric if metric.label == "Test accuracy"]
    share = run.status().test_accuracy
    assert share is not None
    assert float(accuracy.value.rstrip("%")) == pytest.approx(100 * share, abs=0.006)
    [row] = table(page)
    assert row["Run"] == "LeNet-5 · mine.safetensors"
    assert row["Origin"] == "uploaded from mine.safetensors"
    assert row["Test accuracy"] == share
    assert row["Progress"] is None or row["Progress"] != row["Progress"]
    assert "run_stop" not in [button.key for button in page.button]
    page = select(page, 0)
    [delete] = [button for button in page.button if button.label == "Delete"]
    whole(delete.click().run())
    assert store.runs() == []


def test_weights_of_another_network_are_refused_in_a_sentence(app: App) -> None:
    page = send(app("train"), FILE, to="vgg11")
    [error] = page.error
    assert error.value.startswith(plain("Weights must match VGG-11, got no "))
    assert store.runs() == []
    page = send(page, FILE, to="lenet5")
    assert not page.error
    assert len(store.runs()) == 1


def test_a_name_of_a_file_is_shown_literally(app: App) -> None:
    name = "![x](http://e.vil/a.png) <b>$x$</b>.safetensors"
    page = send(app("train"), FILE, to="lenet5", name=name)
    assert page.subheader[0].value == plain(f"LeNet-5 · {name}")
    assert plain(f"uploaded from {name}") in texts(page)


def test_a_full_disk_is_a_sentence(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> Run:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(launch, "upload_weights", refuse)
    page = send(app("train"), FILE, to="lenet5")
    assert plain("The disk is full: free some space") in page.error[0].value
