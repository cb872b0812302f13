"""Pace and augmentation changed by the sliders of a live run, in a real browser."""

import time

import pytest
from playwright.sync_api import Locator, Page, expect

from cnnviz.training.runs import store
from cnnviz.training.runs.history import History
from tests.browser.conftest import App
from tests.browser.test_train import SOON, badge, begin, click, ended, until

__all__ = ["ended"]  # the fixture that leaves no run behind
pytestmark = pytest.mark.browser


def slider(page: Page, label: str) -> Locator:
    return page.get_by_test_id("stSlider").filter(has_text=label).get_by_role("slider")


def steps_per_second(page: Page) -> float:
    """Return the pace over three steps or more; the first one may be under way already."""
    run = store.runs()[0]
    first = run.recorded_status().step
    until(lambda: run.recorded_status().step > first, page)
    began, first = time.monotonic(), run.recorded_status().step
    until(lambda: run.recorded_status().step >= first + 3, page)
    return (run.recorded_status().step - first) / (time.monotonic() - began)


def test_a_training_is_slowed_changed_and_sped_up_again(app: App) -> None:
    run = begin(app)
    page = app.page
    slider(page, "Pace").press("Home")
    until(lambda: run.control().pace == 1.0, page)
    expect(page.get_by_text("slow motion, at most 1 step/s")).to_be_visible(timeout=SOON)
    assert 0.5 < steps_per_second(page) < 1.5
    # each step is on the page soon after it was made
    step = run.recorded_status().step
    expect(page.get_by_text(f"step {step + 2:,} of")).to_be_visible(timeout=5_000)

    slider(page, "Augmentation").press("End")
    until(lambda: History(run).read().changes, page)
    [change] = History(run).read().changes
    assert change["augmentation"] == 2.0

    click(page, "Pause")
    expect(badge(page)).to_have_text("paused", timeout=5_000)
    step = run.recorded_status().step
    click(page, "Step")
    until(lambda: run.recorded_status().step == step + 1, page)
    click(page, "Resume")
    expect(badge(page)).to_have_text("running", timeout=SOON)

    slider(page, "Pace").press("End")
    until(lambda: run.control().pace == 0.0, page)
    expect(page.get_by_text("slow motion")).to_have_count(0, timeout=SOON)
    assert steps_per_second(page) > 2
    click(page, "Stop")
    expect(badge(page)).to_have_text("stopped", timeout=SOON)
