"""What takes too long for a page to wait for: done one after the other behind it, and kept."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import streamlit as st

_MOST = 512  # results that are kept, of all sessions together
_WANTED = "cnnviz_later"


class _Later:
    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "later")  # one at a time: pages need the other cores
        self._lock = threading.Lock()
        self._futures: OrderedDict[Hashable, Future[Any]] = OrderedDict()

    def ask(self, key: Hashable, call: Callable[[], Any]) -> "Future[Any]":
        """Return what was begun under that key, or begin it."""
        with self._lock:
            future = self._futures.get(key)
            if future is None or future.cancelled():
                future = self._futures[key] = self._pool.submit(call)
            self._futures.move_to_end(key)
            while len(self._futures) > _MOST:
                self._futures.popitem(last=False)[1].cancel()
            return future


@st.cache_resource(show_spinner=False)
def _later() -> _Later:
    return _Later()


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
