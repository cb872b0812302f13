"""A training watched in a real browser: it goes on whatever happens to the page."""

import re
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from cnnviz.data.mnist import load_digits
from cnnviz.evaluation.predictions import confusion_counts, predict
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import checkpoint, networks, store
from cnnviz.training.runs.history import History
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run
from tests.browser.conftest import App, Server
from tests.on_disk import epoch_row, interval_row, make_run, write_log

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SOON = 20_000  # ms


@pytest.fixture(autouse=True)
def ended(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The server's runs are the test's runs; none is left behind."""
    monkeypatch.setenv("CNNVIZ_RUNS_DIR", str(server.runs))
    yield
    for run in store.runs():
        if run.status().live:
            run.request("stop")
            until(lambda: not run.status().live, None)  # noqa: B023
        run.delete()


def until(condition: Callable[[], object], page: Page | None, seconds: float = 30) -> None:
    """Wait for something that does not happen on the page."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        if page:
            page.wait_for_timeout(50)
        else:
            time.sleep(0.05)


def badge(page: Page) -> Locator:
    return page.locator(".stMarkdownBadge")


def click(page: Page, name: str) -> None:
    """Press a button; Streamlit keeps a hidden twin of those that have a tip."""
    page.get_by_role("button", name=name, exact=True).click()


def newest() -> Run:
    return store.runs()[0]


def updates(page: Page) -> int:
    return int(page.locator(".charts").get_attribute("data-updates") or 0)


def begin(app: App, epochs: int = 100) -> Run:
    """Press Train on the page and return the run, once its curve is there."""
    page = app.open("/train").page
    page.get_by_text("Settings", exact=True).first.click()
    field = page.get_by_role("spinbutton", name="Epochs")
    field.fill(str(epochs))
    field.press("Tab")
    page.wait_for_timeout(500)  # the script starts again a moment after the field is left
    app.idle()
    click(page, "Train")
    expect(badge(page)).to_have_text("running", timeout=60_000)
    expect(page.locator(".charts canvas").first).to_be_visible(timeout=SOON)
    run = newest()
    assert run.settings().epochs == epochs
    return run


def test_a_training_is_watched_left_found_again_and_finished_by_hand(
    app: App, browser: Browser
) -> None:
    run, page = begin(app), app.page

    # it grows, about twice a second where the machine has nothing else to do
    before, points = updates(page), len(History(run).read().intervals)
    until(lambda: updates(page) >= before + 4, page)
    assert len(History(run).read().intervals) > points

    # another page, and back
    app.menu("Overview")
    expect(badge(page)).to_have_count(0)
    step = run.status().step
    until(lambda: run.status().step > step, page)
    app.menu("Train")
    expect(badge(page)).to_have_text("running", timeout=SOON)

    # a reload, and another browser, which is another visitor
    page.reload()
    expect(badge(page)).to_have_text("running", timeout=SOON)
    other = browser.new_context().new_page()
    other.goto(app.url + "/train")
    expect(badge(other)).to_have_text("running", timeout=SOON)

    # what one tab wants, both see
    click(other, "Pause")
    click(other, "Pause anyway")
    for tab in (other, page):
        expect(badge(tab)).to_have_text("paused", timeout=SOON)
    until(lambda: run.recorded_status().state == "paused", page)
    step = run.status().step
    page.wait_for_timeout(500)
    assert run.status().step == step
    click(page, "Step")
    until(lambda: run.status().step == step + 1, page)
    expect(page.get_by_text(f"step {step + 1:,} of")).to_be_visible(timeout=SOON)
    click(page, "Resume")
    for tab in (page, other):
        expect(badge(tab)).to_have_text("running", timeout=SOON)
    other.context.close()

    click(page, "Stop")
    expect(badge(page)).to_have_text("stopped", timeout=SOON)
    assert run.status().state == "stopped"
    click(page, "Continue")
    expect(badge(page)).to_have_text("running", timeout=60_000)
    click(page, "Stop")
    expect(badge(page)).to_have_text("stopped", timeout=SOON)


def test_a_stop_is_shown_however_often_the_page_was_left(app: App, browser: Browser) -> None:
    begin(app)
    page = app.page
    for turn in range(2):
        app.menu("Draw" if turn % 2 else "Overview")
        expect(badge(page)).to_have_count(0)
        app.menu("Train")
        expect(badge(page)).to_have_text("running", timeout=SOON)
        page.reload()
        other = browser.new_context().new_page()
        other.goto(app.url + "/train")
        expect(badge(other)).to_have_text("running", timeout=SOON)
        other.context.close()
        click(page, "Stop")
        expect(badge(page)).to_have_text("stopped", timeout=SOON)
        click(page, "Continue")
        expect(badge(page)).to_have_text("running", timeout=60_000)


@pytest.mark.parametrize("series", ["train", "test"])
def test_the_value_under_the_pointer_is_the_one_in_the_log(series: str, app: App) -> None:
    run, page = begin(app, epochs=2), app.page
    expect(badge(page)).to_have_text("finished", timeout=60_000)
    app.idle()
    history = History(run).read()
    canvas = page.locator(".charts canvas").first
    shown = page.locator(f'.charts section:first-child output[data-series="{series}"]')
    last = history.intervals[-1]["loss"] if series == "train" else history.epochs[-1]["test_loss"]
    expect(shown).to_have_text(rounded(last))  # without a pointer, the latest
    box = canvas.bounding_box()
    assert box
    rows = history.intervals if series == "train" else history.epochs
    losses = {rounded(row["loss" if series == "train" else "test_loss"]) for row in rows}
    left, width = 48, box["width"] - 58  # the chart's margins
    for row in rows[:: max(1, len(rows) // 6)]:
        at = left + width * row["epoch"] / history.epochs[-1]["epoch"]
        canvas.hover(position={"x": at, "y": 60})
        expected = rounded(row["loss" if series == "train" else "test_loss"])
        page.wait_for_timeout(50)
        assert shown.inner_text() in losses
        expect(shown).to_have_text(expected)
    page.mouse.move(0, 0)
    expect(shown).to_have_text(rounded(last))


def rounded(value: float) -> str:
    """A number as the chart writes it: three digits."""
    return f"{float(f'{value:.3g}'):g}" if value >= 1e-3 else f"{value:.1e}".replace("e-0", "e-")


def test_filters_answers_and_mistakes_are_shown(app: App) -> None:
    run, page = begin(app, epochs=1), app.page
    expect(badge(page)).to_have_text("finished", timeout=60_000)
    preview = run.preview()
    assert preview
    expect(page.locator("canvas")).not_to_have_count(0)
    expect(page.get_by_text("First-layer filters")).to_be_visible()
    expect(page.get_by_text("of 20 correct at step 32")).to_be_visible()
    expect(page.get_by_text("Confusion matrix", exact=True)).to_be_visible()
    counts = History(run).read().epochs[-1]["confusion"]
    cells = page.get_by_role("cell", name=re.compile("^Test digits: "))
    expect(cells).to_have_count(100)
    for true, predicted in ((0, 0), (3, 5), (9, 9)):
        count = counts[true][predicted]
        expect(cells.nth(10 * true + predicted)).to_have_text(str(count) if count else "")


def test_a_label_is_text_wherever_it_is_shown(app: App) -> None:
    asked: list[str] = []
    app.page.context.route(re.compile("e[.]vil"), lambda route: asked.append(route.request.url))
    label = "![x](http://e.vil/a.png) <img src=http://e.vil>"
    run = store.create_run(Settings(source="embedded"), versions={})
    run.write_status(Status(state="failed", message=label, tested_on=label, hardware=label))
    run.rename(label)
    page = app.open("/train").page
    heading = page.locator(".stHeading h3").first
    expect(heading).to_be_visible(timeout=SOON)
    assert heading.inner_text().replace("\u2060", "") == label
    expect(page.get_by_role("alert")).to_contain_text("![x](http:")
    app.idle()
    assert page.locator("img[src*='e.vil'], a[href*='e.vil']").count() == 0
    assert asked == []


@pytest.mark.parametrize("app", [PHONE], indirect=True)
def test_on_a_phone_nothing_scrolls_sideways(app: App) -> None:
    run, page = begin(app, epochs=2), app.page
    expect(badge(page)).to_have_text("finished", timeout=60_000)
    app.idle()
    assert run.status().state == "finished"
    wide = page.evaluate(
        "() => [...document.querySelectorAll('.stMain, html')]"
        ".map(e => e.scrollWidth - e.clientWidth)"
    )
    assert max(wide) <= 0
    for canvas in page.locator(".charts canvas").all():
        box = canvas.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


@pytest.mark.parametrize("width", [1280, 390])
def test_a_cell_of_the_confusion_matrix_shows_its_digits(app: App, width: int) -> None:
    run = make_run()
    trained = networks.load_network(networks.find_network("shipped-lenet5"))
    weights = {name: tensor.clone() for name, tensor in trained.model.state_dict().items()}
    path = run.path / "weights.safetensors"
    checkpoint.save_checkpoint(path, weights, {"architecture": "lenet5"})
    digits = load_digits("embedded")
    counts = confusion_counts(predict(trained, digits.test_images), digits.test_labels)
    write_log(run, [epoch_row(1, confusion=(12 * counts).tolist())])  # as many as full MNIST has
    app.page.set_viewport_size({"width": width, "height": 900})
    page = app.open(f"/train?run={run.id}").page
    cells = page.locator(".confusions td button")
    expect(cells).to_have_count(100)
    for true in range(10):
        for predicted in range(10):
            count = 12 * counts[true, predicted]
            cell = cells.nth(10 * true + predicted)
            wrong = true != predicted
            assert cell.inner_text() == (str(count) if count or not wrong else "")
            painted = cell.evaluate("cell => cell.style.getPropertyValue('--fill')")
            assert bool(painted) == bool(wrong and count)  # only mistakes are colored
    clipped = page.locator(".confusions").evaluate(
        """(root) => [...root.querySelectorAll("td button")].filter((button) => {
          const text = document.createRange();
          text.selectNodeContents(button);
          const [inner, outer] = [text.getBoundingClientRect(), button.getBoundingClientRect()];
          return inner.width > outer.width;
        }).map((button) => button.textContent)"""
    )
    assert clipped == []
    true, predicted = map(int, np.argwhere(counts * (1 - np.eye(10, dtype=int)))[0])
    cells.nth(10 * true + predicted).click()
    title = f"True {true}, classified as {predicted} by the last checkpoint"
    expect(page.get_by_text(f"{title}: {counts[true, predicted]}")).to_be_visible(timeout=60_000)


def test_the_remedy_of_a_rate_that_is_too_high_leads_to_a_run_that_learns(app: App) -> None:
    page = app.open("/train?train_setting=learning_rate:5&train_setting=epochs:10").page
    click(page, "Train")
    expect(badge(page)).to_have_text("running", timeout=60_000)
    too_high = newest()
    assert too_high.settings().learning_rate == 5
    remedy = page.get_by_role("button", name="Restart with learning rate 0.001")
    expect(remedy).to_be_visible(timeout=60_000)
    remedy.click()
    until(lambda: newest() != too_high, page)
    run = newest()
    assert run.settings().learning_rate == 0.001
    until(lambda: (run.status().test_accuracy or 0) > 0.8, page, seconds=120)
    expect(page.get_by_role("button", name=re.compile("Restart with learning rate"))).to_have_count(
        0
    )


def test_a_diverged_run_shows_a_legible_loss_and_continues_at_a_lower_rate(app: App) -> None:
    losses = [2.3, 1.5, 1e5, 1e30, 1e38, None]
    rows = [interval_row(step, loss=loss) for step, loss in enumerate(losses, start=1)]
    run = make_run(
        Settings(model="lenet5", source="embedded", learning_rate=5.0),
        state="diverged",
        log=rows,
        step=6,
        total_steps=100,
        epoch=0.6,
        learning_rate=5.0,
    )
    page = app.open(f"/train?run={run.id}").page
    expect(page.locator(".note").first).to_have_text(
        "Values above 100 are drawn at the upper edge; × marks a value that is infinite or not a "
        "number."
    )
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("not finite")
    click(page, "Continue with learning rate 0.002")
    until(lambda: run.status().live and run.status().learning_rate == 0.002, page)
    until(lambda: run.status().step > 20, page)
    assert run.status().state != "diverged"
