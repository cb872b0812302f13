"""One choice of network and image, through every page and whatever runs."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import App

pytestmark = pytest.mark.browser

NETWORK = re.compile(r"[?&]network=shipped-densenet(&|$)")
BUSY = ("/embedding?network=shipped-resnet152", "/why?network=shipped-resnet152")


def choose_network(app: App, title: str) -> None:
    """Choose a network without waiting for the page to settle."""
    box = app.page.get_by_role("combobox", name="Network").first
    box.click()
    box.fill(title)
    app.page.get_by_role("option", name=title, exact=True).first.click()


@pytest.mark.parametrize("busy", BUSY)
def test_a_network_chosen_while_the_page_computes_survives_a_change_of_the_page(
    app: App, busy: str
) -> None:
    page = app.page
    page.goto(app.url + busy)
    expect(page.get_by_role("combobox", name="Network").first).to_be_visible(timeout=60_000)
    page.wait_for_timeout(300)
    choose_network(app, "DenseNet")
    app.menu("Look inside")
    expect(page).to_have_url(NETWORK)
    expect(page.get_by_role("combobox", name="Network").first).to_have_value("DenseNet")


PAGES = (
    "Overview",
    "Draw",
    "Train",
    "Race",
    "Compare",
    "Report",
    "Time machine",
    "Ideas",
    "Lessons",
)


def test_network_and_digit_are_in_the_address_of_every_page(app: App) -> None:
    page = app.open("/why?network=shipped-densenet&digit=7").page
    for title in PAGES:
        app.menu(title)
        expect(page).to_have_url(NETWORK)
        expect(page).to_have_url(re.compile(r"[?&]digit=7(&|$)"))
    page.reload()  # a new session, on a page without a control for them
    app.idle()
    app.menu("Why this answer")
    expect(page.get_by_role("combobox", name="Network").first).to_have_value("DenseNet")
    expect(page).to_have_url(re.compile(r"[?&]digit=7(&|$)"))
