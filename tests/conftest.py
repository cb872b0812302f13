"""What the tests share: few digits, one thread, and folders of their own."""

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
import torch
from hypothesis import settings

from cnnviz.data.mnist import Digits, load_digits

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# the same inputs in each run, so that a failure is a change; a busy machine is no failure
settings.register_profile("ci", derandomize=True, deadline=None, max_examples=60, database=None)
settings.register_profile("search", deadline=None, max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

ATTACKING = ("frames", "labels", "messages", "parameters", "requests", "selections")  # one server
DRIVING = ("tests/browser/", *(f"tests/security/test_{name}.py" for name in ATTACKING))
FORKING = (
    "tests/training/test_kills.py",
    "tests/training/test_parking.py",
    "tests/training/race/test_process.py",
    "tests/chaos/",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give the browser's tests to one of several workers: they share a server and a browser.

    Tests that fork go to another one, as the second largest group: a browser leaves threads.
    """
    from xdist.scheduler import LoadScopeScheduling

    class OneBrowser(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if nodeid.startswith(DRIVING):
                return "browser"
            return "forks" if nodeid.startswith(FORKING) else nodeid

    return OneBrowser(config, log)


@pytest.fixture(autouse=True)
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the tests off the digits, the runs and the measurements of whoever starts them."""
    monkeypatch.setenv("CNNVIZ_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CNNVIZ_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("CNNVIZ_LOCK_DIR", str(tmp_path / "locks"))


@pytest.fixture(autouse=True)
def own_main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take back the main module from a page's test: processes that are forked later run it."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """Leave the machine's other cores to whoever needs them, and sums in one order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def few_digits() -> Callable[[int, int], Digits]:
    """Return a function that takes so many digits to train and to test, classes mixed."""

    def pick(train: int, test: int = 20) -> Digits:
        every = load_digits("embedded")
        first = torch.randperm(len(every.train_labels), generator=torch.Generator().manual_seed(7))
        second = torch.randperm(len(every.test_labels), generator=torch.Generator().manual_seed(8))
        chosen, asked = first[:train].numpy(), second[:test].numpy()
        return Digits(
            "embedded",
            every.train_images[chosen],
            every.train_labels[chosen],
            every.test_images[asked],
            every.test_labels[asked],
        )

    return pick


@pytest.fixture
def failing() -> Callable[[str, int], contextlib.AbstractContextManager[list[int]]]:
    """Return a context in which the nth call of a function of `os` fails as on a full disk."""

    @contextlib.contextmanager
    def fail(name: str, nth: int) -> Iterator[list[int]]:
        original = getattr(os, name)
        calls: list[int] = []

        def call(*arguments: object, **options: object) -> object:
            calls.append(len(calls) + 1)
            if len(calls) == nth:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return original(*arguments, **options)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, name, call)
            yield calls

    return fail


def _no_browser(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """The system's Chromium; `CHROMIUM` names it where it is not on the path."""
    from playwright.sync_api import Error, sync_playwright

    from benchmarks import served

    path = served.chromium_path()
    if path is None:
        _no_browser("no Chromium on this machine: install one or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(
                executable_path=path, args=served.CHROMIUM_ARGUMENTS
            )
        except Error as error:
            _no_browser(f"{path} does not start: {error.message.splitlines()[0]}")
        yield chromium
        chromium.close()
