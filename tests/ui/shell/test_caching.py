"""Cached functions: what tells their arguments apart, their bytes, and sessions at one time."""

import contextlib
import importlib
import pkgutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

import cnnviz.ui
from cnnviz.data.mnist import Digits, load_digits
from cnnviz.models.catalog import architecture
from cnnviz.training.runs import networks
from cnnviz.ui.shell import caching
from cnnviz.ui.shell.cache_budgets import BUDGETS, usage
from cnnviz.ui.shell.caching import Cached, key_of

MIB = 2**20


@dataclass(frozen=True)
class Choice:
    layer: str
    index: int


@dataclass(frozen=True, eq=False)
class Picture:
    pixels: NDArray[np.uint8]
    title: str


class Kind(Enum):
    FIRST = 1


class Identity:
    pass


def counted(limit: int = MIB) -> tuple[Cached[Any, Any], list[Any]]:
    """A cached function, and what it was called with."""
    calls: list[Any] = []

    def function(value: object, *, size: int = 10) -> NDArray[np.uint8]:
        calls.append(value)
        return np.zeros(size, np.uint8)

    return Cached(function, limit), calls


def test_a_result_is_worked_out_once_and_is_the_same_object_to_everyone() -> None:
    function, calls = counted()
    first = function("a")
    assert function("a") is first
    assert function("a", size=10) is first  # the default, written out
    assert function(value="a") is first
    assert function("a", size=11) is not first
    assert calls == ["a", "a"]


@pytest.mark.parametrize(
    ("one", "equal", "other"),
    [
        (np.arange(4), np.arange(4), np.arange(4).reshape(2, 2)),
        (np.arange(4), np.arange(4), np.arange(4, dtype=np.int32)),
        (np.arange(4), np.arange(4), np.array([0, 1, 2, 4])),
        (Choice("conv1", 1), Choice("conv1", 1), Choice("conv1", 2)),
        (Picture(np.zeros(4, np.uint8), "a"), Picture(np.zeros(4, np.uint8), "a"), None),
        (
            Picture(np.zeros(4, np.uint8), "a"),
            Picture(np.zeros(4, np.uint8), "a"),
            Picture(np.ones(4, np.uint8), "a"),
        ),
        ([1, Choice("a", 1)], [1, Choice("a", 1)], [1, Choice("a", 2)]),
        (Kind.FIRST, Kind.FIRST, None),
        (Path("a"), Path("a"), Path("b")),
        (architecture("vit"), architecture("vit"), architecture("swin")),
    ],
)
def test_the_key_of_an_argument_depends_on_its_value(
    one: object, equal: object, other: object
) -> None:
    assert key_of(one) == key_of(equal)
    assert hash(key_of(one)) == hash(key_of(equal))
    assert key_of(one) != key_of(other)


def test_the_key_of_a_network_depends_on_its_key_and_version() -> None:
    network = networks.shipped()[0]
    assert key_of(network) == key_of(replace(network, title="renamed", accuracy=0.5))
    assert key_of(network) != key_of(replace(network, version="of other weights"))
    assert key_of(network) != key_of(networks.shipped()[1])


def test_the_key_of_digits_is_their_identity_and_does_not_keep_them() -> None:
    digits = load_digits("embedded")
    others = Digits(
        *(digits.source, digits.train_images, digits.train_labels),
        *(digits.test_images[:10], digits.test_labels[:10]),
    )
    key = key_of(others)
    assert key == key_of(others)
    assert key != key_of(digits)
    reference = key[1]  # type: ignore[index]
    del others
    assert reference() is None
    assert key != key_of(digits)


@pytest.mark.parametrize("value", [Identity(), [Identity()], Picture(Identity(), "")])  # type: ignore[arg-type]
def test_what_has_no_value_to_compare_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="must have a key, got Identity"):
        key_of(value)


def test_results_stay_within_the_limit_and_the_least_recently_used_go() -> None:
    function, calls = counted(limit=100 * 1024)
    for name in "abcd":  # the fourth is too much
        function(name, size=30 * 1024)
    assert sum(np.zeros(30 * 1024, np.uint8).nbytes for _ in range(3)) <= function.usage().size
    assert (function.usage().entries, function.usage().limit) == (3, 100 * 1024)
    assert function.usage().size <= 100 * 1024
    for name in "bcd":
        function(name, size=30 * 1024)
    assert len(calls) == 4
    function("a", size=30 * 1024)
    assert len(calls) == 5


def test_a_result_beyond_the_limit_is_returned_and_not_kept() -> None:
    function, calls = counted(limit=1024)
    function("small")
    assert len(function("large", size=2048)) == 2048
    assert function.usage().entries == 1
    function("small")
    function("large", size=2048)
    assert calls == ["small", "large", "large"]


def test_an_error_is_raised_to_everyone_and_not_kept() -> None:
    calls = []

    def fail(name: str) -> str:
        calls.append(name)
        if len(calls) < 3:
            raise ValueError(f"no {name}")
        return name

    function: Cached[Any, str] = Cached(fail, MIB)
    for _ in range(2):
        with pytest.raises(ValueError, match="no ink"):
            function("ink")
    assert function("ink") == "ink"


def at_once(count: int, call: Callable[[], object]) -> list[object]:
    start = threading.Barrier(count)

    def go() -> object:
        start.wait(10)
        return call()

    with ThreadPoolExecutor(count) as pool:
        return [job.result(10) for job in [pool.submit(go) for _ in range(count)]]


