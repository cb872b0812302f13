"""Every page without a run, with crashed, damaged and half-created ones, and with hundreds."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import checkpoint, store
from cnnviz.training.runs.store import Run
from cnnviz.ui.shell.navigation import EVERY_ENTRY
from tests.many_jobs import LOG, many_runs
from tests.on_disk import initial_weights, make_run
from tests.pages.reading import App, texts

EVERY_PAGE = tuple(entry.key for entry in EVERY_ENTRY)
PAGES = ("train", "time", "race", "compare", "draw", "report")  # that list runs or networks
WRITTEN = (  # files of a run
    *("config.json", "label.json", "status.json", "control.json", "preview.json", "owner.json"),
    *("metrics.jsonl", "history.jsonl", "last.safetensors", "previous.safetensors"),
    *("weights.safetensors", "moments/20.safetensors", "log.txt"),
)


@pytest.fixture(scope="module")
def hundreds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with as many runs as a class makes in a term."""
    folder = tmp_path_factory.mktemp("hundreds")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNNVIZ_RUNS_DIR", str(folder))
        many_runs(500)
    return folder


def crashed() -> None:
    """A run whose trainer was killed while it trained."""
    make_run(state="running", log=LOG, weights=0, step=20, total_steps=40)


def damaged() -> None:
    """A run all of whose records and weights are cut off."""
    for file in complete_run().path.iterdir():
        if file.is_file():
            file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def half_damaged() -> Run:
    """A run with sound settings, whose log and weights are cut off."""
    run: Run = make_run(log=LOG, weights=0, step=20, total_steps=20)
    for name in ("metrics.jsonl", "weights.safetensors"):
        content = (run.path / name).read_bytes()
        (run.path / name).write_bytes(content[: len(content) // 2] + b"\n")
    return run


def half_created() -> Run:
    """A run whose creation was cut off before its status was written, two minutes ago."""
    run = store.create_run(Settings(model="lenet5", source="embedded"), versions={})
    past = time.time() - 120
    os.utime(run.path, (past, past))
    return run


def complete_run() -> Run:
    """A run that has every file that a trainer and a page write."""
    preview = {"step": 20, "filters": [[0.5] * 25], "kernel": [5, 5]}
    answers = {"answers": [3], "confidences": [0.9]}
    run: Run = make_run(
        log=LOG,
        weights=0,
        steps=(0, 20),
        step=20,
        total_steps=20,
        label="Complete",
        preview=preview | answers,
        test_accuracy=0.97,
    )
    run.request("run")
    (run.path / "history.jsonl").write_bytes((run.path / "metrics.jsonl").read_bytes())
    position = {"step": 20, "seconds": 2.0, "learning_rate": 0.001}
    metadata = {"settings": run.settings().to_dict(), "position": position}
    for _ in range(2):
        checkpoint.save_generation(run.path, initial_weights("lenet5", 0), metadata)
    (run.path / "log.txt").write_text("a warning\n")
    (run.path / "owner.json").write_text(json.dumps("a visitor"))
    return run


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("prepare", [lambda: None, crashed, damaged, half_damaged, half_created])
def test_a_page_opens_with_any_runs(prepare: Callable[[], None], name: str, app: App) -> None:
    prepare()
    app(name)


@pytest.mark.parametrize("name", EVERY_PAGE)
def test_every_page_opens_with_hundreds_of_runs(
    hundreds: Path, name: str, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNVIZ_RUNS_DIR", str(hundreds))
    app(name)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder of runs of which each lacks half of another file, and their ids by that file."""
    folder = tmp_path_factory.mktemp("broken")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNNVIZ_RUNS_DIR", str(folder))
        half_created()
        crashed()
        runs = {name: complete_run() for name in WRITTEN}
    for name, run in runs.items():
        content = (run.path / name).read_bytes()
        (run.path / name).write_bytes(content[: len(content) // 2] + b"\n")  # no line to wait for
    return folder, {name: run.id for name, run in runs.items()}


@pytest.mark.parametrize("name", EVERY_PAGE)
def test_every_page_opens_among_runs_of_which_each_lacks_a_file(
    broken: tuple[Path, dict[str, str]], name: str, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, ids = broken
    monkeypatch.setenv("CNNVIZ_RUNS_DIR", str(folder))
    app(name, run=ids["metrics.jsonl"], network=ids["weights.safetensors"])


@pytest.mark.parametrize(
    ("name", "page", "query", "sentence"),
    [
        ("config.json", "train", "run", "config.json is damaged"),
        ("status.json", "train", "run", "status.json of run {id} cannot be read."),
        ("metrics.jsonl", "train", "run", "log of run {id} is damaged: resume the run"),
        ("metrics.jsonl", "time", "run", "The log of this run is damaged"),
        ("weights.safetensors", "draw", "draw_networks", "was left out"),
        ("weights.safetensors", "inside", "network", "damaged"),
    ],
)
def test_a_page_names_the_damaged_file_of_its_run(
    broken: tuple[Path, dict[str, str]],
    name: str,
    page: str,
    query: str,
    sentence: str,
    app: App,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, ids = broken
    monkeypatch.setenv("CNNVIZ_RUNS_DIR", str(folder))
    shown = texts(app(page, **{query: ids[name]})).replace("\\", "")
    assert sentence.format(id=ids[name]) in shown


def test_a_run_with_a_damaged_log_says_so(app: App) -> None:
    half_damaged()
    assert any("is damaged" in warning.value for warning in app("train").warning)
