"""How fast the Race page responds to clicks and shows new points while a race trains.

    python -m benchmarks.race [--contestants 2 4] [--clicks 10] [--seconds 15] [--seeds 1]

Starts a server of its own and a race of two, then of four networks on the Race page, in a real
browser on the same machine. A click on Pause, Resume or Stop is answered when the state beside the
race's name changes, a click on an axis when the charts have been redrawn; both are timed in the
page from the event's own time stamp. The time until the trainer has carried out the command, after
finishing its current step and saving a checkpoint of each network, is printed separately. Targets:
95% of the clicks answered within 300 ms, and 2 updates of the charts per second.
"""

import argparse
import math
import sys
import time
from collections.abc import Callable
from statistics import median

from playwright.sync_api import Page

from benchmarks.served import chromium, dashboard

CONTESTANTS = ["LeNet-5", "MnistCNN, fully connected head", "ResNet-8", "VGG-11"]
ANSWER, UPDATES = 300, 2.0  # ms at the 95th percentile; a second
AXES = ("digits", "steps", "GMAC", "seconds")

RECORD = """() => {
  const find = (root, css) => root.querySelector(css) ?? [...root.querySelectorAll("*")]
    .filter((e) => e.shadowRoot).map((e) => find(e.shadowRoot, css)).find(Boolean);
  window.find = (css) => find(document, css);
  window.word = () => document.querySelector(".stMarkdownBadge")?.textContent;
  window.clicked = { at: 0, word: "", changed: 0 };
  document.addEventListener("click", (e) => {
    window.clicked = { at: e.timeStamp, word: window.word(), changed: 0 };
    const axis = e.composedPath()[0].closest?.("[role=radio]")?.textContent;
    const drawn = () => setTimeout(() => { window.clicked.changed = performance.now(); });
    if (axis) requestAnimationFrame(drawn);
  }, true);
  new MutationObserver(() => {
    if (!window.clicked.changed && window.word() && window.word() !== window.clicked.word)
      window.clicked.changed = performance.now();
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


def begin(page: Page, url: str, count: int, seeds: int) -> None:
    """Start a race of `count` networks, and wait until each has a result."""
    page.goto(f"{url}/race")
    page.get_by_role("button", name="Start", exact=True).wait_for(timeout=60_000)
    page.wait_for_timeout(3000)  # starts a spare trainer
    field = page.get_by_role("combobox", name="Networks")
    while page.get_by_label("Remove").count():
        page.get_by_label("Remove").first.click()
        page.wait_for_timeout(400)
    for name in CONTESTANTS[:count]:
        field.fill(name)
        page.get_by_role("option", name=name, exact=True).click()
        page.keyboard.press("Escape")
        page.wait_for_timeout(400)
    passes = page.get_by_role("spinbutton", name="Passes")
    passes.fill("100")
    passes.press("Tab")
    page.get_by_role("radio", name=str(seeds), exact=True).click()
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Start", exact=True).click()
    cells = page.locator(".standings td:nth-child(3)")
    wait(page, lambda: [text[:1].isdigit() for text in cells.all_inner_texts()] == [True] * count)
    page.evaluate(RECORD)


def wait(page: Page, done: Callable[[], object], seconds: float = 120) -> float:
    """Wait until a condition holds, and return the ms that took."""
    start = time.perf_counter()
    while not done():
        if time.perf_counter() > start + seconds:
            raise RuntimeError(f"the page did not reach the expected state within {seconds:g} s")
        page.wait_for_timeout(20)
    return (time.perf_counter() - start) * 1000


def answered(page: Page) -> float:
    """Return the ms from the last click until it changed the page."""
    wait(page, lambda: page.evaluate("window.clicked.changed"))
    return float(page.evaluate("window.clicked.changed - window.clicked.at"))


def press(page: Page, name: str, state: str) -> tuple[float, float]:
    """Press a button; return the ms until the page responds and until the race is in a state."""
    page.get_by_role("button", name=name, exact=True).click()
    start = time.perf_counter()
    first = answered(page)
    wait(page, lambda: page.evaluate("window.word()") == state)
    return first, max(first, (time.perf_counter() - start) * 1000)


def axis(page: Page, name: str) -> float:
    """Choose a horizontal axis and return the ms until the charts show it."""
    page.get_by_role("radio", name=name, exact=True).click()
    return answered(page)


def updates(page: Page, seconds: float) -> float:
    """Return the updates of the charts with new points per second."""
    count = "Number(window.find('.charts').dataset.updates)"
    first, start = page.evaluate(count), time.perf_counter()
    page.wait_for_timeout(seconds * 1000)
    return float((page.evaluate(count) - first) / (time.perf_counter() - start))


def measure(page: Page, clicks: int, seconds: float) -> bool:
    """Measure the race on the page until it stops, print, and tell whether targets are met."""
    rate = updates(page, seconds)
    said: dict[str, list[float]] = {"pause": [], "resume": [], "axis": []}
    done: dict[str, list[float]] = {"pause": [], "resume": []}
    for number in range(clicks):
        for name, state in (("Pause", "paused"), ("Resume", "running")):
            first, whole = press(page, name, state)
            said[name.lower()].append(first)
            done[name.lower()].append(whole)
            page.wait_for_timeout(1200)
        said["axis"].append(axis(page, AXES[number % len(AXES)]))
        page.wait_for_timeout(300)
    stop, stopped = press(page, "Stop", "stopped")
    every = [ms for waits in said.values() for ms in waits] + [stop]
    print(f"  {rate:.2f} updates a second (target {UPDATES:g})")
    print(f"  {'ms':8}{'clicks':>8}{'p50':>8}{'p95':>8}{'max':>8}{'done p95':>10}")
    for name, taken in (said | {"stop": [stop], "all": every}).items():
        after = f"{p95(done[name]):10.0f}" if name in done else ""
        after = f"{stopped:10.0f}" if name == "stop" else after
        figures = f"{median(taken):8.0f}{p95(taken):8.0f}{max(taken):8.0f}"
        print(f"  {name:8}{len(taken):8}{figures}{after}")
    return rate >= UPDATES and p95(every) <= ANSWER


def p95(values: list[float]) -> float:
    """Return the 95th percentile by the nearest-rank method."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


def main() -> None:
    """Measure and print a table; the exit status tells whether the targets are met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--contestants", type=int, nargs="+", default=[2, 4], choices=(2, 3, 4))
    parser.add_argument("--clicks", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    met = True
    with dashboard() as url, chromium() as browser:
        for count in options.contestants:
            page = browser.new_page(viewport={"width": 1280, "height": 1400})
            begin(page, url, count, options.seeds)
            print(f"{count} networks, {options.seeds} of each")
            met &= measure(page, options.clicks, options.seconds)
            page.close()
    sys.exit(not met)


if __name__ == "__main__":
    main()
