"""Kill the server during a training and a race, and let the next one find them.

    python -m benchmarks.server_kills [--kills 20]

A training and then a race are started by a click on the page. The server is ended by SIGKILL again
and again: each time the training must go on, and the page of the next server must show it as
running. In the end a click on that page stops it. Targets: 3 s from a page's address to the running
training; no trainer is left.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from playwright.sync_api import BrowserContext, Page

from benchmarks import served
from cnnviz.training.race import race
from cnnviz.training.runs import store
from cnnviz.training.runs.store import Run

_PATIENCE = 60.0  # seconds


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds.

    Raises:
        TimeoutError: if it does not within a minute.
    """
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen")
        time.sleep(0.02)


def start(page: Page, kind: str) -> None:
    """Start a training or a race of 100 epochs on its page."""
    if kind == "train":
        page.get_by_text("Settings", exact=True).first.click()
    field = page.get_by_role("spinbutton", name="Epochs")
    field.fill("100")
    field.press("Tab")
    page.wait_for_timeout(500)  # the script starts again a moment after the field is left
    served.wait_until_idle(page)
    name = "Train" if kind == "train" else "Start"
    page.get_by_role("button", name=name, exact=True).click()


def open_running(visitor: BrowserContext, address: str) -> tuple[Page, float]:
    """Open a page until it shows a running job, and return it and the seconds that this took."""
    page = visitor.new_page()
    began = time.perf_counter()
    page.goto(address)
    badge = page.locator(".stMarkdownBadge").filter(has_text="running")
    badge.wait_for(timeout=_PATIENCE * 1000)
    return page, time.perf_counter() - began


def steps(runs: list[Run]) -> int:
    return sum(run.status().step for run in runs)


def start_first(page: Page, url: str, kind: str) -> tuple[list[Run], str]:
    """Start a job on its page; return its runs and the path of the page in the address."""
    page.goto(f"{url}/{kind}")
    served.wait_until_idle(page)
    start(page, kind)
    wait_for(lambda: any(run.status().step for run in store.runs()), "the first step")
    key = race.races()[0].id if kind == "race" else store.runs()[0].id
    return store.runs(), f"/{kind}?{'race' if kind == 'race' else 'run'}={key}"


def stop(page: Page, runs: list[Run]) -> None:
    """Stop a job by a click, and wait until its trainer has ended."""
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_for(lambda: not any(run.status().live for run in runs), "the stop")
    wait_for(lambda: not any(run.locked() for run in runs), "the end of the trainer")


def survive(visitor: BrowserContext, folder: Path, kind: str, kills: int) -> str:
    """Kill servers during one training or race, and return the figures."""
    environment, log = served.isolated_environment(folder), folder / "server.log"
    seconds, runs, path = list[float](), list[Run](), ""
    for number in range(kills + 1):
        with served.serving(served.CHECKOUT_COMMAND, environment, log) as (server, url):
            if not number:
                runs, path = start_first(visitor.new_page(), url, kind)
            page, taken = open_running(visitor, url + path)
            seconds.append(taken)
            if number == kills:
                stop(page, runs)
            else:
                server.kill()
                server.wait()
                done = steps(runs) + 1
                wait_for(partial(lambda runs, done: steps(runs) >= done, runs, done), "a step")
            page.close()
    states = sorted({run.status().state for run in runs})
    return (
        f"{kind}: {kills} servers killed, {steps(runs):,} steps, in the end {states}; running on "
        f"the next page after {median(seconds[1:]):.1f} s, at most {max(seconds[1:]):.1f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    options = parser.parse_args()
    with served.chromium() as browser:
        for kind in ("train", "race"):
            with tempfile.TemporaryDirectory() as folder:
                os.environ["CNNVIZ_RUNS_DIR"] = f"{folder}/runs"
                print(survive(browser.new_context(), Path(folder), kind, options.kills), flush=True)


if __name__ == "__main__":
    main()
