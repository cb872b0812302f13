"""The Report page in a browser: what was measured on Compare stands in it, and links open it."""

import csv
import io
import json
import re
import secrets
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import App, Server

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
CHOSEN, OTHER = "lenet5", "sprint_cnn"
PAIR = f"compare=shipped-{CHOSEN}&compare=shipped-{OTHER}"


def table(app: App) -> dict[str, dict[str, str]]:
    """Return Compare's table by the networks' names, as its CSV tells it in full."""
    with app.page.expect_download() as waiting:
        app.page.get_by_role("button", name="Table as CSV").click()
    text = waiting.value.path().read_text(encoding="utf-8")
    return {row["network"]: row for row in csv.DictReader(io.StringIO(text))}


def as_reported(row: dict[str, str]) -> list[str]:
    """Return the numbers of a row of Compare's table as the report writes them."""
    return [
        f"{float(row['accuracy_on_record']):.2%}",
        f"{int(row['parameters']):,}",
        f"{int(row['macs']):,}",
        f"{float(row['latency_p50_ms']):.3g}\u00a0ms",
        f"{float(row['latency_p95_ms']):.3g}\u00a0ms",
    ]


def in_report(paper: Locator, name: str) -> list[str]:
    """Return the numbers of a network in the report's table, without the sources' and interval."""
    line = paper.locator(".wide tr").filter(has_text=name)
    cells = line.first.locator("td")
    expect(cells).to_have_count(6, timeout=60_000)
    told = [cells.nth(place).locator(".figure, .missing").inner_text() for place in range(6)]
    return [told[0], *told[2:]]


def test_the_report_tells_the_numbers_that_were_measured_on_compare(
    app: App, server: Server
) -> None:
    page = app.open(f"/compare?{PAIR}").page
    page.get_by_role("button", name="Measure latency").click()
    again = page.get_by_role("button", name="Measure again")
    expect(again).to_be_visible(timeout=120_000)
    app.idle()
    expect(page.get_by_role("button", name="Table as CSV")).to_be_enabled(timeout=60_000)
    rows = table(app)
    assert len(rows) == 2

    page.get_by_role("link", name="Report on").click()
    app.idle(120)
    paper = page.frame_locator("iframe").first.locator("body")
    for name, row in rows.items():
        assert in_report(paper, name) == as_reported(row)
    chosen = rows["LeNet-5"]
    expect(paper).to_contain_text(f"{float(chosen['images_per_second']):,.0f}\u00a0images/s")
    expect(paper).to_contain_text(f"{float(chosen['training_seconds']):,.1f}\u00a0s")
    expect(paper).to_contain_text(f"{int(chosen['activation_bytes']) / 1e6:.3g}\u00a0MB")
    expect(paper.get_by_text("Accuracy recomputed here")).to_be_visible()
    again_here = paper.locator("tr").filter(has_text="Accuracy recomputed here").locator("td")
    expect(again_here).to_contain_text(f"{float(chosen['accuracy']):.2%}")

    [stored] = (server.runs / "measurements").glob("*.json")  # change what is stored
    found = json.loads(stored.read_text())
    for timing in found["findings"]["timings"]:
        timing["latency"]["calls"] = [3 * call for call in timing["latency"]["calls"]]
    changed = stored.with_name(f"{stored.stem[:-6]}{secrets.token_hex(3)}.json")
    changed.write_text(json.dumps(found))
    stored.unlink()
    page.reload()
    app.idle(120)
    for name, row in rows.items():
        accuracy, parameters, macs, p50, p95 = as_reported(row)
        tripled = as_reported(
            row | {n: str(3 * float(row[n])) for n in ("latency_p50_ms", "latency_p95_ms")}
        )
        told = in_report(paper, name)
        assert told == tripled
        assert p50 not in told
        assert p95 not in told
        assert {accuracy, parameters, macs} < set(told)
    changed.unlink()


def test_a_link_opens_the_report_that_it_names_and_downloads_it(app: App) -> None:
    card = json.loads((ROOT / "checkpoints" / "mnist_cnn.json").read_text())
    page = app.open(
        "/report?network=shipped-mnist_cnn&report_against=shipped-lenet5&report_criterion=size"
    ).page
    paper = page.frame_locator("iframe").first
    headline = paper.locator(".headline")
    expect(headline).to_contain_text(f"{card['accuracy']:.2%}", timeout=120_000)
    expect(headline).to_contain_text("421,642")  # the lecture's own count
    expect(paper.get_by_text("For the smallest size, choose LeNet-5: it has")).to_be_visible()
    conclusion = paper.locator(".conclusion").bounding_box()
    assert conclusion
    assert conclusion["y"] + conclusion["height"] < 900  # on the first screen
    expect(paper.locator("svg").first).to_be_visible()
    expect(paper.locator("figure img").first).to_be_visible()
    page.get_by_role("radio", name="Accuracy").click()
    winner = re.compile(r"By accuracy there is no clear winner: 99\.53%.* for MnistCNN")
    expect(paper.get_by_text(winner)).to_be_visible(timeout=60_000)
    assert "report_criterion" not in page.url  # the default is not written
    with page.expect_download() as waiting:
        page.get_by_role("button", name="HTML (printable)").click()
    text = waiting.value.path().read_text(encoding="utf-8")
    assert "421,642" in text
    frame = page.locator("iframe").first.bounding_box()
    assert frame
    assert frame["height"] == paper.locator("html").evaluate("e => e.scrollHeight")
    paper.locator("sup a").first.click()
    expect(paper.locator("#source-1")).to_be_in_viewport()
    expect(headline).to_have_count(1)  # the frame has not gone elsewhere
