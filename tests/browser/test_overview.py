"""What a newcomer sees before the first click, and reads off it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from cnnviz.data.mnist import load_digits, mixed_index
from cnnviz.inspection.activations.forward_pass import ForwardPass, forward_pass
from cnnviz.training.runs import networks
from cnnviz.ui.shell.navigation import ENTRIES
from tests.browser.conftest import App

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
UNIT = re.compile(r"channel (\d+), row (\d+), column (\d+)")


def core(index: int, key: str = "shipped-mnist_cnn") -> ForwardPass:
    """The core's own answer to what the page shows."""
    network = networks.find_network(key)
    return forward_pass(networks.load_network(network), load_digits("embedded").test_images[index])


def answered(page: Page) -> Locator:
    """The view, once maps and bars are painted."""
    view = page.locator('.view[aria-busy="false"]')
    expect(view).to_be_visible(timeout=60_000)
    return view


def colors(canvas: Locator) -> int:
    """How many different colors are painted."""
    return int(
        canvas.evaluate(
            "c => new Set(new Uint32Array("
            "c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size"
        )
    )


def read(view: Locator) -> tuple[tuple[int, int, int], str]:
    """The unit and the number in the tip."""
    found = UNIT.fullmatch(view.locator(".tip .where").inner_text())
    assert found
    channel, row, column = map(int, found.groups())
    return (channel, row, column), view.locator(".tip .value").inner_text()


def test_maps_and_bars_are_painted_without_a_click(app: App) -> None:
    digits = load_digits("embedded")
    label = digits.test_labels[mixed_index(digits, 1)]
    view = answered(app.open().page)
    expect(view.locator("canvas[tabindex]")).to_have_count(4)
    for canvas in view.locator("canvas[tabindex]").all():
        assert colors(canvas) > 10
    expect(view.locator(".bars li")).to_have_count(10)
    expect(view.get_by_role("status")).to_contain_text(f"Correct: the label is {label}.")
    expect(app.page.get_by_role("link", name="Look inside").last).to_be_visible()


def test_the_number_under_the_pointer_is_the_tensors(app: App) -> None:
    view = answered(app.open().page)
    maps = core(mixed_index(load_digits("embedded"), 1)).maps
    for i in range(3):
        canvas = view.locator("canvas[tabindex]").nth(i + 1)
        for x, y in ((0.13, 0.1), (0.5, 0.43), (0.61, 0.55), (0.3, 0.8)):
            box = canvas.bounding_box()
            assert box
            canvas.hover(position={"x": x * box["width"], "y": y * box["height"]})
            unit, number = read(view)
            assert float(number) == pytest.approx(float(maps[i].values[unit]), rel=2e-6)


def test_a_unit_is_found_by_keyboard_and_spoken(app: App) -> None:
    view = answered(app.open().page)
    maps = core(mixed_index(load_digits("embedded"), 1)).maps[1]
    canvas = view.get_by_role("application", name="Middle, relu2: 64 maps of 14 × 14")
    canvas.focus()
    app.page.keyboard.press("Enter")  # enlarges the map with the strongest value
    channel, row, column = maps.peak
    expect(view.locator(".size").nth(2)).to_have_text(f"channel {channel}")
    app.page.keyboard.press("ArrowUp")
    unit, number = read(view)
    assert unit == (channel, row - 1, column)
    assert float(number) == pytest.approx(float(maps.values[unit]), rel=2e-6)
    spoken = f"channel {channel}, row {row - 1}, column {column}: {number}"
    expect(view.locator(".spoken")).to_have_text(spoken)
    app.page.keyboard.press("Escape")
    expect(view.locator(".size").nth(2)).to_have_text("64 maps of 14 × 14")


def test_a_click_enlarges_a_map_and_a_button_brings_all_back(app: App) -> None:
    view = answered(app.open().page)
    canvas = view.locator("canvas[tabindex]").nth(3)
    canvas.click(position={"x": 40, "y": 40})
    expect(view.locator(".size").nth(3)).to_have_text(re.compile(r"channel \d+"))
    view.get_by_role("button", name="All 64 maps").click()
    expect(view.locator(".size").nth(3)).to_have_text("64 maps of 7 × 7")


