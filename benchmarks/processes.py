"""Processes that a benchmark has started, and how much of the processor they use."""

import contextlib
import time
from collections.abc import Callable, Iterable

import psutil

Group = Callable[[], Iterable[psutil.Process]]


class Meter:
    """Cores that groups of processes use, on average since `start`.

    Those of all other processes of the machine are `others`: a measurement is disturbed by them.

    Args:
        groups: functions that return the present processes of each group.
    """

    def __init__(self, **groups: Group) -> None:
        """Start with what they have used so far."""
        self._groups = groups
        self.start()

    def start(self) -> None:
        """Count from now on."""
        self._began, self._busy = time.perf_counter(), _busy_seconds()
        self._used = {name: _processor_seconds(group()) for name, group in self._groups.items()}

    @property
    def elapsed(self) -> float:
        """Seconds since `start`."""
        return time.perf_counter() - self._began

    def cores(self) -> dict[str, float]:
        """Return the cores that each group has used; processes that have ended do not count."""
        elapsed, cores = self.elapsed, {}
        for name, group in self._groups.items():
            before = self._used[name]
            now = _processor_seconds(group())
            cores[name] = sum(t - before.get(pid, 0.0) for pid, t in now.items()) / elapsed
        others = (_busy_seconds() - self._busy) / elapsed - sum(cores.values())
        return cores | {"others": max(0.0, others)}


def _busy_seconds() -> float:
    """Return the seconds that all processes together have had a core."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0))


def _processor_seconds(processes: Iterable[psutil.Process]) -> dict[int, float]:
    seconds = {}
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        seconds[process.pid] = times.user + times.system
    return seconds


def this_process() -> list[psutil.Process]:
    """Return the process of the benchmark."""
    return [psutil.Process()]


def server() -> list[psutil.Process]:
    """Return the process of the dashboard."""
    return _children(lambda process: "streamlit" in process.cmdline())


def trainers() -> list[psutil.Process]:
    """Return the processes that train, as far as the benchmark itself has started them."""
    return _children(lambda process: "cnnviz.training.worker" in process.cmdline())


def browser() -> list[psutil.Process]:
    """Return the processes of Chromium."""
    return _children(lambda process: "chrom" in process.name(), recursive=True)


def megabytes(processes: Iterable[psutil.Process]) -> float:
    """Return the resident memory of processes in MB."""
    return sum(float(process.memory_info().rss) for process in processes) / 1e6


def wait_for_idle_processes(group: Group, *, cores: float = 0.05, seconds: float = 3.0) -> None:
    """Wait until a group of processes has used no more than so many cores for some seconds."""
    meter = Meter(group=group)
    while True:
        time.sleep(seconds)
        if meter.cores()["group"] <= cores:
            return
        meter.start()


def _children(
    wanted: Callable[[psutil.Process], bool], *, recursive: bool = False
) -> list[psutil.Process]:
    """Return those children of this process that have not ended meanwhile."""
    children = []
    for process in psutil.Process().children(recursive=recursive):
        with contextlib.suppress(psutil.NoSuchProcess):
            if wanted(process):
                children.append(process)
    return children
