"""How much the Train page slows a training down, and how soon a new training shows a point.

    python -m benchmarks.watched [--rounds 4] [--seconds 6] [--threads 0]

One training of MnistCNN runs throughout, by turns unwatched and shown on the Train page in a real
browser; the ratio of the two speeds is computed for each round. Target: 0.97 or more. The browser
runs on the same machine, which is the worst case: usually it has a processor of its own. Then a new
training is started by a click several times: the page should show a point within 1.5 s.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Page

from benchmarks.served import chromium, dashboard
from cnnviz.training import launch
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs.store import Run

POINT = "output[data-series=train]"


def speed(run: Run, seconds: float) -> float:
    """Return the images per second of a run over the next seconds."""
    batch = run.settings().batch_size
    first, start = run.status().step, time.perf_counter()
    time.sleep(seconds)
    return batch * (run.status().step - first) / (time.perf_counter() - start)


def cost_of_watching(page: Page, url: str, run: Run, rounds: int, seconds: float) -> list[float]:
    """Return the watched speed over the unwatched one for each round."""
    ratios = []
    for _ in range(rounds):
        page.goto("about:blank")
        time.sleep(1)
        alone = speed(run, seconds)
        page.goto(f"{url}/train?run={run.id}")
        page.locator(POINT).first.wait_for()
        time.sleep(2)
        ratios.append(speed(run, seconds) / alone)
        print(f"  {alone:8,.0f} images/s alone, {ratios[-1]:.3f} of it watched")
    return ratios


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


def main() -> None:
    """Measure both and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        os.environ["CNNVIZ_RUNS_DIR"] = folder
        with dashboard(runs=Path(folder), full=True) as url:
            page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
            settings = Settings(epochs=100, threads=options.threads, batch_size=128)
            run = launch.start_run(settings)
            while run.status().step < 10:
                time.sleep(0.1)
            ratios = cost_of_watching(page, url, run, options.rounds, options.seconds)
            print(f"watched / unwatched: median {median(ratios):.3f}, {run.status().hardware}")
            run.request("stop")
            while run.status().live:
                time.sleep(0.1)
            clicks = [click_to_first_point(page, url) for _ in range(options.rounds)]
            print(f"click to first point: median {median(clicks):.2f} s, worst {max(clicks):.2f} s")


if __name__ == "__main__":
    main()
