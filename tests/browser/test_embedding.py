"""The maps of digits in a real browser: stepping and pointing ask no server."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.embedding.layer_vectors import layers_to_embed, vectors
from cnnviz.training.runs import networks
from tests.browser.conftest import App

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
STEP = """(slider, place) => {
  slider.value = place;
  slider.dispatchEvent(new Event("input"));
  return slider.closest(".embedding").dataset.layer;  // no server could have answered by now
}"""


def layers() -> list[str]:
    loaded = networks.load_network(networks.find_network("shipped-lenet5"))
    pixels = load_digits("embedded").test_images[:1]
    return [found.layer for found in vectors(loaded, pixels, layers_to_embed(loaded))]


def opened(app: App, query: str = "", *, wait: bool = True) -> Locator:
    app.open(f"/embedding?network=shipped-lenet5&digit=5{query}")
    view = app.page.locator(".embedding")
    expect(view).to_be_visible(timeout=60_000)
    if wait:
        app.page.get_by_test_id("stProgress").wait_for(state="detached", timeout=120_000)
        app.idle()
    return view


def canvas(view: Locator, place: int = 0) -> Locator:
    return view.locator(".map canvas").nth(place)


def test_stepping_and_pointing_need_no_server(app: App) -> None:
    frames: list[Any] = []
    app.page.on("websocket", lambda ws: ws.on("framesent", lambda frame: frames.append(frame)))
    view = opened(app)
    slider = view.get_by_role("slider", name="Layer")
    assert [slider.evaluate(STEP, place) for place in range(len(layers()))] == layers()
    expect(view.get_by_role("button", name="Next layer")).to_be_disabled()
    app.page.wait_for_timeout(1500)  # the address has learned of the layer
    frames.clear()
    canvas(view).focus()
    app.page.keyboard.press("ArrowRight")
    heading = view.locator(".reader h4")
    expect(heading).to_have_text(re.compile(r"Labeled \d"))
    assert frames == []
    number = int(re.sub(r"\D", "", view.locator(".reader p").first.inner_text()))
    assert heading.inner_text() == f"Labeled {load_digits('embedded').test_labels[number]}"
    app.page.keyboard.press("Escape")
    expect(heading).to_have_text("Test digit at index 5, labeled 0")


def test_the_layer_goes_into_the_address_for_the_other_pages(app: App) -> None:
    view = opened(app)
    view.get_by_role("button", name="Previous layer").click()
    layer = view.get_attribute("data-layer")
    expect(app.page).to_have_url(re.compile(rf"layer={layer}\b"))


def test_pictures_are_those_of_the_digits(app: App) -> None:
    view = opened(app)
    canvas(view).focus()
    app.page.keyboard.press("ArrowUp")
    text = view.locator(".reader p").first.inner_text()
    number = int(re.sub(r"\D", "", text))
    shown = view.locator(".reader .large").evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 == 0)"
    )
    ink = load_digits("embedded").test_images[number, 0].ravel()
    assert shown == ink.tolist()  # white on black, in the light theme too


def test_tsne_comes_layer_by_layer_beside_the_untrained_network(app: App) -> None:
    view = opened(app, "&map=t-SNE", wait=False)
    expect(view.locator(".facts").first).to_contain_text("carry no meaning", timeout=60_000)
    app.page.get_by_text("Untrained", exact=True).click()
    expect(view.locator(".map")).to_have_count(2)
    expect(view.locator(".map .title").nth(1)).to_have_text("Untrained")
    expect(app.page.get_by_test_id("stProgress")).to_contain_text("t-SNE of each layer")


@pytest.mark.parametrize("app", [PHONE], indirect=True)
def test_a_tap_on_a_phone_reads_a_digit_without_scrolling_sideways(app: App) -> None:
    view = opened(app)
    target = canvas(view)
    target.scroll_into_view_if_needed()
    place = view.evaluate(  # where many points are: the middle of the ink on the canvas
        """root => {
          const canvas = root.querySelector('.map canvas');
          const { width, height } = canvas;
          const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
          const inked = [];
          for (let i = 3; i < data.length; i += 4) if (data[i] > 200) inked.push((i - 3) / 4);
          const at = inked[inked.length >> 1];
          const ratio = width / canvas.getBoundingClientRect().width;
          return { x: (at % width) / ratio, y: Math.floor(at / width) / ratio };
        }"""
    )
    target.tap(position=place)
    expect(view.locator(".reader h4")).to_have_text(re.compile(r"Labeled \d"))
    assert app.page.evaluate("document.documentElement.scrollWidth") <= 390
