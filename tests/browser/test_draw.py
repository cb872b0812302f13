"""A hand, a mouse and a finger on the Draw page."""

import io
import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Locator, Page, expect

from cnnviz.data.mnist import load_digits
from tests.browser.conftest import App

pytestmark = pytest.mark.browser

Points = Sequence[tuple[float, float]]

SEVEN: Points = [(0.25, 0.2), (0.72, 0.2), (0.45, 0.85)]
ONE: Points = [(0.5, 0.15), (0.5, 0.85)]
EMPTY = "The pad is empty"
LINKED = re.compile(r"[?&]drawing=[\w-]{60,900}(&|$)")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def says(page: Page) -> Locator:
    """What a screen reader hears."""
    return page.get_by_role("status").locator(".say")


def opened(app: App, path: str = "/draw") -> Page:
    """The page, once the pad is there and everything behind it is warm."""
    page = app.open(path).page
    expect(says(page)).to_have_text(EMPTY, timeout=60_000)
    app.idle()
    return page


def place(page: Page, point: tuple[float, float]) -> tuple[float, float]:
    """Turn shares of the pad into screen coordinates."""
    box = page.get_by_label("Drawing pad", exact=True).bounding_box()
    assert box
    return box["x"] + point[0] * box["width"], box["y"] + point[1] * box["height"]


def draw(page: Page, points: Points, *, release: bool = True) -> None:
    """Draw a stroke with the mouse."""
    page.mouse.move(*place(page, points[0]))
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*place(page, point), steps=12)
    if release:
        page.mouse.up()
        expect(page.locator(".board")).to_have_attribute("aria-busy", "false")


def picture(points: Points) -> bytes:
    """A PNG of a stroke, dark on light."""
    image = Image.new("L", (600, 800), 225)
    ImageDraw.Draw(image).line([(600 * x, 800 * y) for x, y in points], fill=40, width=40)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def pixels(page: Page) -> list[int]:
    """The 28x28 that the page says the networks receive."""
    found = page.locator(".input").evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, 28, 28).data)"
        ".filter((_, i) => i % 4 === 0)"
    )
    return [int(value) for value in found]


def test_a_seven_is_read_while_the_pen_moves_and_after(app: App) -> None:
    page = opened(app)
    draw(page, SEVEN, release=False)
    expect(says(page)).to_have_text("7")
    page.mouse.up()
    expect(says(page)).to_have_text("7")
    expect(page.locator("[role=status]:has(.say)")).to_contain_text("All 3 networks agree.")
    expect(page.locator(".network")).to_have_count(3)
    expect(page.locator(".bars li")).to_have_count(30)
    for card in page.locator(".network").all():
        expect(card.locator(".answer b")).to_have_text("7")
        expect(card.locator(".best")).to_contain_text("7")


def test_the_answer_changes_within_one_stroke(app: App) -> None:
    page = opened(app)
    draw(page, SEVEN[:2], release=False)
    expect(says(page)).to_have_text("Not a digit")
    page.mouse.move(*place(page, SEVEN[2]), steps=12)
    expect(says(page)).to_have_text("7")
    page.mouse.up()


def test_a_small_seven_in_a_corner_is_read_as_well(app: App) -> None:
    page = opened(app)
    page.get_by_role("slider", name="Pen width").fill("8")
    draw(page, [(0.72 + 0.24 * x, 0.72 + 0.24 * y) for x, y in SEVEN])
    expect(says(page)).to_have_text("7")


def test_undo_and_clear_by_button(app: App) -> None:
    page = opened(app)
    draw(page, SEVEN)
    expect(says(page)).to_have_text("7")
    draw(page, [(0.1, 0.1), (0.9, 0.9), (0.1, 0.9), (0.9, 0.1)])
    expect(says(page)).to_have_text("Not a digit")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(says(page)).to_have_text("7")
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(says(page)).to_have_text(EMPTY)
    assert not any(pixels(page))
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(says(page)).to_have_text("7")


def test_undo_and_clear_by_keyboard(app: App) -> None:
    page = opened(app)
    draw(page, SEVEN)
    draw(page, [(0.1, 0.1), (0.9, 0.9), (0.1, 0.9), (0.9, 0.1)])
    expect(says(page)).to_have_text("Not a digit")
    page.get_by_label("Drawing pad", exact=True).focus()
    page.keyboard.press("Control+z")
    expect(says(page)).to_have_text("7")
    page.keyboard.press("Delete")
    expect(says(page)).to_have_text(EMPTY)


def test_the_eraser_takes_ink_away(app: App) -> None:
    page = opened(app)
    draw(page, ONE)
    expect(says(page)).to_have_text("1")
    page.get_by_role("button", name="Eraser").click()
    page.get_by_role("slider", name="Pen width").fill("40")
    draw(page, ONE)
    expect(says(page)).to_have_text(EMPTY)


