"""The Report page in a browser: the paper is shown, and its numbers are the card's."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import App

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]


def test_the_report_shows_accuracy_and_parameters_and_downloads(app: App) -> None:
    card = json.loads((ROOT / "checkpoints" / "mnist_cnn.json").read_text())
    page = app.open("/report?network=shipped-mnist_cnn").page
    paper = page.frame_locator("iframe").first
    headline = paper.locator(".headline")
    expect(headline).to_contain_text(f"{card['accuracy']:.2%}", timeout=120_000)
    expect(headline).to_contain_text("421,642")  # the lecture's own count
    expect(paper.locator("figure img").first).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="HTML, prints well").click()
    text = waiting.value.path().read_text(encoding="utf-8")
    assert "421,642" in text
    paper.locator("sup a").first.click()
    expect(paper.locator("#source-1")).to_be_in_viewport()
    expect(headline).to_have_count(1)  # the frame has not gone elsewhere
