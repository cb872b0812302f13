"""Histories of runs, read once for all sessions."""

import threading
from collections.abc import Hashable
from dataclasses import dataclass, field

from cnnviz.system.sized_cache import SizedCache
from cnnviz.training.runs.history import History
from cnnviz.training.runs.store import Run
from cnnviz.ui.shell.cache_budgets import Usage, account, budget


@dataclass(frozen=True)
class _Shared:
    """A history, and the lock of the session that reads on."""

    history: History
    lock: threading.Lock = field(default_factory=threading.Lock)


class Histories:
    """The latest histories with a limit in bytes; each look at one reads only what is new."""

    def __init__(self, limit: int) -> None:
        """Begin without a history.

        Args:
            limit: bytes of all histories together; a single larger one is not kept.
        """
        self._lock = threading.Lock()
        self._results = SizedCache(limit)

    def read(self, run: Run) -> History:
        """Return the events of a run so far, which do not change later.

        Raises:
            RunError: if a line of the log cannot be read or has invalid values.
        """
        with self._lock:
            if run.path not in self._results:
                self._results.put(run.path, _Shared(History(run)), 0, needed=_none)
            shared: _Shared = self._results[run.path]
        with shared.lock:  # one session reads, the others wait for it
            shared.history.read()
            snapshot, size = shared.history.snapshot(), shared.history.nbytes
        with self._lock:
            self._results.put(run.path, shared, size, needed=_none)
        return snapshot

    def usage(self) -> Usage:
        """Return the memory of the histories."""
        with self._lock:
            return Usage("histories", self._results.limit, self._results.size, len(self._results))

    def clear(self) -> None:
        """Drop all histories."""
        with self._lock:
            self._results = SizedCache(self._results.limit)


def _none(_: Hashable) -> bool:
    """Tell that no history must stay beyond the limit."""
    return False


_HISTORIES = Histories(budget("histories"))
account("histories", _HISTORIES)


def history(run: Run) -> History:
    """Return the events of a run so far, which do not change later.

    Raises:
        RunError: if a line of the log cannot be read or has invalid values.
    """
    return _HISTORIES.read(run)
