"""Cached functions, whose results all sessions share, each cache with a limit in bytes.

Streamlit's caches limit the number of entries, or copy results by pickling. Networks and feature
maps differ in size by a factor of thousands, and are shared without a copy.
"""

import contextlib
import contextvars
import dataclasses
import functools
import hashlib
import inspect
import threading
import weakref
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextvars import ContextVar
from enum import Enum
from typing import Any, Generic, ParamSpec, TypeVar, overload

import numpy as np
import streamlit as st
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

from cnnviz.data.mnist import Digits
from cnnviz.models.catalog import Architecture
from cnnviz.models.pretrained import Pretrained
from cnnviz.system.sized_cache import SizedCache, memory_of
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.shell.cache_budgets import Usage, account, budget

P = ParamSpec("P")
R = TypeVar("R")

_POLL = 0.1  # seconds between two checks whether a waiting session has left the page
_INSIDE: ContextVar[bool] = ContextVar("inside", default=False)  # of another cached function
_IN_THREAD: ContextVar[bool] = ContextVar("in_thread", default=False)  # that computes a result
_WORKER = "cached_worker"  # the session's thread


class Cached(Generic[P, R]):
    """A function whose results are cached: all callers get the same object, not to be modified.

    Sessions that ask for the same result at the same time wait for the first of them. Errors are
    not cached.
    """

    __name__: str

    def __init__(self, function: Callable[P, R], limit: int, spinner: str = "") -> None:
        """Wrap a function, with an empty cache.

        Args:
            function: its arguments must have a key, see `key_of`.
            limit: bytes of all results together; a single larger result is not cached.
            spinner: text to show while the function runs; "" for none.
        """
        functools.update_wrapper(self, function)
        self._function = function
        self._signature = inspect.signature(function)
        self._spinner = spinner
        self._lock = threading.Lock()
        self._results = SizedCache(limit)
        self._running: dict[Hashable, Future[R]] = {}

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Return the result for these arguments, cached or computed."""
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        key = tuple(key_of(value) for value in bound.arguments.values())
        with self._lock:
            if key in self._results:
                result: R = self._results[key]
                return result
        run = functools.partial(self._function, *args, **kwargs)
        with _spinning(self._spinner):
            return _interruptible(functools.partial(self._run, key, run))

    def _run(self, key: Hashable, run: Callable[[], R]) -> R:
        while True:
            with contextlib.suppress(CancelledError):  # the other session has failed
                return self._run_once(key, run)

    def _run_once(self, key: Hashable, run: Callable[[], R]) -> R:
        """Compute the result, or wait for a session that is computing it."""
        with self._lock:
            if key in self._results:
                result: R = self._results[key]
                return result
            other = self._running.get(key)
            if other is None:
                future = self._running[key] = Future()
                cache = self._results
        if other is not None:
            return _wait(other)
        try:
            result = run()
            size = memory_of(result)
        except BaseException:  # an error, or a script that is stopped
            with self._lock:
                del self._running[key]
            future.cancel()
            raise
        with self._lock:
            del self._running[key]
            if size <= cache.limit:
                cache.put(key, result, size, needed=lambda _: False)
        future.set_result(result)
        return result

    def usage(self) -> Usage:
        """Return the memory of the results."""
        with self._lock:
            cache = self._results
            return Usage(self.__name__, cache.limit, cache.size, len(cache))

    def make_room(self, size: int) -> None:
        """Drop the least recently used results until one of `size` bytes fits."""
        with self._lock:
            self._results.make_room(size)

    def clear(self) -> None:
        """Drop all results, and do not cache those being computed now."""
        with self._lock:
            self._results = SizedCache(self._results.limit)


@overload
def cached(function: Callable[P, R]) -> Cached[P, R]: ...
@overload
def cached(*, spinner: str) -> Callable[[Callable[P, R]], Cached[P, R]]: ...
def cached(function: Callable[P, R] | None = None, *, spinner: str = "") -> Any:
    """Cache the results of a function for all sessions.

    Args:
        function: its name must be unique among cached functions and have a row in `BUDGETS`.
        spinner: text to show while the function runs, unless another cached function called it.
    """
    if function is None:
        return functools.partial(cached, spinner=spinner)
    name = function.__name__
    wrapper = Cached(function, budget(name), spinner)
    account(name, wrapper)
    return wrapper


def key_of(value: object) -> Hashable:
    """Return a hashable key of an argument, equal for equal arguments.

    A network is identified by key and version, a row of a catalog by its key, digits by object
    identity, an array by a digest of its values, a dataclass without equality by its fields.

    Raises:
        TypeError: if this type has no key.
    """
    match value:
        case TrainedNetwork():
            return value.key, value.version
        case Architecture() | Pretrained():
            return value.key
        case Digits():  # tens of megabytes, which a key must not keep in memory either
            return value.source, weakref.ref(value)
        case np.ndarray():
            digest = hashlib.blake2b(value.tobytes(), digest_size=16).digest()
            return value.shape, value.dtype.str, digest
        case list() | tuple():
            return tuple(key_of(item) for item in value)
        case None | type() | Enum():
            return value
    if type(value).__eq__ is not object.__eq__:
        hash(value)
        return value
    if dataclasses.is_dataclass(value):
        return tuple(key_of(getattr(value, field.name)) for field in dataclasses.fields(value))
    raise TypeError(f"a cached function's argument must have a key, got {type(value).__name__}")


@contextlib.contextmanager
def _spinning(text: str) -> Iterator[None]:
    """Show a spinner, but only for the outermost of nested cached functions."""
    outermost = not _INSIDE.get()
    token = _INSIDE.set(True)
    try:
        with st.spinner(text) if text and outermost else contextlib.nullcontext():
            yield
    finally:
        _INSIDE.reset(token)


def _interruptible(compute: Callable[[], R]) -> R:
    """Return a result, computed in another thread if the script of a page asks for it.

    Streamlit delivers a choice where the script can be interrupted. If the user left the page
    before that, the choice would be lost. A computation that has begun goes on, and its result is
    cached; a session has one at a time.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or _IN_THREAD.get():
        return compute()
    worker: ThreadPoolExecutor = st.session_state.setdefault(_WORKER, ThreadPoolExecutor(1))
    variables = contextvars.copy_context()
    variables.run(_IN_THREAD.set, True)

    def work() -> R:
        add_script_run_ctx(threading.current_thread(), context)
        return variables.run(compute)

    future = worker.submit(work)
    try:
        return _wait(future)
    finally:
        future.cancel()  # if it has not begun


def _wait(future: "Future[R]") -> R:
    """Return a result that another thread computes; the waiting session may leave meanwhile.

    Raises:
        CancelledError: if the other session has failed.
    """
    while not future.done():
        with contextlib.suppress(TimeoutError):
            return future.result(_POLL)
        yield_to_requests()
    return future.result()


def yield_to_requests() -> None:
    """End the script of the page here if the user has chosen something or left the page."""
    if get_script_run_ctx(suppress_warning=True) is not None:
        st.session_state.get("awaited")  # any key: here Streamlit ends a script that must stop
