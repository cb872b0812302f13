"""Two networks beside each other: their confusions, and the digits behind a cell."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from cnnviz.data.mnist import load_digits
from cnnviz.evaluation.predictions import Predictions, confusion_counts, predict
from cnnviz.models.catalog import CATALOG
from cnnviz.training.runs import networks
from cnnviz.ui.compare.selection import name_column, name_row_height
from tests.browser.conftest import App

pytestmark = pytest.mark.browser

LENET, LEVIT = "shipped-lenet5", "shipped-levit"


def answered(key: str) -> Predictions:
    network = networks.find_network(key)
    return predict(networks.load_network(network), load_digits("embedded").test_images)


def choose(app: App, title: str) -> None:
    box = app.page.get_by_role("combobox", name=re.compile("Networks"))
    box.click()
    box.fill(title)
    app.page.get_by_role("option", name=title, exact=True).click()
    app.page.keyboard.press("Escape")
    app.idle()


@pytest.mark.parametrize("app", [{}, {"viewport": {"width": 390, "height": 844}}], indirect=True)
def test_a_cell_that_is_clicked_shows_its_digits_with_both_answers(app: App) -> None:
    page = app.open(f"/compare?compare={LENET}").page
    choose(app, "LeViT")
    expect(page).to_have_url(re.compile(f"compare={LENET}.*compare={LEVIT}"))
    page.get_by_role("radio", name="Errors and disagreements").click()
    cells = page.locator(".confusions figure")
    expect(cells).to_have_count(2, timeout=60_000)

    labels, first, second = load_digits("embedded").test_labels, answered(LENET), answered(LEVIT)
    counts = confusion_counts(second, labels)
    true, answer = (int(i) for i in np.argwhere(counts - np.diag(np.diag(counts)))[0])
    label = f"LeViT: {counts[true, answer]} of class {true} predicted as {answer}"
    cell = page.get_by_label(label)
    cell.scroll_into_view_if_needed()
    cell.click()
    expect(cell).to_have_attribute("aria-pressed", "true")
    inside = np.flatnonzero((labels == true) & (second.digits == answer))
    inside = inside[np.argsort(-second.confidence[inside], kind="stable")]
    said = [f"{a} {answer}" for a in first.digits[inside]]
    expect(page.get_by_text(f"True {true}, classified as {answer} by LeViT:")).to_be_visible()
    tiles = page.locator(".groups li")
    expect(tiles).to_have_count(len(said))
    assert tiles.all_inner_texts() == said
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")
    assert not wide

    tiles.locator("canvas").last.click()  # and it is looked at side by side
    expect(page.get_by_role("radio", name="Same digit")).to_be_checked()
    expect(page).to_have_url(re.compile(f"digit={inside[-1]}"))
    expect(page.get_by_text(f"Test digit at index {inside[-1]:,}, labeled {true}.")).to_be_visible()
    inputs = page.locator(".stage.input")
    expect(inputs).to_have_count(2, timeout=30_000)
    expect(page.get_by_text(f"The label is {true}.").first).to_be_visible()


def test_a_unit_of_the_second_networks_map_tells_what_it_sees(app: App) -> None:
    depth = "compare_match=role"  # early: the stem of LeViT, before it attends to all
    page = app.open(f"/compare?compare={LENET}&compare={LEVIT}&compare_view=digit&{depth}").page
    maps = page.locator(".stage:not(.input) .frame canvas[tabindex]")
    expect(maps).to_have_count(4, timeout=60_000)
    maps.nth(2).scroll_into_view_if_needed()
    maps.nth(2).hover()
    expect(page.locator(".tip .reach")).to_contain_text("of the input")


def test_the_arrow_keys_go_from_cell_to_cell_and_enter_chooses(app: App) -> None:
    page = app.open(f"/compare?compare={LENET}&compare_view=differ").page
    expect(page.locator(".confusions figure")).to_have_count(1, timeout=60_000)
    page.get_by_label(re.compile("class 0 predicted as 0$")).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    here = page.get_by_label(re.compile("class 1 predicted as 1$"))
    expect(here).to_be_focused()
    page.keyboard.press("Enter")
    expect(here).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("True 1, classified correctly:")).to_be_visible()


@pytest.mark.parametrize("app", [{"viewport": {"width": 390, "height": 844}}], indirect=True)
def test_on_a_phone_the_maps_follow_their_input(app: App) -> None:
    page = app.open(f"/compare?compare={LENET}&compare_view=Same+digit&compare_unit=1-0-2-2").page
    expect(page.locator(".stages canvas").first).to_be_visible(timeout=60_000)
    expect(page.locator(".pinned")).to_contain_text("channel 0, row 2, column 2")
    boxes = [stage.bounding_box() for stage in page.locator(".stages .stage").all()]
    tops = [box["y"] for box in boxes if box]
    assert len(tops) == 3
    assert tops == sorted(tops)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")


def test_whole_names_fit_into_the_columns_of_tables(app: App) -> None:
    names = [row.title for row in CATALOG.values()]
    names.append("MnistCNN, fully connected head · lr 0.02, 5 epochs, augmentation 1.5")
    page = app.open("/compare").page
    table = page.get_by_test_id("stDataFrame")
    expect(table).to_be_visible(timeout=60_000)
    widths = table.evaluate(
        """(table, names) => {
          const context = document.createElement('canvas').getContext('2d');
          context.font = `14px ${getComputedStyle(table).fontFamily}`;
          return names.map((name) => context.measureText(name).width);
        }""",
        names,
    )
    for name, width in zip(names, widths, strict=True):
        column = name_column([name])["width"]
        assert column <= 250  # a number of 84 pixels fits beside it on a phone
        lines = 1 + (name_row_height([name]) - 35) // 21
        longest = max(width * len(word) / len(name) for word in name.split())
        assert width <= lines * (column - 17) - (lines - 1) * longest, name