def test_another_digit_comes_on_a_click(app: App) -> None:
    view = answered(app.open().page)
    digits = load_digits("embedded")
    for position in (2, 3):
        view.get_by_role("button", name="Next digit").click()
        label = digits.test_labels[mixed_index(digits, position)]
        expect(view.locator(".bars li").nth(label)).to_have_class(re.compile("true"))
        expect(view.get_by_role("status")).to_contain_text(str(label))


def test_with_reduced_motion_nothing_moves_by_itself(app: App) -> None:
    view = answered(app.open().page)
    expect(view.get_by_role("button", name="Play")).to_be_visible()


@pytest.mark.parametrize("app", [{"reduced_motion": "no-preference"}], indirect=True)
def test_another_digit_comes_by_itself_but_not_under_the_pointer(app: App) -> None:
    page = app.open().page
    view = answered(page)
    first = view.locator(".bars .true .class").inner_text()
    view.locator("canvas[tabindex]").nth(1).hover()
    page.wait_for_timeout(8_000)
    expect(view.locator(".bars .true .class")).to_have_text(first)
    page.mouse.move(2, 2)
    expect(view.locator(".bars .true .class")).not_to_have_text(first, timeout=10_000)
    view.get_by_role("button", name="Pause").click()
    expect(view.get_by_role("button", name="Play")).to_be_visible()


@pytest.mark.parametrize("app", [PHONE], indirect=True)
@pytest.mark.parametrize("path", ["/", "/inside"])
def test_a_phone_shows_it_all_without_scrolling_sideways(app: App, path: str) -> None:
    page = app.open(path).page
    view = answered(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for part in (*view.locator("canvas[tabindex]").all(), *view.locator(".bars li").all()):
        box = part.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    view.locator("canvas[tabindex]").nth(1).tap(position={"x": 60, "y": 60})
    expect(view.locator(".tip")).to_be_visible()


@pytest.mark.parametrize("app", [{"color_scheme": s} for s in ("light", "dark")], indirect=True)
def test_no_value_fades_into_the_page_in_either_theme(app: App) -> None:
    page = app.open().page
    view = answered(page)
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    corner = (
        view.locator("canvas[tabindex]")
        .nth(3)
        .evaluate("c => Array.from(c.getContext('2d').getImageData(1, 1, 1, 1).data.slice(0, 3))")
    )
    assert (sum(corner) / 3 < 90) == dark


@pytest.fixture
def fresh(browser: Browser, tmp_path: Path) -> Iterator[str]:
    """The address of a server that nobody has asked for anything yet."""
    del browser
    log = tmp_path / "server.log"
    options = ["--server.port", "0", "--server.headless", "true"]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "dashboard.py", *options],
            cwd=Path(__file__).parents[2],
            env=os.environ | {"STREAMLIT_SERVER_FILE_WATCHER_TYPE": "none"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        deadline = time.monotonic() + 60
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text())):
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield found.group()
        process.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
        process.wait(20)
    assert "Traceback" not in log.read_text()


def test_a_deep_link_as_the_first_request_of_a_server_keeps_its_choice(
    browser: Browser, fresh: str
) -> None:
    page = browser.new_page(reduced_motion="reduce")
    page.goto(f"{fresh}/inside?network=shipped-lenet5&digit=612")
    view = answered(page)
    expect(view.locator(".layer").nth(1)).to_have_text("tanh1")
    label = load_digits("embedded").test_labels[612]
    expect(view.get_by_role("status")).to_contain_text(str(label))
    expect(page.get_by_role("link", name="Overview")).to_be_visible()
    page.close()


def test_a_cold_server_shows_a_digit_at_once_and_the_maps_by_themselves(
    browser: Browser, fresh: str
) -> None:
    page = browser.new_page(reduced_motion="reduce")
    page.goto(fresh)
    expect(page.locator('.view[aria-busy="true"]')).to_be_visible(timeout=30_000)
    assert colors(page.locator(".input canvas[tabindex]")) > 10
    answered(page)
    expect(page.get_by_test_id("stPageLink")).to_have_count(len(ENTRIES) - 1)
    page.close()
