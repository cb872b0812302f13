"""How soon networks side by side follow a click, in a real browser.

    python -m benchmarks.compare_views [--rounds 20] [--networks mnist_cnn lenet5 resnet20 vit]

On a warm server that has asked the networks all test digits, milliseconds on the page's own clock,
from the click to the last picture being painted or the chart being there; the way to the server
and back is included. Cell: of a confusion matrix, until its digits are there. Depth: until the maps
of all networks are. Digit: until all of the page is, each digit being new to the server, with every
network's forward pass and what speaks for its answer. Split: another set of digits of a pair. Part
and spoil: until the chart is there, of what has been measured. Target: 300 ms, 95 % of the time.
What else the machine does is in these numbers: its load is printed beside them.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Locator, Page

from benchmarks.served import chromium, dashboard
from benchmarks.views import WATCH, prepare, settled

ASKED = 300.0  # ms, 95th percentile

CHARTS = """
  new MutationObserver((changes) => {
    const charted = changes.some(({ addedNodes }) => [...addedNodes].some((node) =>
      node.nodeType === 1 && (node.matches(".main-svg, .trace, .xtick") ||
        node.querySelector(".main-svg, .trace, .xtick"))));
    if (charted) window.painted = performance.now();
  }).observe(document, { childList: true, subtree: true });
"""

Ask = Callable[[int], None]


def waits(page: Page, rounds: int, ask: Ask, warm: int) -> list[float]:
    """Return how long each answer took to be on the page, the first ones left out."""
    found = []
    for i in range(rounds + warm):
        ask(i)
        page.wait_for_function("window.painted > window.asked", timeout=120_000)
        settled(page)
        found.append(float(page.evaluate("window.painted - window.asked")))
    return found[warm:]


def one_after_the_other(choices: Locator, *, first: int = 1) -> Ask:
    """Return what clicks the next of these each time, and begins again after the last."""
    count = choices.count()
    return lambda i: choices.nth((first + i) % count).click()


def options(page: Page, label: str) -> Locator:
    """Return the buttons of a choice."""
    return page.get_by_role("radiogroup", name=label).get_by_role("radio")


def opened(page: Page, url: str, view: str, sign: Callable[[Page], Locator]) -> None:
    """Open one way to compare, and wait until what tells that it is complete is there."""
    page.goto(f"{url}&compare_view={view.replace(' ', '+')}")
    sign(page).first.wait_for(timeout=600_000)
    page.get_by_role("progressbar").first.wait_for(state="detached", timeout=600_000)
    settled(page)


def measure(browser: Browser, url: str, rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds of everything that is asked of the networks in the address."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.add_init_script(WATCH + CHARTS)
    found = {}
    opened(page, url, "Where they differ", lambda p: p.locator(".confusions figure"))
    cells = page.locator('.confusions button:not([aria-disabled="true"])')
    found["cell"] = waits(page, rounds, one_after_the_other(cells), 2)
    part = options(page, "Part")
    part.nth(1).click()
    page.locator(".groups canvas").first.wait_for()
    settled(page)
    found["split"] = waits(page, rounds, one_after_the_other(options(page, "Digits")), 4)
    found["part"] = waits(page, rounds, one_after_the_other(part, first=2), 4)
    opened(page, url, "Same digit", lambda p: p.locator(".stage:not(.input) canvas"))
    found["depth"] = waits(page, rounds, one_after_the_other(options(page, "Depth")), 3)
    another = page.get_by_role("button", name="Another digit")
    found["digit"] = waits(page, rounds, lambda _: another.click(), 2)
    opened(page, url, "Robustness", lambda p: p.locator(".js-plotly-plot"))
    spoil = options(page, "What is done to the digits")
    for i in range(spoil.count()):  # to be measured once
        spoil.nth(i).click()
        page.wait_for_timeout(1000)
        page.get_by_role("progressbar").first.wait_for(state="detached", timeout=600_000)
        settled(page)
    found["spoil"] = waits(page, rounds, one_after_the_other(spoil, first=0), 2)
    page.context.close()
    return found


def main() -> None:
    """Measure and print; the exit status tells whether everything is quick enough."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--networks", nargs="+", default=["mnist_cnn", "lenet5", "resnet20", "vit"])
    given = parser.parse_args()
    kept = True
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        keys = prepare(given.networks, Path(folder))
        with dashboard(runs=Path(folder)) as url:
            chosen = "&".join(f"compare={key}" for key in keys.values())
            print(f"{', '.join(keys)}\n{'ms':12}{'p50':>8}{'p95':>8}{'asked':>8}")
            for what, values in measure(browser, f"{url}/compare?{chosen}", given.rounds).items():
                half, high = np.percentile(values, [50, 95])
                kept &= bool(high <= ASKED)
                print(f"{what:12}{half:8.0f}{high:8.0f}{ASKED:8.0f}", flush=True)
    print(f"load {os.getloadavg()[1]:.1f} over five minutes, on {os.cpu_count()} processors")
    sys.exit(not kept)


if __name__ == "__main__":
    main()
