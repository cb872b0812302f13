"""The folder of a run goes away, or may not be written any more, while its trainer works.

The trainer ends by itself as failed, in a sentence, and does not create the folder again. Whatever
of the run is left, or comes back, goes on bit by bit.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from cnnviz.training import worker
from cnnviz.training.engine.settings import Settings
from cnnviz.training.race import process, race
from cnnviz.training.race.plan import plan_race
from cnnviz.training.runs import store
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run
from tests.training.few_digits import hurry
from tests.training.killed import Fork, assert_undisturbed, made, train
from tests.waiting import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")

NOBODY = 65534
EPOCHS = 10  # of 5 steps
GONE = "The folder of this run has been moved, deleted or replaced."


def train_and_answer(run: Run, few: Path, answer: Path, user: int) -> None:
    """Execute a run as a user, and write its last status to a file."""
    hurry(run.path.parent, few)
    with answer.open("w") as file:
        if user:
            worker.execute_run(made(epochs=1))  # imports what the user may not read
            open_to_others(run.path.parent)
            os.setuid(user)
        status = worker.execute_run(run)
        file.write(f"{status.state}\n{status.message}")


def disturbed(
    run: Run, few: Path, fork: Fork, disturb: Callable[[Path], object], *, user: int = 0
) -> tuple[str, str]:
    """Disturb the folder of a run while it trains; return its last state and message."""
    answer = few.parent / f"{run.id}.answer"
    trainer = fork(train_and_answer, run, few, answer, user)
    until(lambda: run.recorded_status().step > 5)
    disturb(run.path)
    assert ended(trainer) == 0  # by itself: no orphan
    state, message = answer.read_text().split("\n")
    return state, message


def ended(trainer: BaseProcess) -> int | None:
    trainer.join(20)
    return trainer.exitcode


def remove(folder: Path) -> None:
    """Remove a folder into which somebody writes."""

    def gone() -> bool:
        shutil.rmtree(folder, ignore_errors=True)
        return not folder.exists()

    until(gone)


def test_a_folder_that_is_deleted_stays_deleted(few: Path, fork: Fork) -> None:
    run = made(epochs=EPOCHS)
    state, message = disturbed(run, few, fork, remove)
    assert state == "failed"
    # files go one by one, and the folder last
    assert message == GONE or message.endswith("No such file or directory.")
    assert not run.path.exists()
    assert store.runs() == []


def test_a_folder_that_is_renamed_and_comes_back_goes_on(few: Path, fork: Fork) -> None:
    straight, run = made(epochs=EPOCHS), made(epochs=EPOCHS)
    train_straight = fork(train, straight, few)
    elsewhere = few.parent / "elsewhere"
    assert disturbed(run, few, fork, lambda path: path.rename(elsewhere)) == ("failed", GONE)
    assert not run.path.exists()
    elsewhere.rename(run.path)
    assert run.status().state == "interrupted"
    fork(train, run, few).join()
    train_straight.join()
    assert_undisturbed(run, straight)


def test_a_folder_that_is_replaced_by_a_file_leaves_the_file(few: Path, fork: Fork) -> None:
    def replace(path: Path) -> None:
        path.rename(few.parent / "elsewhere")
        path.write_text("a file")

    run = made(epochs=EPOCHS)
    assert disturbed(run, few, fork, replace) == ("failed", GONE)
    assert run.path.read_text() == "a file"
    assert store.runs() == []


def test_a_folder_that_becomes_read_only_ends_the_training_and_goes_on_later(
    few: Path, fork: Fork
) -> None:
    straight, run = made(epochs=EPOCHS), made(epochs=EPOCHS)
    train_straight = fork(train, straight, few)
    train_straight.join()
    user = NOBODY if os.getuid() == 0 else 0  # root may write everywhere
    state, message = disturbed(run, few, fork, lambda path: path.chmod(0o555), user=user)
    assert state == "failed"
    assert re.fullmatch(rf"Cannot access {run.id}/\w+\.\w+: Permission denied\.", message)
    assert (run.status().state, run.status().message) == (state, message)  # on the page
    run.path.chmod(0o777)
    fork(train, run, few).join()
    assert_undisturbed(run, straight)


def open_to_others(runs: Path) -> None:
    """Let every user write below a folder of runs, and reach it."""
    for folder in runs.parents:
        if folder.stat().st_uid == os.getuid():
            folder.chmod(folder.stat().st_mode | 0o755)
    for path in (runs, *runs.rglob("*")):
        path.chmod(0o777)


def race_few(path: Path, few: Path) -> None:
    hurry(path.parent.parent, few)
    process.TIME_SLICE = 0.02
    process.execute_race(race.Race(path))


def test_the_other_runs_of_a_race_go_on(few: Path, fork: Fork) -> None:
    settings = plan_race(["lenet5", "mnist_cnn"], preset="quick", seeds=[0], source="embedded")
    written = race.create_race([brief(row) for row in settings], versions={})
    gone, other = (entry.run for entry in written.entries())
    for run in (gone, other):
        run.write_status(Status(state="queued"))
    trainer = fork(race_few, written.path, few)
    until(lambda: gone.recorded_status().step > 5)
    remove(gone.path)
    assert ended(trainer) == 0
    assert not gone.path.exists()
    assert other.status().state == "finished"


def brief(settings: Settings) -> Settings:
    return settings.replace(epochs=EPOCHS, batch_size=16, device="cpu")
