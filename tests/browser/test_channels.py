"""Kernels edited, channels muted and images optimized in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from cnnviz.data.mnist import load_digits
from tests.browser.conftest import App

pytestmark = pytest.mark.browser

BACKGROUND = "element => getComputedStyle(element).backgroundColor"
ALL = re.compile("on 1,000 test digits")


def opened(app: App, link: str = "") -> Page:
    page = app.open(f"/channels?network=shipped-lenet5{link}").page
    expect(page.locator(".effect .sentence")).to_have_text("No edits yet.")
    expect(page.locator(".effect small").first).to_have_text(ALL)
    return page


def test_muting_every_channel_leaves_chance_and_reset_brings_all_back(app: App) -> None:
    page = opened(app, "&layer=c1&channel=0&digit=3")
    expect(page.locator(".effect .title").first).to_contain_text(load_digits("embedded").title(3))
    dot = page.locator(".score .dot").first
    color = dot.evaluate(BACKGROUND)
    for channel in range(6):
        page.get_by_role("spinbutton", name="Channel (0 to 5)").fill(str(channel))
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(rf"[?&]channel={channel}\b"))
        app.idle()
        page.get_by_role("button", name="Mute").click()
        expect(page.get_by_text(re.compile(f"c1, channel {channel} muted"))).to_be_visible()
    app.idle()
    lost = page.locator(".effect .sentence")
    expect(lost).to_have_text(
        re.compile(r"^Of 1,000 test digits [1-9]\d\d became wrong and \d+ became correct\.")
    )
    # the answer is wrong, which colors its bar alone
    assert page.locator(".effect .bars .fill").first.evaluate(BACKGROUND) != color
    assert dot.evaluate(BACKGROUND) == color
    page.get_by_text("Exact figures").last.click()
    expect(page.locator(".effect .figures p")).to_have_text(
        re.compile(r"^Accuracy −\d\d\.\d points \(95% interval ")
    )
    page.get_by_role("button", name="Reset").click()
    expect(lost).to_have_text("No edits yet.")
    expect(page.get_by_role("button", name="Mute")).to_be_visible()


def test_a_kernel_is_edited_by_keys_and_by_dragging_and_undone(app: App) -> None:
    page = opened(app, "&layer=c3&channel=2")
    page.get_by_role("button", name="Input channel 4").click()
    cell = page.get_by_role("spinbutton", name="Row 1, column 1")
    before = cell.inner_text()
    cell.focus()
    page.keyboard.press("ArrowUp")
    assert cell.inner_text() != before
    expect(page.get_by_text("c3, channel 2, kernel 4")).to_be_visible()
    expect(page.get_by_role("button", name="Input channel 4, changed")).to_be_visible()
    box = cell.bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] - 60, steps=6)
    page.mouse.up()
    app.idle()
    page.get_by_role("button", name="Undo").click()
    expect(cell).to_have_text(before)


def test_the_optimization_unfolds_and_can_be_stopped(app: App) -> None:
    page = opened(app, "&layer=tanh3&channel=5")
    page.get_by_role("button", name="Optimize").click()
    step = page.get_by_text(re.compile(r"step \d+ of 192"))
    expect(step).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Optimize")).to_be_visible()
    expect(page.get_by_text(re.compile("mean of the channel"))).to_be_visible()


@pytest.mark.parametrize("app", [{"viewport": {"width": 390, "height": 844}}], indirect=True)
def test_a_phone_shows_it_without_scrolling_sideways(app: App) -> None:
    page = opened(app, "&layer=c3")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
