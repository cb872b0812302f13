"""What each page is about lies on the first screen, in Chromium at 1280 x 900."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from cnnviz.training.race.race import races
from cnnviz.training.runs import store
from tests.browser.conftest import App, Server

pytestmark = pytest.mark.browser

PROGRESS = re.compile("^PCA of each layer: ")  # above the map until all are ready
HEIGHT = 900


@pytest.fixture(autouse=True)
def none_left(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave no run and no race behind."""
    monkeypatch.setenv("CNNVIZ_RUNS_DIR", str(server.runs))
    yield
    for race in races():
        race.delete()
    for run in store.runs():
        run.delete()


def assert_on_screen(place: Locator, *, least: float = 1.0) -> None:
    """Assert that so large a share of an element's height lies on the screen, unscrolled."""
    expect(place).to_be_visible(timeout=60_000)
    expect(place.page.get_by_text(PROGRESS)).to_have_count(0, timeout=60_000)
    box = place.bounding_box()
    assert box
    shown = min(box["y"] + box["height"], HEIGHT) - max(box["y"], 0)
    assert shown >= least * box["height"] - 1, box


def test_train_shows_curves_filters_and_answers_once_a_training_has_begun(app: App) -> None:
    page = app.open("/train").page
    page.get_by_text("Settings", exact=True).first.click()
    field = page.get_by_role("spinbutton", name="Epochs")
    field.fill("1")
    field.press("Tab")
    page.wait_for_timeout(500)  # the script starts again a moment after the field is left
    app.idle()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator(".stMarkdownBadge")).to_have_text("finished", timeout=60_000)
    app.idle()
    expect(page.get_by_role("spinbutton", name="Epochs")).not_to_be_visible()
    for panel in page.locator(".charts section").all():
        assert_on_screen(panel)
    filters, answers = page.locator(".groups section").all()
    assert_on_screen(filters)
    assert_on_screen(answers, least=0.6)
    page.get_by_text("New training", exact=True).click()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("address", "subject", "least"),
    [
        ("convolution?network=shipped-mnist_cnn&layer=conv1", ".worked-grid", 1.0),  # the patch
        ("convolution?network=shipped-mnist_cnn&layer=conv1", ".worked-grid + .worked-grid", 1.0),
        ("convolution?network=shipped-lenet5&layer=c1", ".worked-grid", 1.0),
        ("convolution?network=shipped-lenet5&layer=c1", ".worked-grid + .worked-grid", 1.0),
        ("architecture?architecture=mnist_cnn", ".graph .stage", 0.65),
        ("architecture?architecture=resnet18&scale=published", ".graph .stage", 0.65),
        ("compare?compare_view=table", ".st-key-compare_table", 0.9),
        ("embedding", ".map canvas", 1.0),
    ],
)
def test_a_page_shows_what_it_is_about(app: App, address: str, subject: str, least: float) -> None:
    page = app.open(f"/{address}").page
    assert_on_screen(page.locator(subject).first, least=least)


def test_race_shows_its_chart_while_it_runs(app: App) -> None:
    page = app.open("/race").page
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator(".stMarkdownBadge")).to_have_text("running", timeout=60_000)
    panels = page.locator(".charts section")
    expect(panels.nth(2)).to_be_visible(timeout=60_000)
    training_accuracy, against_cost, loss, *_ = panels.all()
    for panel in (training_accuracy, against_cost, loss):
        assert_on_screen(panel)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(".stMarkdownBadge")).to_have_text("stopped", timeout=60_000)
