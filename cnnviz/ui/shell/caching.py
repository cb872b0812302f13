"""Cached functions, whose results all sessions share, each cache with a limit in bytes.

Streamlit's caches limit the number of entries, or copy results by pickling. Networks and feature
maps differ in size by a factor of thousands, and are shared without a copy.
"""

import contextlib
import dataclasses
import functools
import hashlib
import inspect
import threading
import weakref
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, overload

import numpy as np
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cnnviz.data.mnist import Digits
from cnnviz.models.catalog import Architecture
from cnnviz.models.pretrained import Pretrained
from cnnviz.system.sized_cache import SizedCache, memory_of
from cnnviz.training.runs.networks import TrainedNetwork

P = ParamSpec("P")
R = TypeVar("R")

# MiB for the results of each function; `usage` tells how much they take. The largest single
# results: VGG-16's weights for ImageNet take 528, 1,000 digits half-way through ResNet-8 take 75,
# the held-out canvases 34, ResNet-152's receptive fields 15 and its weights 5.
BUDGETS: Mapping[str, int] = {
    "background": 127,
    "loaded_network": 64,
    "forward_pass": 16,
    "layer_maps": 16,
    "activations": 64,
    "attention": 32,
    "map_layers": 8,
    "grad_cam_layers": 2,
    "explanation": 8,
    "attribution_map": 8,
    "channel_statistics": 4,
    "layer_run": 16,
    "weight_gradient": 16,
    "shapes": 2,
    "structure": 32,
    "trace": 16,
    "main_modules": 2,
    "layer_depths": 8,
    "receptive_fields": 128,
    "source_code": 2,
    "effective_field": 4,
    "pixel_effect": 8,
    "held_out_canvases": 80,
    "decoder_outputs": 16,
    "unedited_baseline": 16,
    "tested_prefix": 160,
    "top_activating": 64,
    "tested_logits": 2,
    "warm_up_networks": 1,
    "mistakes": 32,
    "pretrained_model": 560,
    "layer_response": 64,
    "photograph_fields": 2,
    "sample_digits": 4,
    "pixel_embedding": 2,
    "subject_vectors": 8,
    "calibration_summary": 4,
    "evaluation_results": 32,
    "rival_predictions": 32,
    "report_files": 32,
    "sparkline": 2,
    "run_csv": 32,
    "gradient_reach": 1,
    "activation_measurements": 1,
    "dropout_accuracies": 1,
    "center_fields": 4,
    "layer_milliseconds": 1,
    "shift_accuracies": 1,
    "canvas_accuracies": 1,
    "size_accuracies": 1,
    "device_in_words": 1,
    "posed_exercise": 1,
}
_POLL = 0.1  # seconds between two checks whether a waiting session has left the page
_INSIDE: ContextVar[bool] = ContextVar("inside", default=False)  # of another cached function


@dataclass(frozen=True)
class Usage:
    """The memory of one cache.

    Attributes:
        name: of the cached function.
        limit: largest size in bytes.
        size: bytes of all results.
        entries: number of results.
    """

    name: str
    limit: int
    size: int
    entries: int


class _Accounted(Protocol):
    def usage(self) -> Usage: ...

    def clear(self) -> None: ...


_CACHES: dict[str, _Accounted] = {}


def account(name: str, cache: _Accounted) -> None:
    """Register a cache for `usage` and `clear`."""
    _CACHES[name] = cache


def budget(name: str) -> int:
    """Return the limit of a cache in bytes.

    Raises:
        ValueError: if it has no row in `BUDGETS`.
    """
    if name not in BUDGETS:
        raise ValueError(f"a cache must have a row in BUDGETS, got {name!r}")
    return BUDGETS[name] * 2**20


def usage() -> list[Usage]:
    """Return the memory of each cache, largest first."""
    return sorted((cache.usage() for cache in _CACHES.values()), key=lambda row: -row.size)


def clear() -> None:
    """Empty every cache."""
    for cache in _CACHES.values():
        cache.clear()


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


def _wait(future: "Future[R]") -> R:
    """Return a result that another session computes; the waiting session may leave meanwhile.

    Raises:
        CancelledError: if the other session has failed.
    """
    while True:
        with contextlib.suppress(TimeoutError):
            return future.result(_POLL)
        if get_script_run_ctx(suppress_warning=True) is not None:
            st.session_state.get("awaited")  # any key: here Streamlit ends a script that must stop
