"""What takes too long for a page to wait for: done behind it, visitors taking turns, and kept."""

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import streamlit as st

_MOST = 512  # results that are kept, of all sessions together
_THERE, _GONE = (
    5.0,
    120.0,
)  # seconds without a question; who is there goes first
_WANTED, _WHO = "cnnviz_later", "cnnviz_later_who"

Calls = Mapping[Hashable, Callable[[], Any]]


class Promise(Future[Any]):
    """A result to come.

    Attributes:
        so_far: what a call that yields has yielded last.
    """

    so_far: Any = None


@dataclass
class _Asker:
    """One visitor: what is still to be done for them, and when they last asked."""

    calls: dict[Hashable, Callable[[], Any]]
    asked: float


class Later:
    """Calls worked off by one thread, since pages need the other cores, in turn for all who ask.

    The thread is there only while there is work. It is no daemon, as PyTorch cannot be cut off in
    the midst of a call; when the server stops, it leaves undone what it has not begun.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing to do."""
        self._clock = clock
        self._lock = threading.Lock()
        self._promises: OrderedDict[Hashable, Promise] = OrderedDict()
        self._askers: OrderedDict[str, _Asker] = OrderedDict()
        self._working = False
        self._served = ""  # whose call was taken last

    def want(self, who: str, calls: Calls) -> dict[Hashable, Promise]:
        """Return the promises of all that one visitor wants now, in the order of importance.

        What others asked for under the same key is done once. What this visitor wanted before and
        wants no longer is not begun, and given up between two parts, unless others want it. A call
        that has failed is told of once, and made again when it is asked for again.
        """
        with self._lock:
            found = {key: self._promise(key) for key in calls}
            while len(self._promises) > max(_MOST, len(calls)):
                self._promises.popitem(last=False)
            missing = {key: calls[key] for key, promise in found.items() if not promise.done()}
            if missing:
                self._askers[who] = _Asker(missing, self._clock())
                self._begin()
            else:
                self._askers.pop(who, None)
            return found

    def others(self, who: str) -> int:
        """Return how many other visitors are waiting for something else than this one."""
        with self._lock:
            own = self._askers[who].calls.keys() if who in self._askers else set()
            return sum(
                name != who
                and self._away(asker) < _THERE
                and any(key not in own and not self._done(key) for key in asker.calls)
                for name, asker in self._askers.items()
            )

    def _promise(self, key: Hashable) -> Promise:
        promise = self._promises.get(key)
        if promise is None:
            promise = self._promises[key] = Promise()
        self._promises.move_to_end(key)
        if promise.done() and promise.exception():
            del self._promises[key]
        return promise

    def _begin(self) -> None:
        if not self._working:
            self._working = True
            threading.Thread(target=self._work, name="later").start()

    def _work(self) -> None:
        while True:
            with self._lock:
                taken = self._next() if threading.main_thread().is_alive() else None
                if taken is None:
                    self._working = False
                    return
            key, promise, call = taken
            try:
                result = call()
                if isinstance(result, Generator):
                    result = self._last_word(key, promise, result)
                promise.set_result(result)
            except _UnwantedError:
                continue
            except BaseException as error:  # noqa: BLE001 - raised again where it is asked for
                promise.set_exception(error)

    def _last_word(self, key: Hashable, promise: Promise, parts: Generator[Any]) -> Any:
        """Return what a call that yields ends with, unless nobody waits for it any more."""
        for part in parts:
            promise.so_far = part
            with self._lock:
                self._forget_the_gone()
                if self._outrun(key):
                    self._promises.pop(key, None)
                    raise _UnwantedError
        return promise.so_far

    def _next(self) -> tuple[Hashable, Promise, Callable[[], Any]] | None:
        """Return the next call of the visitor whose turn it is; None if nobody waits."""
        self._forget_the_gone()
        if self._served in self._askers:  # behind those who came meanwhile
            self._askers.move_to_end(self._served)
        order = sorted(self._askers, key=lambda who: self._away(self._askers[who]) >= _THERE)
        for who in order:
            for key, call in self._askers[who].calls.items():
                if not self._done(key):
                    self._served = who
                    promise = self._promises.setdefault(key, Promise())
                    promise.set_running_or_notify_cancel()
                    return key, promise, call
            del self._askers[who]
        return None

    def _outrun(self, key: Hashable) -> bool:
        """Tell whether nobody waits for it, or only who has left while others are there."""
        waiting = [asker for asker in self._askers.values() if key in asker.calls]
        there = [asker for asker in self._askers.values() if self._away(asker) < _THERE]
        return not waiting or (bool(there) and not any(asker in there for asker in waiting))

    def _forget_the_gone(self) -> None:
        for who in [who for who, one in self._askers.items() if self._away(one) > _GONE]:
            del self._askers[who]

    def _done(self, key: Hashable) -> bool:
        promise = self._promises.get(key)
        return promise is not None and promise.done()

    def _away(self, asker: _Asker) -> float:
        return self._clock() - asker.asked


class _UnwantedError(Exception):
    """Nobody waits for a call that is under way."""


@st.cache_resource(show_spinner=False)
def _later() -> Later:
    return Later()


def soon(calls: Calls) -> dict[Hashable, Any]:
    """Return what is ready of these calls, by key, and begin the others in their order.

    What this session asked for before and no longer wants is not begun any more. Sessions take
    turns, a call each. A call that failed raises its error here.

    Args:
        calls: they must not use Streamlit; a key names one result for the whole server. One that
            yields tells by that what it has so far, and its last word is the result.
    """
    wanted = _later().want(_who(), calls)
    st.session_state[_WANTED] = wanted
    return {key: promise.result() for key, promise in wanted.items() if promise.done()}


def so_far(key: Hashable) -> Any:
    """Return what a call that `soon` was asked for last has yielded by now; None for nothing."""
    promise: Promise | None = st.session_state.get(_WANTED, {}).get(key)
    return None if promise is None else promise.so_far


def in_turn() -> str:
    """Return a sentence on the visitors who are waiting too; nothing if there are none."""
    count = _later().others(_who())
    if not count:
        return ""
    return f" In turn with {count} other visitor{'s' if count > 1 else ''}."


def _who() -> str:
    who: str = st.session_state.setdefault(_WHO, uuid.uuid4().hex)
    return who
