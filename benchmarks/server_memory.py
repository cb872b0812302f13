"""Memory of a running dashboard: all pages, many viewers of one long training, and an hour of use.

    python -m benchmarks.server_memory [--sessions 6] [--viewers 30] [--rows 8000] [--minutes 60]

Starts the dashboard with a live run of ResNet-152 that has a log of so many intervals (nobody
trains: the log is made up and grows by a line every two seconds), a few runs of LeNet-5, a race and
shipped networks. Sessions speak Streamlit's protocol over websockets. The table shows the memory of
the server that is not swapped out (RSS): before, after sessions have opened every page on several
networks, while all viewers look at the live run, and after they have left.

With `--minutes` sessions then open a page every two seconds, each for all pages before a new one
takes its place. Every ten minutes the median of the last five is printed, and its growth over that
of the five minutes after the first pass over all pages, networks and digits, which takes 12
minutes.
"""

import argparse
import contextlib
import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock
from urllib.parse import urlencode

from psutil import Process

from benchmarks import processes
from benchmarks.history_memory import interval_of_resnet152, write_run
from benchmarks.served import CHECKOUT_COMMAND, isolated_environment, serve
from benchmarks.targets import print_load
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run
from cnnviz.ui.compare import VIEWS
from cnnviz.ui.ideas import IDEAS
from cnnviz.ui.shell.navigation import EVERY_ENTRY
from cnnviz.ui.shell.parameters import PARAMETERS
from tests.on_disk import epoch_row, interval_row, make_race, make_run
from tests.security.client import Client, session

NETWORKS = ("mnist_cnn", "lenet5", "resnet8", "vgg11", "mobilenet_v2", "vit")
DIGITS = (0, 7, 42)
PAGES = tuple(entry.key for entry in EVERY_ENTRY)
LIMIT_MB, GROWTH_MB = 2500.0, 50.0  # targets
_TICK = 2.0  # seconds between two pages, or two lines of the log
_REPORT_EVERY = 10.0  # minutes between two lines of the hour
_WINDOW = 300.0  # seconds whose median counts
_ADDRESS_LENGTH = 100  # characters of an address that failed, in messages


@dataclass(frozen=True)
class Visit:
    """One page with what its address names."""

    page: str
    query: str


@dataclass
class Server:
    """The dashboard, its live run, and the highest memory so far."""

    url: str
    processes: list[Process]
    live: Run
    peak: float = 0.0

    def megabytes(self) -> float:
        """Return the memory of the server that is not swapped out, in MB."""
        resident = processes.megabytes(self.processes)
        self.peak = max(self.peak, resident)
        return resident

    def show(self, when: str) -> float:
        """Print and return the memory."""
        resident = self.megabytes()
        print(f"{time.strftime('%H:%M:%S')}  {when:52}{resident:9.0f} MB", flush=True)
        return resident

    def lengthen_log(self) -> None:
        """Append an interval to the log of the live run."""
        step = self.live.recorded_status().step + 1
        with self.live.log.path.open("a") as file:
            file.write(json.dumps(interval_of_resnet152(step)) + "\n")
        self.live.write_status(Status(state="running", step=step, total_steps=2 * step))


def visits(live: Run, trained: list[Run], race: str) -> list[Visit]:
    """Return every page with each network and digit, page by page."""
    views, ideas = itertools.cycle(VIEWS), itertools.cycle(IDEAS)
    planned = []
    for digit, network, page in itertools.product(DIGITS, NETWORKS, PAGES):
        values = {
            "network": f"shipped-{network}",
            "digit": digit,
            "architecture": network,
            "draw_networks": f"shipped-{network}",
            "compare": [f"shipped-{network}", "shipped-lenet5", trained[0].id],
            "compare_view": next(views).key if page == "compare" else "",
            "idea": next(ideas).key if page == "ideas" else "",
            "run": trained[digit % len(trained)].id if page == "time" else live.id,
            "race": race,
        }
        taken = {name: v for name, v in values.items() if page in PARAMETERS[name].pages}
        planned.append(Visit(page, urlencode(taken, doseq=True)))
    return planned


def open_page(client: Client, visit: Visit) -> None:
    """Open a page, and stop the benchmark if it shows an exception."""
    answer = client.run(visit.page, visit.query, patience=300)
    if answer.exceptions:
        address = f"{visit.page}?{visit.query[:_ADDRESS_LENGTH]}"
        raise RuntimeError(f"{address}: {answer.exceptions[0]}")


