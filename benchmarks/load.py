"""How long the Draw page takes to answer many sessions that draw at once.

    python -m benchmarks.load [--sessions 30 100] [--trainings 2]
    python -m benchmarks.load --sessions 30 --visits 600
    python -m benchmarks.load --sessions 30 --minutes 60

Each session has a websocket of its own and speaks Streamlit's protocol. It draws a digit as fast as
a hand does, with up to 25 messages a second while the pen moves, and pauses for 2 s on average
before the next one. The round trip lasts from a message to the pad's answer. Target: 300 ms for 95%
of them at 30 sessions with two trainings running, and no error: no exception on a page, no lost
connection, and each complete digit recognized.

The columns: p50, p95 and max are round trips in ms; "opened" is the 95th percentile of the time to
open the page in ms; server to others are cores in use, with "others" for all other processes of the
machine, which disturb the measurement; MB is the memory of the server before and after.

`--visits` has sessions come and go, `--minutes` has them stay for so long; both print the memory of
the server over time. Sessions, server and trainings share this machine.
"""

import argparse
import asyncio
import contextlib
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np
from websockets.exceptions import WebSocketException

from benchmarks.drawing_session import STROKES, DrawingSession, Record
from benchmarks.processes import (
    Meter,
    megabytes,
    server,
    this_process,
    trainers,
    wait_for_idle_processes,
)
from benchmarks.served import dashboard
from benchmarks.targets import ANSWER, print_load
from benchmarks.trainings import training
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs.store import Run

THINK = 2.0  # seconds between two digits, on average
KEPT = 130.0  # seconds; the server keeps a session that has lost its connection for 120
TRAINED = Settings(model="resnet50", epochs=100, threads=1, device="cpu")
_COLUMNS = (
    *("sessions", "messages", "a second", "p50", "p95", "max", "opened", "errors"),
    *("server", "client", "trainers", "others", "MB", "MB after"),
)


@dataclass(frozen=True)
class Plan:
    """What the sessions do.

    Attributes:
        sessions: that are open at the same time.
        digits: that each draws before it leaves, unless `minutes` is given.
        visits: sessions altogether; as many as are open at the same time by default.
        minutes: that each draws for.
        think: seconds between two digits, on average.
    """

    sessions: int
    digits: int = 5
    visits: int = 0
    minutes: float = 0
    think: float = THINK


async def visit(url: str, number: int, plan: Plan, record: Record, start: asyncio.Event) -> None:
    """Open a session, draw digits with pauses once told to, and leave."""
    chance = random.Random(number)
    session = DrawingSession(url, record)
    drawn = 0
    try:
        await session.open()
        await start.wait()
        end = time.monotonic() + 60 * plan.minutes
        while drawn < plan.digits if not plan.minutes else time.monotonic() < end:
            await asyncio.sleep(plan.think * chance.expovariate(1))
            await session.draw(chance.choice(list(STROKES)))
            drawn += 1
    except (OSError, TimeoutError, WebSocketException) as error:
        record.errors.append(f"session {number}: {error!r}")
    finally:
        await session.close()


async def visits(url: str, plan: Plan, started: Callable[[], None] = lambda: None) -> Record:
    """Have sessions draw and return what they saw.

    Args:
        url: of the server.
        plan: what the sessions do.
        started: called when drawing begins: when all have opened the page, unless they come and go.
    """
    record, numbers = Record(), iter(range(max(plan.visits, plan.sessions)))
    start = asyncio.Event()

    async def one_after_another() -> None:
        for number in numbers:
            await visit(url, number, plan, record, start)

    drawing = asyncio.gather(*(one_after_another() for _ in range(plan.sessions)))
    while not plan.visits and len(record.opened) + len(record.errors) < plan.sessions:
        await asyncio.sleep(0.05)
    started()
    start.set()
    await drawing
    record.errors += [
        f"a {digit} was answered by {say!r}" for digit, say in record.answers if say != str(digit)
    ]
    return record


@contextlib.contextmanager
def trainings(count: int, folder: Path) -> Iterator[list[Run]]:
    """Run trainings in folders of their own, so that none waits for another one's slot."""
    runs = []
    with contextlib.ExitStack() as stack:
        for number in range(count):
            own = {"CNNVIZ_RUNS_DIR": str(folder / f"training{number}")}
            with mock.patch.dict(os.environ, own):
                runs.append(stack.enter_context(training(TRAINED)))
        yield runs


async def memory_over_time(every: float) -> None:
    """Print the memory of the server until canceled."""
    began = time.monotonic()
    while True:
        await asyncio.sleep(every)
        minutes = (time.monotonic() - began) / 60
        print(f"  {minutes:6.1f} min {megabytes(server()):6.0f} MB", flush=True)


async def measure(url: str, plan: Plan) -> bool:
    """Measure, print a row, and return whether the target is met."""
    await asyncio.to_thread(wait_for_idle_processes, server)
    before = megabytes(server())
    meter = Meter(server=server, client=this_process, trainers=trainers)
    watch = asyncio.create_task(memory_over_time(60.0))
    record = await visits(url, plan, meter.start)
    watch.cancel()
    waits = 1000 * np.array(record.round_trips or [np.nan])
    p50, p95 = np.percentile(waits, [50, 95])
    opened = 1000 * np.percentile(record.opened or [np.nan], 95)
    count, seconds = len(record.round_trips), meter.elapsed
    whole = [plan.sessions, count, count / seconds, p50, p95, waits.max(), opened]
    cells = [f"{number:.0f}" for number in (*whole, len(record.errors))]
    cells += [f"{cores:.2f}" for cores in meter.cores().values()]
    print_row([*cells, f"{before:.0f}", f"{megabytes(server()):.0f}"])
    for error in record.errors[:5]:
        print(f"  {error}")
    return bool(p95 <= ANSWER) and not record.errors


def print_row(cells: Sequence[str]) -> None:
    """Print one line of the table."""
    print(" ".join(f"{cell:>8}" for cell in cells), flush=True)


def speed(runs: list[Run], steps: list[int], seconds: float) -> str:
    """Return the speed of trainings since they had done so many steps."""
    done = sum(run.status().step for run in runs) - sum(steps)
    return f"{len(runs)} trainings of {TRAINED.model}: {done / seconds:.2f} steps a second together"


def main() -> int:
    """Print a row for each number of sessions; return 1 if one misses the target."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--sessions", type=int, nargs="+", default=[30, 100])
    parser.add_argument("--digits", type=int, default=5)
    parser.add_argument("--visits", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--trainings", type=int, default=0)
    options = parser.parse_args()
    met = True
    with tempfile.TemporaryDirectory() as name, dashboard(runs=Path(name, "runs")) as url:
        asyncio.run(visits(url, Plan(sessions=1, digits=1)))  # loads PyTorch
        with trainings(options.trainings, Path(name)) as runs:
            began, steps = time.perf_counter(), [run.status().step for run in runs]
            print_row(_COLUMNS)
            for count in options.sessions:
                plan = Plan(count, options.digits, options.visits, options.minutes)
                met &= asyncio.run(measure(url, plan))
            if runs:
                print(speed(runs, steps, time.perf_counter() - began))
            if options.visits:
                time.sleep(KEPT)
                print(f"{megabytes(server()):.0f} MB {KEPT:.0f} s after the last session")
    print_load()
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())
