"""A race watched in a real browser: two curves grow, and nothing the page does ends it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Locator, Page, expect

from cnnviz.training.race import race
from cnnviz.training.race.race import Race
from cnnviz.training.runs.history import History
from tests.browser.conftest import App

pytestmark = pytest.mark.browser
SOON = 20_000  # ms


class Server(Protocol):
    """What the fixture `server` gives: see conftest."""

    runs: Path


@pytest.fixture(autouse=True)
def ended(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The server's races are the test's; none is left behind."""
    monkeypatch.setenv("CNNVIZ_RUNS_DIR", str(server.runs))
    yield
    for found in race.races():
        found.request("stop")
        deadline = time.monotonic() + 30
        while found.live():
            assert time.monotonic() < deadline, "it did not stop"
            time.sleep(0.05)
        found.delete()


def until(condition: Callable[[], object], page: Page, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        page.wait_for_timeout(50)


def badge(page: Page) -> Locator:
    return page.locator(".stMarkdownBadge")


def points(found: Race) -> list[int]:
    return [len(History(one.run).read().intervals) for one in found.entries()]


def grown(found: Race, before: list[int]) -> bool:
    return all(now > then for now, then in zip(points(found), before, strict=True))


def accuracies(page: Page) -> list[str]:
    return page.locator(".standings td:nth-child(3)").all_inner_texts()


def begin(app: App) -> Race:
    """Start a long race of two on the page and return it once both have a number."""
    page = app.open("/race").page
    # the two of three that are quickest to begin: take the third away
    page.get_by_label("Remove ResNet-8").click()
    app.idle()
    field = page.get_by_role("spinbutton", name="Epochs")
    field.fill("100")
    field.press("Tab")
    app.idle()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(badge(page)).to_have_text("running", timeout=60_000)
    until(lambda: [cell[-1:] for cell in accuracies(page)] == ["%", "%"], page)
    [found] = race.races()
    assert len(found.entries()) == 2
    return found


def test_a_race_is_started_watched_left_found_again_paused_and_stopped(app: App) -> None:
    found, page = begin(app), app.page
    charts = page.locator(".charts")
    expect(charts.locator("canvas")).to_have_count(4)

    before, seen = points(found), accuracies(page)
    until(lambda: grown(found, before) and accuracies(page) != seen, page)

    # the axis changes without asking the server for another number than it sends anyway
    for name in ("steps", "GMAC", "seconds", "digits"):
        button = charts.get_by_role("radio", name=name)
        button.click()
        expect(charts.get_by_role("radio", name=name)).to_have_attribute("aria-checked", "true")

    # the address holds the race and the axis
    page.wait_for_url(f"**/race?*race={found.id}*race_axis=digits*", timeout=SOON)
    page.reload()
    expect(badge(page)).to_have_text("running", timeout=SOON)
    again = charts.get_by_role("radio", name="digits")
    expect(again).to_have_attribute("aria-checked", "true", timeout=SOON)
    before = points(found)
    until(lambda: grown(found, before), page)
    expect(page.locator(".standings tbody tr")).to_have_count(2, timeout=SOON)

    page.get_by_role("button", name="Pause", exact=True).click()
    expect(badge(page)).to_have_text("paused", timeout=SOON)
    before = points(found)
    page.wait_for_timeout(700)
    assert points(found) == before
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(badge(page)).to_have_text("running", timeout=SOON)

    page.get_by_role("button", name="Stop", exact=True).click()
    expect(badge(page)).to_have_text("stopped", timeout=SOON)
    assert {one.run.status().state for one in found.entries()} == {"stopped"}
    page.get_by_role("button", name="Continue", exact=True).click()
    expect(badge(page)).to_have_text("running", timeout=60_000)

    # a contestant is a run like any other
    page.get_by_role("link", name="LeNet-5, seed 0").click()
    app.idle()
    expect(page.get_by_role("heading", name="LeNet-5 · race, seed 0")).to_be_visible(timeout=SOON)


def test_on_a_telephone_nothing_is_wider_than_the_screen(app: App) -> None:
    begin(app)
    page = app.page
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".standings table")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    # both accuracies are seen without scrolling the table
    test = page.locator(".standings th:nth-child(4)").bounding_box()
    assert test is not None
    assert test["x"] + test["width"] < 390
