"""Why a network answers as it does, read off the page."""

import re

import pytest
from playwright.sync_api import Locator, expect

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.attribution.methods import METHODS, Explanation, explain
from cnnviz.inspection.attribution.question import Target
from cnnviz.training.runs import networks
from tests.browser.conftest import App

pytestmark = pytest.mark.browser

ADDRESS = "/why?network=shipped-sprint_cnn&digit=0"


def explained(target: Target) -> Explanation:
    """The core's own answer to what the page shows."""
    network = networks.find_network("shipped-sprint_cnn")
    digit = load_digits("embedded").test_images[0]
    return explain(networks.load_network(network), digit, target, layer="relu3")


def opened(app: App) -> Locator:
    view = app.open(ADDRESS).page.locator(".attribution")
    expect(view.locator("canvas")).to_have_count(1 + len(METHODS), timeout=60_000)
    return view


def point(view: Locator, canvas: int, row: int, column: int) -> None:
    place = view.locator("canvas").nth(canvas)
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box
    side = box["width"] / 28
    place.hover(position={"x": (column + 0.5) * side, "y": (row + 0.5) * side})


def read(view: Locator) -> list[float]:
    """The values below the maps."""
    texts = view.locator(".value").all_inner_texts()[-len(METHODS) :]
    return [float(text.replace("−", "-")) for text in texts]


def same(view: Locator, found: Explanation, row: int, column: int) -> None:
    expect(view.locator(".readout")).to_contain_text(f"Row {row}, column {column}: ink ")
    expected = [float(found.maps[key][row, column]) for key in METHODS]
    assert read(view) == pytest.approx(expected, rel=0.006, abs=1e-6)


def test_a_pixel_pointed_at_in_one_map_is_read_in_all_without_the_server(app: App) -> None:
    frames: list[object] = []
    app.page.on("websocket", lambda ws: ws.on("framesent", lambda _: frames.append(ws)))
    view = opened(app)
    expect(view.locator(".verdict")).to_have_count(len(METHODS), timeout=60_000)
    app.idle()
    app.page.wait_for_timeout(1000)  # the last look for checks
    frames.clear()
    found = explained(Target(0))
    point(view, 3, 18, 8)
    same(view, found, 18, 8)
    point(view, 5, 6, 15)
    same(view, found, 6, 15)
    app.page.mouse.move(2, 2)
    expect(view.locator(".value").nth(2)).to_have_text(re.compile(r"^Peak .+ at row \d+, col. \d+"))
    assert frames == []


def test_a_click_keeps_a_pixel_and_keys_move_on_from_it(app: App) -> None:
    view, found = opened(app), explained(Target(0))
    point(view, 4, 10, 10)
    app.page.mouse.down()
    app.page.mouse.up()
    view.locator("canvas").nth(4).focus()
    app.page.mouse.move(2, 2)
    same(view, found, 10, 10)
    app.page.keyboard.press("ArrowDown")
    app.page.keyboard.press("ArrowLeft")
    same(view, found, 11, 9)
    app.page.keyboard.press("Escape")
    expect(view.locator(".readout")).to_contain_text("Point at a pixel")


def test_why_this_and_not_that(app: App) -> None:
    view = opened(app)
    app.page.get_by_role("combobox", name="Compared with").click()
    app.page.get_by_role("option", name=re.compile(r"^6 \(")).click()
    expect(view).to_contain_text("logit of 0 − logit of 6", timeout=60_000)  # folded
    app.idle()
    point(view, 3, 18, 8)
    same(view, explained(Target(0, 6)), 18, 8)


def test_the_class_to_explain_is_that_of_the_digit_shown(app: App) -> None:
    opened(app)
    choice = app.page.get_by_role("combobox", name="Class to explain")
    labels = load_digits("embedded").test_labels
    expect(choice).to_have_value(re.compile(rf"^Predicted class, {labels[0]} \("))
    index = next(i for i, label in enumerate(labels) if label != labels[0])
    field = app.page.get_by_label("Index (0 to 999)", exact=True)
    field.fill(str(index))
    field.press("Enter")
    expect(choice).to_have_value(re.compile(rf"^Predicted class, {labels[index]} \("))


@pytest.mark.parametrize(
    "app", [{"viewport": {"width": 390, "height": 844}, "has_touch": True}], indirect=True
)
def test_a_phone_reads_a_pixel_by_touch_without_scrolling_sideways(app: App) -> None:
    view = opened(app)
    canvas = view.locator("canvas").nth(3)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    side = box["width"] / 28
    canvas.tap(position={"x": 8.5 * side, "y": 18.5 * side})
    same(view, explained(Target(0)), 18, 8)
    assert app.page.evaluate("document.documentElement.scrollWidth") <= 390
