"""The page of ideas in a browser: a unit of the output shows the pixels that it sees."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import App

pytestmark = pytest.mark.browser


def test_pointing_at_a_unit_shows_its_pixels(app: App) -> None:
    page = app.open("/ideas").page
    units = page.locator(".out rect")
    expect(units).to_have_count(25, timeout=60_000)  # 7 pixels, kernel 3: 5 by 5
    units.nth(12).hover()
    said = page.locator(".says")
    expect(said).to_contain_text("Unit (2, 2) sees rows 2, 3, 4 and columns 2, 3, 4")
    expect(said).to_contain_text("9 pixels of the image and 0 of padding")
    expect(page.locator(".in rect.tap")).to_have_count(9)


def test_the_keyboard_walks_over_the_units(app: App) -> None:
    page = app.open("/ideas").page
    units = page.locator(".out rect")
    expect(units).to_have_count(25, timeout=60_000)
    units.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".says")).to_contain_text("Unit (1, 1)")


def test_an_idea_is_a_link(app: App) -> None:
    page = app.open("/ideas?idea=Residual+block").page
    expect(page.get_by_role("heading", name="Residual block")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("residual, 32 layers")).to_be_visible(timeout=60_000)