@contextlib.contextmanager
def started(rows: int) -> Iterator[tuple[Server, list[Visit]]]:
    """Serve the dashboard with its runs; yield it with the pages to visit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = isolated_environment(folder)
        with mock.patch.dict(os.environ, {"CNNVIZ_RUNS_DIR": environment["CNNVIZ_RUNS_DIR"]}):
            log = [*(interval_row(step) for step in range(1, 301)), epoch_row(30)]
            numbers: dict[str, Any] = {"step": 300, "total_steps": 300, "test_accuracy": 0.97}
            trained = [
                make_run(label=f"run {seed}", weights=seed, steps=(0, 100, 300), log=log, **numbers)
                for seed in range(3)
            ]
            race = make_race(log=log)
            live = write_run(rows)
            with live.lock(), serve(CHECKOUT_COMMAND, environment, folder / "server.log") as url:
                live.write_status(Status(state="running", step=rows, total_steps=2 * rows))
                yield Server(url, processes.server(), live), visits(live, trained, race.id)


def visit_all(server: Server, planned: list[Visit], sessions: int) -> None:
    """Open every page on every network, in several sessions at once."""

    def browse(number: int) -> None:
        with session(server.url) as client:
            client.run()
            for visit in planned[number::sessions]:
                open_page(client, visit)
                time.sleep(0.2)  # background calls
                open_page(client, visit)  # with their results
                server.megabytes()

    with ThreadPoolExecutor(sessions) as pool:
        list(pool.map(browse, range(sessions)))


def watch(server: Server, viewers: int, rounds: int) -> float:
    """Let viewers look at the live run at the same time; return the memory while they do."""
    visit = Visit("train", urlencode({"run": server.live.id}))
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(session(server.url)) for _ in range(viewers)]
        with ThreadPoolExecutor(viewers) as pool:
            list(pool.map(Client.run, clients))
            for _ in range(rounds):
                list(pool.map(lambda client: open_page(client, visit), clients))
                server.megabytes()
                server.lengthen_log()
        return server.show(f"while {viewers} viewers look at the live run")


@dataclass
class Usage:
    """The memory of the server while it is used, in MB.

    Medians are compared: single numbers swing by hundreds of MB with what is being computed.
    """

    began: float = field(default_factory=time.monotonic)
    samples: list[tuple[float, float]] = field(default_factory=list)  # time in seconds, MB
    warm: float = 0.0  # seconds, at the end of the first pass

    def add(self, megabytes: float) -> None:
        """Add a sample of now."""
        self.samples.append((time.monotonic(), megabytes))

    def minutes(self) -> float:
        """Return the time since the beginning."""
        return (time.monotonic() - self.began) / 60

    def median(self, start: float) -> float:
        """Return the median of the samples in `_WINDOW` seconds from a time on."""
        return median(mb for when, mb in self.samples if start <= when < start + _WINDOW)

    def growth(self) -> float:
        """Return the growth from the end of the first pass until now; 0 before."""
        now = time.monotonic()
        if not self.warm or now - self.warm < 2 * _WINDOW:
            return 0.0
        return self.median(now - _WINDOW) - self.median(self.warm)

    def show(self) -> None:
        """Print the median of the last minutes, and the growth."""
        resident, when = self.median(time.monotonic() - _WINDOW), time.strftime("%H:%M:%S")
        what = f"after {self.minutes():.0f} minutes, grown by {self.growth():+.0f} MB"
        print(f"{when}  {what:52}{resident:9.0f} MB", flush=True)


def use(server: Server, planned: list[Visit], minutes: float) -> float:
    """Open a page every two seconds for so many minutes; return the growth in MB."""
    usage, count, reported = Usage(), 0, 0.0
    batches = [planned[start : start + len(PAGES)] for start in range(0, len(planned), len(PAGES))]
    for batch in itertools.cycle(batches):
        with session(server.url) as client:
            client.run()
            for visit in batch:
                time.sleep(max(0.0, usage.began + count * _TICK - time.monotonic()))
                open_page(client, visit)
                server.lengthen_log()
                usage.add(server.megabytes())
                count += 1
                if count == len(planned):
                    usage.warm = time.monotonic()
                if usage.minutes() - reported >= _REPORT_EVERY:
                    reported += _REPORT_EVERY
                    usage.show()
                if usage.minutes() >= minutes:
                    return usage.growth()
    raise AssertionError("no page was planned")


def main() -> int:
    """Print the tables; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--sessions", type=int, default=6)
    parser.add_argument("--viewers", type=int, default=30)
    parser.add_argument("--rows", type=int, default=8000, help="intervals of the long run")
    parser.add_argument("--minutes", type=float, default=0.0, help="of use after the table")
    options = parser.parse_args()
    with started(options.rows) as (server, planned):
        with session(server.url) as client:
            client.run()
            client.run("inside")
            time.sleep(10)  # until everything is imported
            server.show("before, with one visitor")
        visit_all(server, planned, options.sessions)
        server.show(f"after {len(planned)} visits in {options.sessions} sessions")
        watch(server, options.viewers, rounds=5)
        time.sleep(150)  # Streamlit keeps the state of a lost session for two minutes
        server.show("after they have left")
        print(f"highest: {server.peak:.0f} MB; target {LIMIT_MB:.0f} MB", flush=True)
        grown = use(server, planned, options.minutes) if options.minutes else 0.0
        print(f"highest: {server.peak:.0f} MB; grown by {grown:.0f} MB, target {GROWTH_MB:.0f} MB")
    print_load()
    return int(server.peak > LIMIT_MB or grown > GROWTH_MB)


if __name__ == "__main__":
    sys.exit(main())