def test_sessions_that_ask_at_the_same_time_wait_for_one_of_them() -> None:
    calls, gate = [], threading.Event()

    def slow(name: str) -> list[str]:
        calls.append(name)
        gate.wait(0.3)
        return [name]

    function: Cached[Any, list[str]] = Cached(slow, MIB)
    results = at_once(8, lambda: function("a"))
    assert calls == ["a"]
    assert all(result is results[0] for result in results)


def test_who_waited_for_one_that_failed_works_it_out() -> None:
    calls, both = [], threading.Barrier(2)

    def first_fails() -> str:
        calls.append(1)
        if len(calls) == 1:
            both.wait(10)
            threading.Event().wait(0.1)  # until the other one waits
            raise ValueError("stopped")
        return "result"

    function: Cached[Any, str] = Cached(first_fails, MIB)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(function)
        both.wait(10)
        second = pool.submit(function)
        with pytest.raises(ValueError, match="stopped"):
            first.result(10)
        assert second.result(10) == "result"
    assert len(calls) == 2


def test_different_results_are_worked_out_side_by_side() -> None:
    both = threading.Barrier(2)

    def meet(name: str) -> str:
        both.wait(10)
        return name

    function: Cached[Any, str] = Cached(meet, MIB)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(function, "ab")) == ["a", "b"]


def test_a_session_that_waits_may_leave_and_the_other_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class LeavesError(Exception):
        pass

    started, gate = threading.Event(), threading.Event()

    def slow() -> str:
        started.set()
        gate.wait(10)
        return "result"

    workers = {second: ThreadPoolExecutor(1) for second in (False, True)}

    def is_second() -> bool:
        return threading.current_thread() is threading.main_thread()

    def leave(_: str) -> None:
        if is_second():
            raise LeavesError

    sessions = SimpleNamespace(get=leave, setdefault=lambda *_: workers[is_second()])
    monkeypatch.setattr(caching, "get_script_run_ctx", lambda **_: object())
    monkeypatch.setattr(caching, "add_script_run_ctx", lambda thread, _: thread)
    monkeypatch.setattr(caching.st, "session_state", sessions)
    function: Cached[Any, str] = Cached(slow, MIB)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(function)
        started.wait(10)
        with pytest.raises(LeavesError):
            function()
        gate.set()
        assert first.result(10) == "result"
    assert function.usage().entries == 1


def test_a_page_that_waits_shows_what_another_session_has_computed() -> None:
    started, gate = threading.Event(), threading.Event()

    def slow() -> str:
        started.set()
        gate.wait(10)
        return "result"

    def script(function: "Callable[[], str]") -> None:  # quoted: run without this file
        import streamlit as st

        st.text(function())

    function: Cached[Any, str] = Cached(slow, MIB)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(function)
        started.wait(10)
        threading.Timer(0.5, gate.set).start()  # after several looks at whether the page must stop
        page = AppTest.from_function(script, kwargs={"function": function}).run(timeout=10)
    assert not page.exception
    assert page.text[0].value == "result"


def test_many_threads_keep_the_account_right() -> None:
    function, _ = counted(limit=64 * 1024)

    def use() -> None:
        draw = np.random.default_rng(threading.get_ident())
        for name in draw.integers(0, 40, 300):
            assert len(function(int(name), size=int(name) * 100 + 1)) == name * 100 + 1

    with ThreadPoolExecutor(4) as pool:
        for job in [pool.submit(use) for _ in range(4)]:
            job.result(60)
    results = function._results._entries
    assert function.usage().size == sum(size for _, size in results.values()) <= 64 * 1024
    assert sum(value.nbytes for value, _ in results.values()) <= function.usage().size


def test_a_result_that_was_under_way_when_all_were_forgotten_is_not_kept() -> None:
    started, gate = threading.Event(), threading.Event()

    def slow() -> int:
        started.set()
        gate.wait(10)
        return 1

    function: Cached[Any, int] = Cached(slow, MIB)
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(function)
        started.wait(10)
        function.clear()
        gate.set()
        assert job.result(10) == 1
    assert function.usage().entries == 0


def import_every_ui_module() -> None:
    for module in pkgutil.walk_packages(cnnviz.ui.__path__, "cnnviz.ui."):
        importlib.import_module(module.name)


def test_every_cache_has_a_row_in_the_budget_and_every_row_a_cache() -> None:
    import_every_ui_module()
    assert {row.name for row in usage()} == set(BUDGETS)
    assert {row.name: row.limit for row in usage()} == {
        name: mebibytes * MIB for name, mebibytes in BUDGETS.items()
    }


def test_all_caches_together_take_at_most_1789_mebibytes() -> None:
    import_every_ui_module()
    assert sum(cache.limit for cache in usage()) == 1789 * MIB


def test_a_function_without_a_row_in_the_budget_is_refused() -> None:
    def unknown() -> None: ...

    with pytest.raises(ValueError, match="must have a row in BUDGETS, got 'unknown'"):
        caching.cached(unknown)


def test_a_spinner_is_shown_while_the_outermost_function_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[str] = []

    def spinner(text: str) -> contextlib.AbstractContextManager[None]:
        shown.append(text)
        return contextlib.nullcontext()

    monkeypatch.setattr(caching.st, "spinner", spinner)
    inner: Cached[Any, int] = Cached(lambda: 1, MIB, "inner")
    outer: Cached[Any, int] = Cached(lambda: inner() + 1, MIB, "outer")
    assert (outer(), outer()) == (2, 2)
    assert shown == ["outer"]
    inner.clear()
    assert inner() == 1
    assert shown == ["outer", "inner"]
