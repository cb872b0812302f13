"""Pages with hundreds of runs and measurements: a rerun opens as few files as with a handful."""

import copy
import json
from collections.abc import Sequence

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.findings import Findings, Timing
from cnnviz.benchmark.results.plan import Plan
from cnnviz.benchmark.timing.latency import Latency
from cnnviz.system.paths import runs_dir
from cnnviz.system.sized_cache import memory_of
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run
from tests.many_jobs import listings_of, many_measurements, many_runs, opened_below
from tests.on_disk import epoch_row, interval_row, make_run
from tests.pages.reading import App, ran, texts, whole
from tests.pages.train.train_page import table

ROWS = 25  # of a page of the list


def files_of_a_rerun(page: AppTest) -> int:
    ran(page)
    with opened_below(runs_dir()) as names:
        ran(page)
    return len(names)


def listed(page: AppTest) -> list[str]:
    return [row["Run"] for row in table(page)]


@pytest.mark.parametrize("name", ["train", "draw", "compare", "report", "race", "time"])
def test_a_rerun_opens_as_few_files_with_many_runs_as_with_few(name: str, app: App) -> None:
    many_runs(2 * ROWS, first=10 * ROWS)
    few = files_of_a_rerun(app(name))
    many_runs(10 * ROWS)
    assert files_of_a_rerun(app(name)) <= few


@pytest.mark.parametrize("name", ["train", "draw", "compare", "report", "race", "time"])
def test_a_rerun_lists_the_folder_of_runs_once(name: str, app: App) -> None:
    many_runs(3)
    page = app(name)
    with listings_of(runs_dir()) as listings:
        ran(page)
    assert len(listings) == 1


def test_a_live_run_among_many_costs_only_its_own_files(app: App) -> None:
    runs = many_runs(10 * ROWS)
    page = app("train", run=runs[0].id)
    idle = files_of_a_rerun(page)
    with runs[7].lock():
        runs[7].write_status(Status(state="running", step=3, total_steps=20))
        assert files_of_a_rerun(page) <= min(idle + 30, 150)


def test_many_runs_are_listed_in_pages(app: App) -> None:
    runs = label_all(many_runs(60))
    page = app("train")
    assert listed(page) == [run.label() for run in runs[:ROWS]]
    assert "1 to 25 of 60 runs" in texts(page)
    page.session_state[f"runs_page_newest_3_{hash('')}"] = 3
    assert listed(whole(page.run())) == [run.label() for run in runs[50:]]
    assert "51 to 60 of 60 runs" in texts(page)


def test_a_search_finds_runs_on_all_pages_and_shows_its_first_page(app: App) -> None:
    runs = label_all(many_runs(60))
    page = app("train")
    page.session_state[f"runs_page_newest_3_{hash('')}"] = 3
    page.run()
    page.text_input(key="runs_search").set_value("FINISHED number-1")
    assert listed(whole(page.run())) == [r.label() for r in runs if "number-1" in r.label()]
    page.text_input(key="runs_search").set_value("vgg")
    assert "None of the 60 runs matches." in texts(whole(page.run()))
    assert listed(page) == []


def test_the_order_is_that_of_all_pages(app: App) -> None:
    runs = label_all(many_runs(60))
    runs[40].write_status(Status(state="stopped", step=1, total_steps=20, test_accuracy=0.99))
    page = app("train")
    page.selectbox(key="runs_order").set_value("accuracy")
    assert listed(whole(page.run()))[0] == runs[40].label()
    page.selectbox(key="runs_order").set_value("oldest")
    assert listed(whole(page.run())) == [run.label() for run in runs[::-1][:ROWS]]


def test_few_runs_need_no_pages(app: App) -> None:
    many_runs(3)
    page = app("train")
    assert len(listed(page)) == 3
    assert [box.key for box in page.text_input if box.key == "runs_search"] == []


def label_all(runs: Sequence[Run]) -> Sequence[Run]:
    for number, run in enumerate(runs):
        (run.path / "label.json").write_text(json.dumps(f"number-{number}"))
    return runs


def test_a_session_keeps_no_history_of_its_own(app: App) -> None:
    norms = {f"layer{number}": 0.25 for number in range(150)}
    layers = {"gradient_norms": norms, "dead": norms}
    log = [interval_row(step, **copy.deepcopy(layers)) for step in range(1, 501)]
    run = make_run(log=[*log, epoch_row(1)], weights=0, step=500, total_steps=500)
    page = whole(app("train", run=run.id))
    assert memory_of(page.session_state) < memory_of(log) / 10


def test_measurements_beyond_the_memory_for_records_are_not_read_at_each_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = Plan(("lenet5",))
    latency = Latency(9.0, (), (1.25,) * 100, None)
    timing = Timing("lenet5", "LeNet-5", "torch", 1, 1, latency)
    many_measurements(40, plan, Findings(timings=(timing,)))
    monkeypatch.setattr(measurements._PARSED, "limit", 30_000)  # bytes: room for few of them
    assert len(measurements.measurements()) == 40
    newest = measurements.measurement_records()
    assert 0 < len(newest) < 20
    assert [entry for entry, _ in newest] == measurements.measurements()[: len(newest)]
    with opened_below(runs_dir()) as names:
        measurements.measurement_records()
    assert names == []


def choice() -> None:
    """Script of a page with nothing but a choice of networks."""
    import streamlit as st

    from cnnviz.ui.pickers.networks import choose_networks
    from cnnviz.ui.shell.parameters import COMPARE_NETWORKS

    st.text(len(choose_networks("Networks", COMPARE_NETWORKS, first=4, task=None)))


def test_a_choice_of_networks_has_a_limit_that_the_page_states() -> None:
    runs = many_runs(50)
    page = AppTest.from_function(choice, default_timeout=60)
    page.query_params["compare"] = [run.id for run in runs]
    assert [text.value for text in ran(page).text] == ["40"]
    sentence = "At most 40 networks can be chosen: the first 40 of 50 are shown."
    assert [caption.value for caption in page.caption] == [sentence]
    page.query_params["compare"] = [run.id for run in runs[:40]]
    assert [text.value for text in ran(page).text] == ["40"]
    assert list(page.caption) == []
