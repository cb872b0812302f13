"""The Photographs page in a browser: what is under the pointer, without the server."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import App

pytestmark = pytest.mark.browser


def test_pointing_at_a_photographs_maps_asks_no_server(app: App) -> None:
    frames = app.listen()
    view = app.open("/photographs").page.locator(".view")
    expect(view.locator(".verdict")).to_contain_text("daisy", timeout=60_000)
    expect(view.locator(".bars li")).to_have_count(5)
    canvases = view.locator("canvas[tabindex]")
    expect(canvases).to_have_count(4)
    app.idle()
    assert frames
    frames.clear()
    canvases.nth(3).hover(position={"x": 30, "y": 30})
    expect(view.locator(".tip .where")).to_contain_text("channel")
    canvases.nth(1).click(position={"x": 30, "y": 30})
    expect(view.locator(".size").nth(1)).to_contain_text("channel")
    assert not frames


@pytest.mark.parametrize(
    "app",
    [{"viewport": {"width": 390, "height": 844}, "has_touch": True, "color_scheme": "dark"}],
    indirect=True,
)
def test_a_phone_shows_it_all_without_scrolling_sideways(app: App) -> None:
    page = app.open("/photographs").page
    expect(page.locator(".verdict")).to_contain_text("daisy", timeout=60_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    filters = page.get_by_test_id("stImage").locator("img")
    box = filters.bounding_box()
    assert box
    assert box["x"] + box["width"] <= 390


def test_the_button_to_all_maps_does_not_cover_the_name_of_the_channel(app: App) -> None:
    view = app.open("/photographs").page.locator('.view[aria-busy="false"]')
    expect(view).to_be_visible(timeout=60_000)
    view.locator("canvas[tabindex]").nth(1).click(position={"x": 130, "y": 30})
    size = view.locator(".size").nth(1)
    expect(size).to_have_text("channel 2")
    back, name = (
        part.evaluate("e => e.getBoundingClientRect().toJSON()")
        for part in (view.get_by_role("button", name="All 16 maps"), size)
    )
    assert back["left"] < name["right"]  # there is no place beside it
    assert back["bottom"] <= name["top"] + 1  # pixel
