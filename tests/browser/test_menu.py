"""The menu: closed after a choice on a phone, with a visible focus."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import App

pytestmark = pytest.mark.browser

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "user_agent": "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Mobile Safari/537.36",  # by which Streamlit knows a phone
}


@pytest.mark.parametrize("app", [PHONE], indirect=True)
def test_the_menu_of_a_phone_closes_after_a_choice(app: App) -> None:
    page = app.open("/draw").page
    menu = page.get_by_test_id("stSidebar")
    for title, path in (("Train", "/train"), ("Glossary", "/glossary")):
        page.get_by_role("button", name="Expand sidebar").click()
        expect(menu).to_have_attribute("data-collapsed", "false")
        menu.get_by_role("link", name=title).click()
        page.wait_for_url(f"**{path}*")
        app.idle()
        expect(menu).to_have_attribute("data-collapsed", "true")
    page.get_by_role("button", name="Expand sidebar").click()
    app.idle()
    expect(menu).to_have_attribute("data-collapsed", "false")  # until the next choice


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_focus_in_the_menu_is_outlined(app: App, scheme: Any) -> None:
    app.page.emulate_media(color_scheme=scheme)
    page = app.open("/inside").page
    link = page.get_by_test_id("stTopNavLink").first
    assert link.evaluate("link => getComputedStyle(link).outlineStyle") == "none"
    page.keyboard.press("Tab")  # to the link that skips the menu
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    assert link.evaluate("link => getComputedStyle(link).outline") == "rgb(213, 94, 0) solid 2px"
