"""Runs that cannot be read, as the Train page lists them: rebuilt, deleted and restored."""

import json

from streamlit.testing.v1 import AppTest

from cnnviz.training.runs import checkpoint, store
from cnnviz.training.runs.store import Run
from tests.on_disk import initial_weights
from tests.pages.reading import App, whole
from tests.pages.reading import texts as escaped_texts
from tests.pages.train.train_page import made


def with_checkpoint() -> Run:
    """A stopped run with a checkpoint, whose settings are lost."""
    run = made("stopped")
    position = {"step": 20, "seconds": 3.0, "learning_rate": 0.002}
    metadata = {"config": run.config(), "position": position}
    checkpoint.save_generation(run.path, initial_weights("lenet5", 0), metadata)
    (run.path / "config.json").write_bytes(b"{")
    return run


def texts(page: AppTest) -> str:
    return escaped_texts(page).replace("\\", "")


def labels(page: AppTest) -> list[str]:
    return [expander.label for expander in page.expander]


def test_a_run_of_another_version_is_listed_with_the_reason_and_deleted(app: App) -> None:
    run = made()
    (run.path / "config.json").write_text(json.dumps(run.config() | {"format": 99}))
    page = whole(app("train"))
    assert "1 run cannot be read" in labels(page)
    assert "got 99: a newer version of cnnviz wrote this" in texts(page)
    assert f"rebuild_{run.id}" not in [button.key for button in page.button]
    page = whole(page.button(key=f"delete_{run.id}").click().run())
    assert not run.path.exists()
    assert "1 run cannot be read" not in labels(page)
    page = whole(page.button(key="unreadable_delete_undo").click().run())
    assert run.path.exists()
    assert "1 run cannot be read" in labels(page)


def test_a_run_without_settings_is_rebuilt_at_a_click(app: App) -> None:
    run = with_checkpoint()
    page = app("train", run=run.id)
    assert "config.json is damaged. The list of runs below offers what can be done." in texts(page)
    page = whole(page.button(key=f"rebuild_{run.id}").click().run())
    assert store.runs() == [run]
    assert page.query_params["run"] in (run.id, [run.id])
    assert "1 run cannot be read" not in labels(page)
    assert "cannot be read" not in texts(page)


def test_a_rebuild_that_fails_says_why(app: App) -> None:
    run = with_checkpoint()
    page = app("train")
    (run.path / checkpoint.LAST).write_bytes(b"damaged")
    page = whole(page.button(key=f"rebuild_{run.id}").click().run())
    assert "last.safetensors is damaged and was not loaded" in texts(page)
    assert "1 run cannot be read" in labels(page)
