"""The Architecture page in a browser: boxes read out, modules open, layers go into the address."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.layer_activations import layer_activations
from cnnviz.training.runs import networks
from tests.browser.conftest import App

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def nodes(page: Page) -> Locator:
    """The nodes of the graph, once it is drawn."""
    found = page.locator(".graph .node")
    expect(found.first).to_be_visible(timeout=60_000)
    return found


def test_boxes_stand_in_a_row_and_read_out(app: App) -> None:
    page = app.open("/architecture?architecture=mnist_cnn").page
    boxes = page.locator(".volumes .stage")
    expect(boxes).to_have_count(8)
    boxes.nth(1).hover()
    tip = page.locator(".volumes .tip")
    expect(tip).to_contain_text("32 × 28 × 28: 32 channels of 28 × 28")
    expect(tip).to_contain_text("25,088 values")
    expect(tip).to_contain_text("100 kB")
    heights = [box.locator("svg").bounding_box() for box in boxes.all()]
    assert all(box is not None for box in heights)
    tall = [box["height"] for box in heights if box]
    assert tall[1] > tall[2] > tall[4] > tall[5]  # 28, 14, 7 rows, and a vector


def test_a_click_selects_a_layer_and_puts_it_into_the_address(app: App) -> None:
    page = app.open("/architecture?architecture=lenet5").page
    expect(nodes(page)).to_have_count(12)
    page.get_by_role("treeitem", name=re.compile("^c3,")).click()
    expect(page.locator(".graph .read")).to_contain_text("2,416")  # 25 * 6 * 16 + 16
    expect(page).to_have_url(re.compile(r"layer=c3"))
    expect(page.locator(".graph .node.selected")).to_have_count(1)


def test_a_link_opens_with_its_layer_selected(app: App) -> None:
    page = app.open("/architecture?architecture=lenet5&layer=c5").page
    nodes(page)
    expect(page.locator(".graph .node.selected")).to_have_attribute(
        "aria-label", re.compile("^c5,")
    )
    expect(page.locator(".graph .read")).to_contain_text("48,120")  # 25 * 16 * 120 + 120


def test_the_keyboard_walks_and_selects(app: App) -> None:
    page = app.open("/architecture?architecture=lenet5").page
    nodes(page).first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".graph .read h4")).to_have_text("s2")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.locator(".graph .read h4")).to_have_text("output")
    expect(page).to_have_url(re.compile(r"layer=output"))


def test_zoom_and_pan_move_the_graph_and_fit_shows_all(app: App) -> None:
    page = app.open("/architecture?architecture=mnist_cnn").page
    nodes(page)
    world = page.locator(".graph .world")
    before = world.get_attribute("transform")
    page.get_by_role("button", name="Zoom in").click()
    zoomed = world.get_attribute("transform")
    assert zoomed != before
    stage = page.locator(".graph .stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 70, steps=4)
    page.mouse.up()
    assert world.get_attribute("transform") != zoomed
    page.get_by_role("button", name="Fit").click()
    last = page.get_by_role("treeitem", name=re.compile("^fc2,")).bounding_box()
    frame = stage.bounding_box()
    assert last
    assert frame
    assert frame["y"] < last["y"] < last["y"] + last["height"] < frame["y"] + frame["height"]


@pytest.mark.parametrize("app", [PHONE], indirect=True)
def test_on_a_phone_nothing_is_wider_than_the_screen(app: App) -> None:
    page = app.open("/architecture?architecture=mnist_cnn").page
    nodes(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    wide = page.evaluate(
        "[...document.querySelectorAll('[data-testid=stBidiComponentRegular]')]"
        ".map((e) => e.scrollWidth - e.clientWidth)"
    )
    assert all(extra <= 1 for extra in wide)


def test_a_module_opens_down_to_its_layers_and_its_addition(app: App) -> None:
    page = app.open("/architecture?architecture=resnet8").page
    nodes(page)
    stage = page.get_by_role("treeitem", name=re.compile("^layer2,"))
    expect(stage).to_have_attribute("aria-expanded", "false")
    stage.click()
    expect(stage).to_have_attribute("aria-expanded", "true")
    block = page.get_by_role("treeitem", name=re.compile(r"^layer2\.0, BasicBlock"))
    block.click()
    expect(page.get_by_role("treeitem", name=re.compile("^conv2, Conv2d"))).to_be_visible()
    expect(page.locator(".graph .symbol", has_text="+")).to_have_count(1)
    page.get_by_role("button", name="Collapse all").click()
    expect(page.get_by_role("treeitem", name=re.compile("^conv2, Conv2d"))).to_have_count(0)


def maps_at(page: Page) -> str:
    """The line above the maps of the selected node, once they are drawn."""
    expect(page.locator('.st-key-architecture_node .view[aria-busy="false"]')).to_be_visible(
        timeout=60_000
    )
    return page.locator("p", has_text=" · values ").inner_text()


def test_a_selected_node_shows_its_maps_for_the_digit_and_leads_to_look_inside(app: App) -> None:
    network = networks.load_network(networks.find_network("shipped-lenet5"))
    image = load_digits("embedded").test_images[3]
    values = layer_activations(network, image, names=["c3"])[0].values
    page = app.open("/architecture?architecture=lenet5&digit=3").page
    nodes(page)
    expect(page.get_by_text("Select a node of the graph")).to_be_visible()
    page.get_by_role("treeitem", name=re.compile("^c3,")).click()
    line = maps_at(page)
    assert line == (
        f"c3 · Conv2d · output 16 × 10 × 10 · values {values.min():.3g} to {values.max():.3g}."
    )
    page.get_by_role("link", name="Look inside at c3").click()
    expect(page).to_have_url(re.compile(r"/inside\?.*layer=c3"))
    expect(page.locator(".view .layer", has_text="c3").first).to_be_visible(timeout=60_000)


def test_an_addition_between_layers_has_maps_too(app: App) -> None:
    network = networks.load_network(networks.find_network("shipped-resnet8"))
    image = load_digits("embedded").test_images[3]
    relu = layer_activations(network, image, names=["layer1.0"])[0].values
    page = app.open("/architecture?architecture=resnet8&digit=3").page
    nodes(page)
    for _ in range(3):
        page.get_by_role("button", name="Expand one level").click()
    nodes(page).first.focus()
    focused = page.locator(".graph .node:focus")
    while not (focused.get_attribute("aria-label") or "").startswith("add,"):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    line = maps_at(page)
    assert line.startswith("add in layer1.0 · add · output ")
    low, high = re.findall(r"values (\S+) to (\S+)\.", line)[0]
    assert float(low) < 0
    assert float(high) == pytest.approx(float(relu.max()), rel=5e-3)


def test_a_published_network_says_that_it_has_no_weights(app: App) -> None:
    page = app.open("/architecture?architecture=resnet18&scale=published").page
    nodes(page)
    expect(page.get_by_text("The published network comes without weights")).to_be_visible()
