"""Background calls, shared fairly between sessions, with their results cached."""

import threading
import time
import traceback
import uuid
from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from cnnviz.system.sized_cache import SizedCache, memory_of
from cnnviz.ui.shell.cache_budgets import Usage, account, budget

_ACTIVE, _GONE = 5.0, 120.0  # seconds since a session's last request; active sessions go first
_WANTED, _SESSION = "cnnviz_background", "cnnviz_background_session"

Calls = Mapping[Hashable, Callable[[], Any]]


class Promise(Future[Any]):
    """The result of a background call.

    Attributes:
        partial: what a call that yields has yielded last.
    """

    partial: Any = None


@dataclass
class _Session:
    """One session that waits for results.

    Attributes:
        calls: those that had no result at its last request.
        last: time of its last request, in seconds.
        requested: time of its last request for each result, in seconds.
    """

    calls: dict[Hashable, Callable[[], Any]]
    last: float
    requested: dict[Hashable, float] = field(default_factory=dict)


class BackgroundQueue:
    """Calls made by one thread, since pages need the other cores; sessions take turns.

    The thread exists only while there is work. It is no daemon, since PyTorch must not be killed
    in the middle of a call; when the server stops, pending calls are not made.

    Results are cached up to a limit in bytes. Only results of sessions that still wait for others
    may exceed it: if they were dropped, their page would request them again and never finish.
    """

    def __init__(self, limit: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Create an empty queue.

        Args:
            limit: bytes of all cached results.
            clock: returns the time in seconds.
        """
        self._clock = clock
        self._lock = threading.Lock()
        self._pending: dict[Hashable, Promise] = {}
        self._results = SizedCache(limit)  # promises that are done
        self._sessions: OrderedDict[str, _Session] = OrderedDict()
        self._working = False
        self._served = ""  # whose call was taken last

    def request(self, name: str, calls: Calls, *, more: bool = False) -> dict[Hashable, Promise]:
        """Return a promise for each call that a session wants now, most important first.

        A call that several sessions request under the same key is made once. Calls that the session
        no longer requests are canceled, unless others want them; one that yields is canceled
        between two parts. An error is reported once; the next request repeats the call.

        Args:
            name: of the session.
            calls: by key.
            more: whether the session requests more in the same run, so that its results must stay.
        """
        with self._lock:
            self._forget_gone()
            promises = {key: self._promise(key) for key in calls}
            missing = {key: calls[key] for key, promise in promises.items() if not promise.done()}
            if more:  # until its last step it waits for the same as before, and keeps its turn
                missing |= self._undone(name)
            if missing or more:
                self._note(name, missing, promises)
            else:
                self._sessions.pop(name, None)
            if missing:
                self._begin()
            self._results.trim(needed=self._needed)
            return promises

    def others(self, name: str) -> int:
        """Return how many other sessions wait for calls that this one does not request."""
        with self._lock:
            own = self._sessions[name].calls.keys() if name in self._sessions else set()
            return sum(
                other != name and any(key not in own for key in self._missing(session))
                for other, session in self._sessions.items()
                if self._active(session)
            )

    def usage(self) -> Usage:
        """Return the memory of the results."""
        with self._lock:
            results = self._results
            return Usage("background", results.limit, results.size, len(results))

    def clear(self) -> None:
        """Drop all results, and do not cache that of the running call."""
        with self._lock:
            self._results = SizedCache(self._results.limit)
            self._pending = {}

    def _promise(self, key: Hashable) -> Promise:
        if key not in self._results:
            return self._pending.setdefault(key, Promise())
        promise: Promise = self._results[key]
        if promise.exception():
            self._results.drop(key)
        return promise

    def _note(
        self, name: str, calls: dict[Hashable, Callable[[], Any]], wanted: Mapping[Hashable, Any]
    ) -> None:
        """Note what a session waits for, and drop pending calls that nobody requests any more."""
        now, requested = self._clock(), dict[Hashable, float]()
        if before := self._sessions.get(name):
            # a page may request more in several steps of one run
            requested = {key: at for key, at in before.requested.items() if now - at < _ACTIVE}
            if not self._missing(before):
                del self._sessions[name]  # its next turn comes after sessions that already wait
        requested |= dict.fromkeys(wanted, now)
        self._sessions[name] = _Session(calls, now, requested)
        wanted_by_any = {key for session in self._sessions.values() for key in session.calls}
        for key, promise in list(self._pending.items()):
            if not promise.running() and key not in wanted_by_any:
                del self._pending[key]

    def _begin(self) -> None:
        if not self._working:
            self._working = True
            threading.Thread(target=self._work, name="background").start()

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
                    result = self._last_part(key, promise, result)
                size = memory_of((key, result))
            except _UnwantedError:
                continue
            except BaseException as error:  # noqa: BLE001 - raised again where it is asked for
                traceback.clear_frames(error.__traceback__)  # they would keep their arrays alive
                with self._lock:
                    promise.set_exception(error)
                    self._keep(key, promise, memory_of((key, error)))
            else:
                with self._lock:
                    promise.set_result(result)
                    self._keep(key, promise, size)

    def _keep(self, key: Hashable, promise: Promise, size: int) -> None:
        if self._pending.get(key) is promise:  # else the cache was cleared meanwhile
            del self._pending[key]
            self._results.put(key, promise, size, needed=self._needed)

    def _last_part(self, key: Hashable, promise: Promise, parts: Generator[Any]) -> Any:
        """Return the last part that a call yields, unless it is canceled."""
        for part in parts:
            promise.partial = part
            with self._lock:
                self._forget_gone()
                if self._outrun(key):
                    self._pending.pop(key, None)
                    raise _UnwantedError
        return promise.partial

    def _next(self) -> tuple[Hashable, Promise, Callable[[], Any]] | None:
        """Return the next call of the session whose turn it is; None if nobody waits."""
        self._forget_gone()
        if self._served in self._sessions:  # now the last in turn
            self._sessions.move_to_end(self._served)
        for name in sorted(self._sessions, key=lambda name: not self._active(self._sessions[name])):
            for key in self._missing(self._sessions[name]):
                self._served = name
                promise = self._pending.setdefault(key, Promise())
                promise.set_running_or_notify_cancel()
                return key, promise, self._sessions[name].calls[key]
        return None

    def _outrun(self, key: Hashable) -> bool:
        """Tell whether no session waits for a call, or only inactive ones and others are active."""
        waiting = self._waiting(key)
        if any(self._active(session) for session in waiting):
            return False
        rivals = (s for s in self._sessions.values() if self._active(s) and self._missing(s))
        return not waiting or any(True for _ in rivals)

    def _waiting(self, key: Hashable) -> list[_Session]:
        return [session for session in self._sessions.values() if key in session.calls]

    def _missing(self, session: _Session) -> list[Hashable]:
        """Return the keys of a session's calls that have no result yet."""
        return [key for key in session.calls if key not in self._results]

    def _undone(self, name: str) -> dict[Hashable, Callable[[], Any]]:
        """Return the calls of a session that have no result yet."""
        session = self._sessions.get(name)
        return {} if session is None else {k: session.calls[k] for k in self._missing(session)}

    def _needed(self, key: Hashable) -> bool:
        """Tell whether a session that still waits for other results has requested this one."""
        return any(key in session.requested for session in self._sessions.values())

    def _active(self, session: _Session) -> bool:
        return self._clock() - session.last < _ACTIVE

    def _forget_gone(self) -> None:
        now = self._clock()
        for name, session in list(self._sessions.items()):
            if now - session.last > _GONE:
                del self._sessions[name]


class _UnwantedError(Exception):
    """The running call is canceled."""


_QUEUE = BackgroundQueue(budget("background"))
account("background", _QUEUE)


def request(calls: Calls, *, more: bool = False) -> dict[Hashable, Any]:
    """Return the finished results of these calls by key, and start the others in order.

    Calls that this session requested before and no longer wants are canceled. Sessions take turns,
    one call each. The error of a failed call is raised here.

    Args:
        calls: must not use Streamlit; a key identifies a result for all sessions. A call may be a
            generator: it yields partial results, the last of which is the result.
        more: whether the page requests more in the same run.
    """
    promises = _QUEUE.request(_session(), calls, more=more)
    waits = any(not promise.done() for promise in promises.values())
    st.session_state[_WANTED] = promises if waits else {}
    return {key: promise.result() for key, promise in promises.items() if promise.done()}


def partial_result(key: Hashable) -> Any:
    """Return the latest partial result of a call that this session waits for; None for none."""
    promise: Promise | None = st.session_state.get(_WANTED, {}).get(key)
    return None if promise is None else promise.partial


def waiting_note() -> str:
    """Return a sentence about other waiting sessions, with a leading space; "" if none wait."""
    count = _QUEUE.others(_session())
    if not count:
        return ""
    return f" {count} other session{'s are' if count > 1 else ' is'} waiting as well."


def _session() -> str:
    name: str = st.session_state.setdefault(_SESSION, uuid.uuid4().hex)
    return name
