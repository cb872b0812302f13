"""Pictures to download: decoded by another library, they show what the page shows."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from cnnviz.data.mnist import load_digits
from tests.browser.conftest import App

pytestmark = pytest.mark.browser

PAD = 16  # CSS pixels around the content
PAGES = {
    "maps": "/inside",
    "film": "/inside?view=film",
    "unit arithmetic": "/convolution",
    "attribution maps": "/why",
    "scatter": "/embedding",
    "graph": "/architecture",
    "pad": "/draw",
    "effective fields": "/field?field_view=effective",
    "confusion matrices": "/compare?compare_view=differ",
    "detections": "/detect",
}


def downloads(page: Page) -> Locator:
    buttons = page.get_by_role("button", name="Download PNG")
    expect(buttons.first).to_be_visible(timeout=90_000)
    return buttons


def picture(page: Page, button: Locator) -> tuple[str, NDArray[np.uint8]]:
    """Return the name and the pixels, (H, W, 3), of the file that a button downloads."""
    with page.expect_download() as download:
        button.focus()
        page.keyboard.press("Enter")
    content = Path(download.value.path()).read_bytes()
    return download.value.suggested_filename, np.asarray(
        Image.open(io.BytesIO(content)).convert("RGB")
    )


@pytest.mark.parametrize("app", [{}, {"color_scheme": "dark"}], indirect=True)
def test_the_picture_has_the_digit_and_twice_the_pixels(app: App) -> None:
    page = app.open("/inside?digit=3").page
    view = page.locator('.view[aria-busy="false"]')
    expect(view).to_be_visible(timeout=90_000)
    name, pixels = picture(page, downloads(page).first)
    assert re.fullmatch(r"cnnviz-look-inside-[a-z0-9-]+\.png", name)
    section = view.bounding_box()
    canvas = view.locator("canvas[tabindex]").first.bounding_box()
    assert section
    assert canvas
    assert pixels.shape[1] == 2 * (round(section["width"]) + 2 * PAD)
    left = 2 * (canvas["x"] - section["x"] + PAD)
    above = canvas["y"] - section["y"]
    top = pixels.shape[0] - 2 * (PAD + section["height"] - above)
    step = 2 * canvas["width"] / 28
    cells = np.array(
        [
            [pixels[int(top + (row + 0.5) * step), int(left + (column + 0.5) * step)].mean()]
            for row in range(28)
            for column in range(28)
        ]
    ).reshape(28, 28)
    digit = load_digits("embedded").test_images[3, 0].astype(float)
    ink, ground = cells[digit == digit.max()].mean(), cells[digit == 0].mean()
    levels = (cells - ground) / (ink - ground) * 255
    assert np.corrcoef(levels.ravel(), digit.ravel())[0, 1] > 0.99
    assert abs(levels - digit).max() < 40


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_every_component_offers_its_picture_and_covers_nothing(app: App, path: str) -> None:
    page = app.open(path).page
    button = downloads(page).last
    row, height, above = button.evaluate(
        """(button) => {
          const root = button.getRootNode();
          const row = button.closest(".picture-download");
          const others = [...root.children].filter((child) => child !== row);
          const bottoms = others.map((child) => child.getBoundingClientRect().bottom);
          const { top, height } = row.getBoundingClientRect();
          return [top, height, Math.max(...bottoms)];
        }"""
    )
    assert height <= 40  # one line
    assert row >= above - 1
    width = page.evaluate("document.documentElement.clientWidth")
    _, pixels = picture(page, button)
    assert pixels.shape[1] > 300
    assert pixels.shape[1] <= 2 * (width + 2 * PAD)
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 20  # text and shapes, not a blank sheet


def test_a_figure_is_saved_under_a_name_by_its_own_button(app: App) -> None:
    page = app.open("/field?field_view=table").page
    chart = page.locator(".st-key-field_growth .js-plotly-plot")
    expect(chart).to_be_visible(timeout=90_000)
    button = chart.locator(".modebar-btn")
    expect(button).to_have_count(1)
    box, plot = button.bounding_box(), chart.locator(".nsewdrag").bounding_box()
    assert box
    assert plot
    assert box["x"] >= plot["x"] + plot["width"] - 1  # in the margin, right of the lines
    with page.expect_download() as download:
        button.click()
    assert download.value.suggested_filename == "cnnviz-field-growth.png"
    pixels = np.asarray(Image.open(Path(download.value.path())).convert("RGB"))
    shown = chart.bounding_box()
    assert shown
    assert pixels.shape[1] == pytest.approx(2 * shown["width"], abs=4)
