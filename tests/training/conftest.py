"""What tests that fork trainers share."""

import multiprocessing
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from cnnviz.data.mnist import Digits
from tests.training.few_digits import save_digits
from tests.training.killed import Fork


@pytest.fixture(scope="session")
def forkserver() -> ForkServerContext:
    """A context whose processes start warm.

    There is one server for all tests of a worker, and what it imports first is settled once: an
    optimizer's first step imports torch._dynamo, which takes longer than some tests let a trainer
    live.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["cnnviz.training.runs.session", "torch._dynamo"])
    return context


@pytest.fixture
def few(few_digits: Callable[..., Digits], tmp_path: Path) -> Path:
    """A file with 80 digits to learn from: 5 steps a pass."""
    return save_digits(tmp_path / "few.npz", few_digits(80, 20))


@pytest.fixture
def fork(forkserver: ForkServerContext) -> Iterator[Fork]:
    """A function that runs another in a process forked from a warm one."""
    started = []

    def start(call: Callable[..., object], *arguments: object) -> BaseProcess:
        process = forkserver.Process(target=call, args=arguments)
        process.start()
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.join()