@pytest.mark.parametrize("app", [PHONE], indirect=True)
def test_a_finger_draws_and_the_page_stays_where_it_is(app: App) -> None:
    page = opened(app)
    page.get_by_label("Drawing pad", exact=True).scroll_into_view_if_needed()
    before = place(page, (0, 0))
    touch = page.context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", SEVEN[:1]),
        *(
            ("touchMove", [(a[0] + s / 12 * (b[0] - a[0]), a[1] + s / 12 * (b[1] - a[1]))])
            for a, b in pairwise(SEVEN)
            for s in range(1, 13)
        ),
        ("touchEnd", []),
    ):
        at = [dict(zip("xy", place(page, point), strict=True)) for point in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
    expect(says(page)).to_have_text("7")
    assert place(page, (0, 0)) == before
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_drawing_and_its_undo_survive_another_page(app: App) -> None:
    page = opened(app)
    draw(page, SEVEN)
    expect(says(page)).to_have_text("7")
    before = pixels(page)
    app.menu("Overview")
    expect(page.get_by_label("Drawing pad", exact=True)).to_have_count(0)
    app.menu("Draw")
    expect(says(page)).to_have_text("7")
    assert pixels(page) == before
    draw(page, [(0.1, 0.1), (0.9, 0.9), (0.1, 0.9), (0.9, 0.1)])
    expect(says(page)).to_have_text("Not a digit")
    for expected in ("7", EMPTY):
        page.get_by_role("button", name="Undo", exact=True).click()
        expect(says(page)).to_have_text(expected)


def test_a_drawing_survives_a_reload_and_its_link_shows_it_to_another_visitor(
    app: App, browser: Browser
) -> None:
    page = opened(app)
    entries = page.evaluate("history.length")
    draw(page, SEVEN)
    draw(page, [(0.3, 0.5), (0.7, 0.5)])
    expect(page).to_have_url(LINKED)
    link, drawn, said = page.url, pixels(page), says(page).inner_text()
    assert page.evaluate("history.length") == entries  # Back leaves the page, not a stroke
    page.reload()
    expect(says(page)).to_have_text(said, timeout=60_000)
    app.idle()
    assert pixels(page) == drawn
    assert page.url == link
    page.get_by_role("button", name="Undo", exact=True).click()  # the strokes are there, too
    expect(says(page)).to_have_text("7")

    context = browser.new_context()
    visitor = context.new_page()
    visitor.goto(link)
    expect(says(visitor)).to_have_text(said, timeout=60_000)
    assert pixels(visitor) == drawn
    context.close()


def test_a_drawing_is_the_input_of_other_pages_after_a_reload_too(app: App) -> None:
    page = opened(app)
    draw(page, SEVEN)
    expect(says(page)).to_have_text("7")
    app.menu("Look inside")
    page.get_by_role("radio", name="My drawing").click()
    expect(page).to_have_url(LINKED)
    expect(page).to_have_url(re.compile(r"[?&]subject=drawing(&|$)"))
    page.reload()
    app.idle()
    expect(page.get_by_role("radio", name="My drawing")).to_be_checked()
    expect(page.get_by_text("You have not drawn anything yet")).to_have_count(0)
    expect(page.get_by_role("link", name="Change the drawing")).to_be_visible()
    app.menu("Race")
    expect(page).to_have_url(LINKED)


def test_the_tab_keeps_the_drawing_for_a_new_session(app: App) -> None:
    page = opened(app)
    draw(page, SEVEN)
    expect(says(page)).to_have_text("7")
    app.open("/")
    page.goto(app.url + "/draw")
    expect(says(page)).to_have_text("7", timeout=60_000)
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(says(page)).to_have_text(EMPTY)
    page.goto(app.url + "/draw")
    expect(says(page)).to_have_text(EMPTY, timeout=60_000)


def test_a_picture_is_read_and_can_be_drawn_on(app: App) -> None:
    page = opened(app)
    files = page.locator("input[type=file]")
    files.set_input_files({"name": "7.png", "mimeType": "image/png", "buffer": picture(SEVEN)})
    expect(says(page)).to_have_text("7")
    expect(page.locator(".note")).to_have_text("From your image.")
    draw(page, [(0.1, 0.1), (0.9, 0.9), (0.1, 0.9), (0.9, 0.1)])
    expect(says(page)).to_have_text("Not a digit")
    expect(page.locator(".note")).to_have_text("")


def test_a_bad_picture_is_a_sentence_and_loses_nothing(app: App) -> None:
    page = opened(app)
    draw(page, SEVEN)
    expect(says(page)).to_have_text("7")
    bad = {"name": "7.png", "mimeType": "image/png", "buffer": b"no picture"}
    page.locator("input[type=file]").set_input_files(bad)
    expect(page.get_by_role("alert")).to_contain_text("must be a PNG or JPEG, got another format")
    expect(says(page)).to_have_text("7")


def test_a_test_digit_and_a_mistake_land_on_the_pad(app: App) -> None:
    page = opened(app)
    page.get_by_role("button", name="Next mistake").click()
    expect(page.locator(".note")).to_contain_text(re.compile(r"Mistake 1 of \d+"), timeout=60_000)
    found = re.search(r"at index (\d+), labeled (\d)", page.locator(".note").inner_text())
    assert found
    digits, index = load_digits("embedded"), int(found[1])
    assert pixels(page) == digits.test_images[index].ravel().tolist()
    assert digits.test_labels[index] == int(found[2])
    page.get_by_role("button", name="Load a test digit").click()
    note = re.compile(r"Test digit at index [\d,]+, labeled \d\.")
    expect(page.locator(".note")).to_have_text(note)


def test_values_stand_under_the_pointer(app: App) -> None:
    page = opened(app)
    draw(page, SEVEN)
    expect(says(page)).to_have_text("7")
    image = np.array(pixels(page)).reshape(28, 28)
    row, column = np.argwhere((image > 50) & (image < 200))[0]
    box = page.locator(".input").bounding_box()
    assert box
    at = {"x": (column + 0.5) * box["width"] / 28, "y": (row + 0.5) * box["height"] / 28}
    page.locator(".input").hover(position=at)
    text = f"Row {row}, column {column}: {image[row, column]} of 255"
    expect(page.locator(".readout")).to_have_text(text)
    bar = page.locator(".network").first.locator(".bars li").nth(1)
    expect(bar.locator(".share")).to_have_text("0.0%")
    bar.hover()
    expect(bar.locator(".share")).to_have_text(re.compile(r"0?\.?\d+(e-\d+)?"))
    assert 0 < float(bar.locator(".share").inner_text()) < 0.001


def test_a_link_chooses_the_networks(app: App) -> None:
    page = opened(app, "/draw?draw_networks=shipped-lenet5")
    draw(page, SEVEN)
    expect(says(page)).to_have_text("7")
    expect(page.locator(".network .title")).to_have_text(["LeNet-599.30% test accuracy"])


def test_each_message_is_answered_before_the_next(app: App) -> None:
    page, sent = app.page, []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    opened(app)
    page.evaluate(
        """() => {
          const find = (root, css) => root.querySelector(css) ?? [...root.querySelectorAll("*")]
            .filter((e) => e.shadowRoot).map((e) => find(e.shadowRoot, css)).find(Boolean);
          window.answers = 0;
          new MutationObserver(() => window.answers++)
            .observe(find(document, ".board"), { attributeFilter: ["data-answered"] });
        }"""
    )
    sent.clear()
    draw(page, [SEVEN[0], SEVEN[1], SEVEN[2], SEVEN[0], SEVEN[1], SEVEN[2]])
    assert page.evaluate("window.answers") == len(sent)
    assert len(sent) >= 3


def test_the_pad_can_be_drawn_on_with_the_keyboard(app: App) -> None:
    page = opened(app)
    pad = page.get_by_role("application", name="Drawing pad")
    expect(pad).to_have_accessible_description(re.compile("arrow keys move the pen.*Space puts it"))
    pad.focus()
    for _ in range(8):
        page.keyboard.press("ArrowUp")
    assert not any(pixels(page))  # the pen is up
    page.keyboard.press("Space")
    expect(page.locator(".spoken")).to_have_text("Pen down, column 14, row 6 of 28")
    for _ in range(16):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator(".spoken")).to_have_text("Pen up, column 14, row 22 of 28")
    expect(page.locator(".say")).to_have_text("1", timeout=60_000)
    drawn = np.array(pixels(page)).reshape(28, 28)
    rows, columns = np.nonzero(drawn > 128)
    assert np.ptp(rows) > 4 * np.ptp(columns)  # a vertical stroke
    page.keyboard.press("Control+z")
    expect(page.locator(".say")).to_have_text("The pad is empty")


@pytest.mark.parametrize("app", [PHONE], indirect=True)
def test_a_phone_shows_the_whole_pad_and_the_prediction_on_the_first_screen(app: App) -> None:
    page = opened(app)
    pad, answer = page.locator("canvas.pad").bounding_box(), says(page).bounding_box()
    assert pad
    assert answer
    assert page.evaluate("scrollY") == 0
    assert pad["y"] + pad["height"] <= 844
    assert answer["y"] + answer["height"] <= 844
