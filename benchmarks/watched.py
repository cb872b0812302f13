"""How much the Train page slows a training down, and how soon a new training shows a point.

    python -m benchmarks.watched [--starts 3] [--rounds 5] [--seconds 6] [--threads 0] [--clicks 4]

One training of MnistCNN runs throughout, by turns unwatched and shown on the Train page in a real
browser. A round compares its speed while it is watched with the mean of its speed before and after.
It begins when the page shows a point; the time from the navigation until then is a column of its
own. The first rounds after a start of the server are those that a user sits through: the server
imports libraries, and the browser compiles the page. They are reported apart from the late ones.
Target: 0.95 or more from the first round on. The browser runs on the same machine, which is the
worst case: usually it has a processor of its own.

The last columns tell where time went: the cores that trainer, server and browser used while the
training was watched. `others` are all other processes, which disturb the measurement.

Then a new training is started by a click several times: the page should show a point within 1.5 s.
"""

import argparse
import math
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Page

from benchmarks import processes
from benchmarks.served import chromium, dashboard
from benchmarks.targets import print_load
from benchmarks.trainings import training
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs.history import History
from cnnviz.training.runs.store import Run

POINT = "output[data-series=train]"
TARGET = 0.95  # of the unwatched speed
FIRST = 2  # rounds after a start of the server
_GROUPS = {
    "trainer": processes.trainers,
    "server": processes.server,
    "browser": processes.browser,
}


@dataclass(frozen=True)
class Round:
    """One turn of watching.

    Attributes:
        alone: images per second before it.
        opening: seconds from the navigation to the first point.
        opening_speed: of that time, in images per second.
        watched: images per second after that.
        after: images per second once nobody watches any more.
        cores: that each group of processes used while the training was watched.
    """

    alone: float
    opening: float
    opening_speed: float
    watched: float
    after: float
    cores: dict[str, float]

    @property
    def unwatched(self) -> float:
        """Images per second without the page."""
        return (self.alone + self.after) / 2

    @property
    def ratio(self) -> float:
        """Watched over unwatched speed."""
        return self.watched / self.unwatched


class Clock:
    """The speed of a run since `start`, by its log; the tests after epochs do not count.

    A test takes a fifth of a round, and falls into one round but not into the next.
    """

    def __init__(self, run: Run) -> None:
        """Start now."""
        self._history, self._batch = History(run), run.settings().batch_size
        self.start()

    def start(self) -> None:
        """Count from the last event on."""
        self._start = self._last_step()

    def speed(self) -> float:
        """Return the images per second since `start`; NaN without two events."""
        end = self._last_step()
        seconds = {row["step"]: row["seconds"] for row in self._history.intervals}
        tests = sum(
            row["seconds"] - seconds[row["step"]]  # an interval ends before each test
            for row in self._history.epochs
            if self._start <= row["step"] < end
        )
        trained = seconds[end] - seconds[self._start] - tests
        return self._batch * (end - self._start) / trained if trained else math.nan

    def _last_step(self) -> int:
        return int(self._history.read().intervals[-1]["step"])


def watch(page: Page, url: str, run: Run, seconds: float, alone: float) -> Round:
    """Watch a training for some seconds, and leave."""
    clock, began = Clock(run), time.perf_counter()
    page.goto(f"{url}/train?run={run.id}")
    page.locator(POINT).first.wait_for()
    opening, opening_speed = time.perf_counter() - began, clock.speed()
    meter = processes.Meter(**_GROUPS)
    clock.start()
    page.wait_for_timeout(1000 * seconds)
    watched, cores = clock.speed(), meter.cores()
    page.goto("about:blank")
    return Round(alone, opening, opening_speed, watched, speed_alone(page, run, seconds), cores)


def speed_alone(page: Page, run: Run, seconds: float) -> float:
    """Return the images per second of a run that nobody watches."""
    page.wait_for_timeout(1000)
    clock = Clock(run)
    page.wait_for_timeout(1000 * seconds)
    return clock.speed()


def rounds_of_a_start(folder: Path, threads: int, count: int, seconds: float) -> list[Round]:
    """Start a training, a server and a browser, watch several times, and print each round."""
    rounds: list[Round] = []
    settings = Settings(epochs=100, threads=threads, batch_size=128)
    with (
        training(settings, steps=10) as run,
        chromium() as browser,
        dashboard(runs=folder, full=True) as url,
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        alone = speed_alone(page, run, seconds)
        for number in range(1, count + 1):
            rounds.append(watch(page, url, run, seconds, alone))
            alone = rounds[-1].after
            print_round(number, rounds[-1])
    return rounds


def print_heading() -> None:
    print(
        f"{'round':>5}{'alone':>9}{'after':>9}{'opening':>9}{'ratio':>7}{'watched':>9}"
        f"{'trainer':>9}{'server':>8}{'browser':>9}{'others':>8}",
        flush=True,
    )


def print_round(number: int, turn: Round) -> None:
    cores = turn.cores
    print(
        f"{number:5}{turn.alone:9,.0f}{turn.after:9,.0f}{turn.opening:7.1f} s"
        f"{turn.opening_speed / turn.unwatched:7.2f}{turn.ratio:9.3f}"
        f"{cores['trainer']:9.2f}{cores['server']:8.2f}{cores['browser']:9.2f}{cores['others']:8.2f}",
        flush=True,
    )


def print_summary(starts: list[list[Round]]) -> None:
    """Print the medians of the first and of the late rounds."""
    parts = {
        f"opening, round 1 of {len(starts)} starts": [
            start[0].opening_speed / start[0].unwatched for start in starts
        ],
        **{
            f"round {number + 1}": [start[number].ratio for start in starts]
            for number in range(min(FIRST, len(starts[0])))
        },
        "late rounds": [turn.ratio for start in starts for turn in start[FIRST:]],
    }
    for name, all_ratios in parts.items():
        ratios = [ratio for ratio in all_ratios if not math.isnan(ratio)]  # a test took all of it
        if ratios:
            print(
                f"watched / unwatched, {name}: median {median(ratios):.3f}, "
                f"{min(ratios):.3f} to {max(ratios):.3f}; target {TARGET}"
            )


def click_to_first_point(page: Page, url: str) -> float:
    """Return the seconds from the click on Train until the page shows a number."""
    page.goto(f"{url}/train")
    page.get_by_role("button", name="Train", exact=True).wait_for()
    time.sleep(8)  # starts a spare trainer
    old = page.url
    page.get_by_role("button", name="Train", exact=True).click()
    start = time.perf_counter()
    page.wait_for_url(lambda address: address != old)
    number = page.locator(POINT).first
    while not number.text_content() or number.text_content() == "–":
        time.sleep(0.01)
    taken = time.perf_counter() - start
    page.get_by_role("button", name="Stop", exact=True).click()
    page.locator(".stMarkdownBadge", has_text="stopped").wait_for()
    return taken


def print_clicks(folder: Path, count: int) -> None:
    """Measure and print how soon new trainings show a point."""
    with chromium() as browser, dashboard(runs=folder, full=True) as url:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        clicks = [click_to_first_point(page, url) for _ in range(count)]
    print(f"click to first point: median {median(clicks):.2f} s, worst {max(clicks):.2f} s")


def main() -> None:
    """Measure both and print them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--clicks", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CNNVIZ_RUNS_DIR"] = folder
        print_heading()
        starts = [
            rounds_of_a_start(Path(folder), options.threads, options.rounds, options.seconds)
            for _ in range(options.starts)
        ]
        print_summary(starts)
        if options.clicks:
            print_clicks(Path(folder), options.clicks)
    print_load()


if __name__ == "__main__":
    main()
