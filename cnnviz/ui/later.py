"""What takes too long for a page to wait for: done one after the other behind it, and kept."""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from typing import Any

import streamlit as st

_MOST = 512  # results that are kept, of all sessions together
_WANTED = "cnnviz_later"


class Later:
    """Calls in a queue, worked off by one thread, since pages need the other cores.

    The thread is there only while there is work. It is no daemon, as PyTorch cannot be cut off in
    the midst of a call; when the server stops, it leaves undone what it has not begun.
    """

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self._lock = threading.Lock()
        self._futures: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._queue: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._working = False

    def ask(self, key: Hashable, call: Callable[[], Any]) -> "Future[Any]":
        """Return what was begun under that key, or put it into the queue."""
        with self._lock:
            future = self._futures.get(key)
            if future is None or future.cancelled():
                future = self._futures[key] = Future()
                self._queue.append((future, call))
                if not self._working:
                    self._working = True
                    threading.Thread(target=self._work, name="later").start()
            self._futures.move_to_end(key)
            while len(self._futures) > _MOST:
                self._futures.popitem(last=False)[1].cancel()
            return future

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._queue or not threading.main_thread().is_alive():
                    self._working = False
                    return
                future, call = self._queue.popleft()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except BaseException as error:  # noqa: BLE001 - raised again where it is asked for
                    future.set_exception(error)


@st.cache_resource(show_spinner=False)
def _later() -> Later:
    return Later()


def soon(calls: Mapping[Hashable, Callable[[], Any]]) -> dict[Hashable, Any]:
    """Return what is ready of these calls, by key, and begin the others in their order.

    What this session asked for before and no longer wants is not begun any more. A call that
    failed raises its error here.

    Args:
        calls: they must not use Streamlit; a key names one result for the whole server.
    """
    before: dict[Hashable, Future[Any]] = st.session_state.get(_WANTED, {})
    for key, future in before.items():
        if key not in calls:
            future.cancel()
    wanted = {key: _later().ask(key, call) for key, call in calls.items()}
    st.session_state[_WANTED] = wanted
    return {key: future.result() for key, future in wanted.items() if future.done()}
