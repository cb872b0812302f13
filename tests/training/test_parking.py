"""A run that is paused for long: its process ends, and another one goes on from there."""

from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from filelock import FileLock

from cnnviz.training import launch, trainer_requests
from cnnviz.training.runs import job_queue, session
from cnnviz.training.runs.store import Run
from tests.training.killed import Fork, assert_undisturbed, made, train
from tests.training.test_kills import pytestmark as pytestmark

STEPS = 15  # 3 passes of 5 batches


class ForkedTrainer:
    """A forked process with what the launcher asks of a spawned one."""

    def __init__(self, process: BaseProcess) -> None:
        self.process = process

    def poll(self) -> int | None:
        return self.process.exitcode


def train_until_parked(run: Run, few: Path) -> None:
    """Execute a run whose pauses count as long after a tenth of a second."""
    session.PARK_AFTER = 0.1
    train(run, few)


def ended(trainer: ForkedTrainer) -> int | None:
    """The exit status of a trainer that ends by itself."""
    trainer.process.join(30)
    return trainer.poll()


def test_a_long_pause_gives_the_process_back_and_costs_no_bit(
    few: Path, fork: Fork, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainers: list[ForkedTrainer] = []

    def spawn(argument: str, *, output: Path) -> ForkedTrainer:
        assert output.parent == Path(argument)
        trainers.append(ForkedTrainer(fork(train_until_parked, Run(Path(argument)), few)))
        return trainers[-1]

    monkeypatch.setattr(launch, "_spawn", spawn)
    straight, run = made(epochs=3), made(epochs=3)
    fork(train, straight, few).join()
    run.change_state("stopped")
    launch.resume_run(run, single_step=True)  # pauses after its first step
    assert ended(trainers[0]) == 0
    for step in (1, 2):
        assert (run.parked(), run.status().state, run.status().step) == (True, "paused", step)
        assert not run.locked()
        for number in range(job_queue.slot_count()):
            with FileLock(job_queue.slot_path(run.path.parent, number), timeout=0):
                pass  # its slot is free
        if step == 1:
            trainer_requests.request_run(run, single_step=True)
        else:
            trainer_requests.request_run(run, "run")
        assert ended(trainers[-1]) == 0
    assert len(trainers) == 3
    assert run.status().step == STEPS
    assert_undisturbed(run, straight)
