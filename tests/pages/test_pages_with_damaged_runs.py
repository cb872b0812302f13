"""Every page without a run, with a crashed one, a damaged one and hundreds."""

from collections.abc import Callable

import pytest

from cnnviz.training.runs.store import Run
from tests.many_jobs import LOG, many_runs
from tests.on_disk import make_run
from tests.pages.reading import App

PAGES = ("train", "time", "race", "compare", "draw", "report")


def crashed() -> None:
    """A run whose trainer was killed while it trained."""
    make_run(state="running", log=LOG, weights=0, step=20, total_steps=40)


def damaged() -> None:
    """A run all of whose records and weights are cut off."""
    run: Run = make_run(log=LOG, weights=0, step=20, total_steps=20)
    for file in run.path.iterdir():
        if file.is_file():
            file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def half_damaged() -> None:
    """A run with sound settings, whose log and weights are cut off."""
    run: Run = make_run(log=LOG, weights=0, step=20, total_steps=20)
    for name in ("metrics.jsonl", "weights.safetensors"):
        content = (run.path / name).read_bytes()
        (run.path / name).write_bytes(content[: len(content) // 2] + b"\n")


def hundreds() -> None:
    """As many runs as a class makes in a term."""
    many_runs(500)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("prepare", [lambda: None, crashed, damaged, half_damaged, hundreds])
def test_a_page_opens_with_any_runs(prepare: Callable[[], None], name: str, app: App) -> None:
    prepare()
    app(name)


def test_a_run_with_a_damaged_log_says_so(app: App) -> None:
    half_damaged()
    assert any("is damaged" in warning.value for warning in app("train").warning)
