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

from cnnviz.ui.shell.caching import Usage, account, budget
from cnnviz.ui.shell.sized_cache import SizedCache, size_of

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
        calls: those that have no result yet.
        last: when it asked last.
        requested: when it asked last for each result.
    """

    calls: dict[Hashable, Callable[[], Any]]
    last: float
    requested: dict[Hashable, float] = field(default_factory=dict)


class BackgroundQueue:
    """Calls made by one thread, since pages need the other cores; sessions take turns.

    The thread is there only while there is work. It is no daemon, as PyTorch cannot be cut off in
    the midst of a call; when the server stops, it leaves undone what it has not begun.

    Results are kept within a number of bytes. Beyond it are only those of sessions that have not
    got all of their page yet: dropped, they would be asked for again, and the page never be done.
    """

    def __init__(self, limit: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing to do.

        Args:
            limit: bytes of the results that are kept.
            clock: seconds.
        """
        self._clock = clock
        self._lock = threading.Lock()
        self._pending: dict[Hashable, Promise] = {}
        self._results = SizedCache(limit)  # promises that are done
        self._sessions: OrderedDict[str, _Session] = OrderedDict()
        self._working = False
        self._served = ""  # whose call was taken last

    def request(self, name: str, calls: Calls, *, more: bool = False) -> dict[Hashable, Promise]:
        """Return the promises of all that one session wants now, in the order of importance.

        What others asked for under the same key is done once. What this session wanted before and
        wants no longer is not begun, and given up between two parts, unless others want it. A call
        that has failed is told of once, and made again when it is asked for again.

        Args:
            name: of the session.
            calls: by key.
            more: whether the session asks at once for more, and is not done with what it has got.
        """
        with self._lock:
            self._forget_gone()
            promises = {key: self._promise(key) for key in calls}
            missing = {key: calls[key] for key, promise in promises.items() if not promise.done()}
            if missing or more:
                self._note(name, missing, promises)
            else:
                self._sessions.pop(name, None)
            if missing:
                self._begin()
            self._results.trim(needed=self._needed)
            return promises

    def others(self, name: str) -> int:
        """Return how many other sessions are waiting for something else than this one."""
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
        """Forget all results, also of the call that is running."""
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
        """Keep what a session waits for; forget the pending calls that nobody wants any more."""
        now, requested = self._clock(), dict[Hashable, float]()
        if before := self._sessions.get(name):
            # a page may ask in several steps, each for more
            requested = {key: at for key, at in before.requested.items() if now - at < _ACTIVE}
            if not self._missing(before):
                del self._sessions[name]  # it is behind those who waited meanwhile
        requested |= dict.fromkeys(wanted, now)
        self._sessions[name] = _Session(calls, now, requested)
        for key, promise in list(self._pending.items()):
            if not promise.running() and not self._waiting(key):
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
                size = size_of((key, result))
            except _UnwantedError:
                continue
            except BaseException as error:  # noqa: BLE001 - raised again where it is asked for
                traceback.clear_frames(error.__traceback__)  # their arrays would stay with it
                with self._lock:
                    promise.set_exception(error)
                    self._keep(key, promise, size_of((key, error)))
            else:
                with self._lock:
                    promise.set_result(result)
                    self._keep(key, promise, size)

    def _keep(self, key: Hashable, promise: Promise, size: int) -> None:
        if self._pending.get(key) is promise:  # else all was forgotten meanwhile
            del self._pending[key]
            self._results.put(key, promise, size, needed=self._needed)

    def _last_part(self, key: Hashable, promise: Promise, parts: Generator[Any]) -> Any:
        """Return what a call that yields ends with, unless nobody waits for it any more."""
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
        if self._served in self._sessions:  # behind those who came meanwhile
            self._sessions.move_to_end(self._served)
        for name in sorted(self._sessions, key=lambda name: not self._active(self._sessions[name])):
            for key in self._missing(self._sessions[name]):
                self._served = name
                promise = self._pending.setdefault(key, Promise())
                promise.set_running_or_notify_cancel()
                return key, promise, self._sessions[name].calls[key]
        return None

    def _outrun(self, key: Hashable) -> bool:
        """Tell whether nobody waits for it, or only who has left while others are there."""
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

    def _needed(self, key: Hashable) -> bool:
        """Tell whether a session that has not got all it wants has asked for this result."""
        return any(key in session.requested for session in self._sessions.values())

    def _active(self, session: _Session) -> bool:
        return self._clock() - session.last < _ACTIVE

    def _forget_gone(self) -> None:
        now = self._clock()
        for name, session in list(self._sessions.items()):
            if now - session.last > _GONE:
                del self._sessions[name]


class _UnwantedError(Exception):
    """Nobody waits for a call that is under way."""


_QUEUE = BackgroundQueue(budget("background"))
account("background", _QUEUE)


def request(calls: Calls, *, more: bool = False) -> dict[Hashable, Any]:
    """Return the results of these calls that are ready, by key, and begin the others in order.

    What this session asked for before and no longer wants is not begun any more. Sessions take
    turns, a call each. A call that failed raises its error here.

    Args:
        calls: they must not use Streamlit; a key names one result for the whole server. One that
            yields tells by that what it has so far, and its last part is the result.
        more: whether the page asks for more in the same run, beside what it has got.
    """
    promises = _QUEUE.request(_session(), calls, more=more)
    waits = any(not promise.done() for promise in promises.values())
    st.session_state[_WANTED] = promises if waits else {}
    return {key: promise.result() for key, promise in promises.items() if promise.done()}


def partial_result(key: Hashable) -> Any:
    """Return what a call that this session waits for has yielded last; None for nothing."""
    promise: Promise | None = st.session_state.get(_WANTED, {}).get(key)
    return None if promise is None else promise.partial


def waiting_note() -> str:
    """Return a sentence on the other sessions that are waiting too; nothing if there are none."""
    count = _QUEUE.others(_session())
    if not count:
        return ""
    return f" In turn with {count} other visitor{'s' if count > 1 else ''}."


def _session() -> str:
    name: str = st.session_state.setdefault(_SESSION, uuid.uuid4().hex)
    return name
