"""The Detect page in a browser: digits found, queries asked where they looked."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import App

pytestmark = pytest.mark.browser


def test_queries_find_digits_and_show_where_they_looked_without_the_server(app: App) -> None:
    frames = app.listen()
    page = app.open("/detect").page
    queries = page.locator(".detections .queries li")
    expect(queries).to_have_count(8, timeout=60_000)
    said = page.locator(".detections figcaption")
    expect(said).to_contain_text("of 8 queries detect a digit")
    app.idle()
    assert frames
    frames.clear()
    before = said.inner_text()
    queries.nth(0).locator("> *").first.hover()
    expect(said).not_to_have_text(before)
    assert not frames


def test_another_canvas_is_another_answer(app: App) -> None:
    page = app.open("/detect").page
    answers = page.locator(".detections .queries")
    expect(answers.locator("li")).to_have_count(8, timeout=60_000)
    before = answers.inner_text()
    page.get_by_role("button", name="Another canvas").click()
    expect(answers).not_to_have_text(re.compile(re.escape(before)))
    expect(answers.locator("li")).to_have_count(8)
