"""How quick the Compare page is under the hand: opening it, adding a row, changing the chart.

    python -m benchmarks.compare [--rounds 10] [--networks 3 27]

On a warm server, milliseconds on the page's own clock, from the click, or from the begin of the
navigation, to the last thing being painted in a table or a chart. Table: until its rows are there,
what is still being counted left out. Complete: on a server that has counted and asked everything
before. Chart: from the click on another chart, or on another cost, pair or order, to it being
drawn. The times that the charts show are made up, so nothing has to be measured first; how many
there are is what a real measurement of all rows leaves. What else the machine does is in these
numbers: its load is printed beside them.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
from playwright.sync_api import Browser, Page, expect

from benchmarks.served import chromium, dashboard
from benchmarks.targets import ANSWER, TargetTable, print_load
from cnnviz.benchmark.conditions import current_conditions
from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.findings import Findings, LayerTime, LayerTimes, Timing
from cnnviz.benchmark.results.plan import Plan
from cnnviz.benchmark.timing.latency import Latency
from cnnviz.models.catalog import CATALOG
from cnnviz.models.structure.counts import count
from cnnviz.models.structure.trace import trace_architecture
from cnnviz.training.runs import networks
from cnnviz.ui.compare.charts.view import CHARTS

OPEN = 2000.0  # ms, to open the page
BATCHES = (1, 4, 16, 64)
CALLS = 100

# Time stamps of the last painted table or chart and of the last request
WATCH = """
  window.asked = window.painted = window.first = 0;
  const stamp = () => {
    window.painted = performance.now();
    if (window.first <= window.asked) window.first = window.painted;
  };
  const { fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.fillText = function (...given) {
    stamp(); // the table draws beside the page first
    return fillText.apply(this, given);
  };
  const charts = (list) => list.some(({ target }) => target.closest?.(".js-plotly-plot"));
  new MutationObserver((list) => charts(list) && stamp()).observe(document, {
    subtree: true, childList: true,
  });
  addEventListener("click", () => (window.asked = performance.now()), true);
"""


def write_measurement(folder: Path) -> None:
    """Write a measurement of every network, as large as a real one."""
    random = np.random.default_rng(0)
    timings, layers = [], []
    for place, (key, row) in enumerate(CATALOG.items()):
        for batch in BATCHES:
            calls = tuple((0.2 + place / 4) * batch**0.7 * random.lognormal(0, 0.1, CALLS))
            latency = Latency(9.0, (), calls, float(sum(calls)), batch)
            timings.append(Timing(key, row.title, "torch", batch, 1, latency))
        counts = count(trace_architecture(row, published=False))
        names = {x.name: x for x in counts.layers if x.kind[0].isupper()}
        times = tuple(LayerTime(x.name, x.kind, x.macs, 0.01) for x in names.values())
        layers.append(LayerTimes(key, row.title, times, 1.0, 5, between=0.1))
    with mock.patch.dict("os.environ", {"CNNVIZ_RUNS_DIR": str(folder)}):
        measurement = measurements.create_measurement(
            Plan(tuple(CATALOG), batches=BATCHES, layers=True)
        )
        where = current_conditions("cpu")  # of this machine, or the page would leave them out
        plan, findings = (
            measurement.stored_record().plan,
            Findings((), tuple(timings), tuple(layers)),
        )
        measurement.write(measurements.MeasurementRecord(plan, "finished", "", where, findings))


def settled(page: Page) -> None:
    """Wait until everything is computed and painted."""
    expect(page.locator('[data-testid="stProgress"]')).to_have_count(0, timeout=600_000)
    page.wait_for_function(
        "performance.now() - Math.max(window.painted, window.asked) > 700", timeout=60_000
    )


def waited(page: Page, ask: Callable[[], None]) -> float:
    """Return the ms from a click until everything that it changes was painted."""
    ask()
    page.wait_for_function("window.painted > window.asked", timeout=60_000)
    settled(page)
    return float(page.evaluate("window.painted - window.asked"))


def opening(browser: Browser, url: str, rounds: int) -> tuple[list[float], list[float]]:
    """Return the ms until a table was painted and until everything was, of each visit."""
    first, last = [], []
    for _ in range(rounds):
        page = browser.new_context(viewport={"width": 1280, "height": 1100}).new_page()
        page.add_init_script(WATCH)
        page.goto(url)
        page.wait_for_function("window.painted > 0", timeout=60_000)
        first.append(float(page.evaluate("window.painted")))
        settled(page)
        last.append(float(page.evaluate("window.painted")))
        page.context.close()
    return first, last


def pick(page: Page, label: str, place: int) -> Callable[[], None]:
    """Return a function that opens a list and, at last, clicks the option at an index."""

    def ask() -> None:
        page.get_by_role("combobox", name=label).click()
        page.get_by_role("option").nth(place).click()

    return ask


def clicks(page: Page, url: str, rounds: int) -> dict[str, list[float]]:
    """Return the ms until each chart was drawn after its option, or a choice in it, changed."""
    times: dict[str, list[float]] = {f"chart: {chart.title}": [] for chart in CHARTS}
    page.goto(f"{url}&compare_view=Charts")
    page.wait_for_function("window.painted > 0", timeout=60_000)
    settled(page)
    order = [*CHARTS[1:], CHARTS[0]]
    for turn in range(rounds + 1):  # the first one fills caches
        for chart in order:
            option = page.get_by_role("radio", name=chart.title, exact=True)
            taken = waited(page, option.click)
            if turn:
                times[f"chart: {chart.title}"].append(taken)
    cost = (waited(page, pick(page, "Cost", i % 5)) for i in range(1, rounds + 2))
    times["choice: cost"] = list(cost)[1:]
    return times


def adding(page: Page, url: str, rounds: int) -> list[float]:
    """Return the ms until the table showed one more network, without its counts."""
    page.goto(url)
    page.wait_for_function("window.painted > 0", timeout=60_000)
    settled(page)
    milliseconds = []
    for _ in range(rounds):
        waited(page, pick(page, "Networks", 1))  # before it stands "Select all"
        milliseconds.append(float(page.evaluate("window.first - window.asked")))
        page.keyboard.press("Escape")
        settled(page)
    return milliseconds


def address(url: str, number: int) -> str:
    """Return the address of the page with the first so many networks."""
    keys = [network.key for network in networks.shipped()][:number]
    return f"{url}/compare?{'&'.join(f'compare={key}' for key in keys)}"


def main() -> None:
    """Measure and print; the exit status tells whether all targets are met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--networks", type=int, nargs="+", default=[3, 27])
    options = parser.parse_args()
    table = TargetTable(40)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        write_measurement(Path(folder))
        with dashboard(runs=Path(folder)) as url:
            for number in options.networks:
                where = address(url, number)
                opening(browser, where, 1)  # counts and asks
                first, last = opening(browser, where, options.rounds)
                table.add(f"{number} networks, open: table", first, OPEN)
                table.add(f"{number} networks, open: complete", last, OPEN)
                page = browser.new_context(viewport={"width": 1280, "height": 1100}).new_page()
                page.add_init_script(WATCH)
                if number < len(networks.shipped()):
                    rounds = min(options.rounds, len(networks.shipped()) - number)
                    table.add(f"{number} networks, one more", adding(page, where, rounds), ANSWER)
                for title, values in clicks(page, where, options.rounds).items():
                    table.add(f"{number} networks, {title}", values, ANSWER)
                page.context.close()
    print_load()
    sys.exit(not table.met)


if __name__ == "__main__":
    main()
