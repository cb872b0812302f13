"""Two visitors on the Train page: each sees its own run first, and is asked about the other's."""

import pytest
from filelock import FileLock
from streamlit.testing.v1 import AppTest

from cnnviz.system import ownership
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import store, trash
from cnnviz.training.runs.store import Run
from tests.pages.reading import App, whole
from tests.pages.train.train_page import badge, made, select


def owned_by(run: Run, token: str) -> Run:
    ownership.set_owner(run, token)
    return run


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


@pytest.mark.usefixtures("started")
def test_a_visitor_sees_first_what_it_started_though_another_runs(app: App) -> None:
    page = app("train")
    whole(page.button(key="train").click().run())
    [mine] = store.runs()
    other = owned_by(made("running"), "somebody else")
    with FileLock(other.path / "lock"):
        page.query_params.clear()
        assert badge(whole(page.run())) == "stopped"  # its own, which has ended
        assert badge(app("train")) == "running"  # a third visitor has none
    assert ownership.owner(mine) not in ("", "somebody else")


def test_stopping_somebody_elses_run_asks_first_and_one_click_confirms(app: App, live: Run) -> None:
    owned_by(live, "somebody else")
    page = app("train")
    assert page.button(key="run_stop_ask").help == "Another visitor started this."
    whole(page.button(key="run_stop_ask").click().run())
    assert live.control().want == "run"
    assert {"Pause", "Step", "Stop anyway"} <= set(labels(page))
    assert "Stop" not in labels(page)
    whole(page.button(key="run_stop").click().run())
    assert live.control().want == "stop"


def test_what_nobody_owns_is_stopped_at_once(app: App, live: Run) -> None:
    page = app("train")
    assert {"Pause", "Step", "Stop"} <= set(labels(page))
    whole(page.button(key="run_pause").click().run())
    assert live.control().want == "pause"


def test_deleting_somebody_elses_run_asks_first(app: App) -> None:
    run = owned_by(made(), "somebody else")
    page = select(app("train"), 0)
    assert "Delete anyway" not in labels(page)
    [ask] = [button for button in page.button if button.label == "Delete"]
    whole(ask.click().run())
    assert not trash.in_trash(run.id)
    [delete] = [button for button in page.button if button.label == "Delete anyway"]
    whole(delete.click().run())
    assert trash.in_trash(run.id)


def test_a_remedy_does_not_stop_somebody_elses_run(
    app: App, started: list[tuple[Settings, str]]
) -> None:
    sick = owned_by(made("diverged", learning_rate=0.5), "somebody else")
    page = app("train")
    whole(page.button(key="remedy_diverged").click().run())
    assert len(started) == 1
    assert sick.control().want == "run"
