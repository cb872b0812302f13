"""A real training, scrubbed in a real browser."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from benchmarks.served import ROOT
from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.forward_pass import forward_pass
from cnnviz.training.runs import networks, store
from cnnviz.training.runs.networks import TrainedNetwork
from tests.browser.conftest import App, Server

pytestmark = pytest.mark.browser

SCRUB = """(slider, place) => {
  slider.value = place;
  slider.dispatchEvent(new Event("input"));
  const root = slider.closest(".time");
  const all = (selector, read) => [...root.querySelectorAll(selector)].map(read);
  return [  // no server could have answered by now
    root.dataset.step,
    root.querySelector(".now").textContent,
    all(".share", (share) => share.textContent),
    all("svg", (svg) => svg.innerHTML),
    all(".panel:not(.map) canvas", (canvas) => canvas.toDataURL()),
  ];
}"""
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def snapshots(server: Server) -> Iterator[list[TrainedNetwork]]:
    """The snapshots of one short training for all tests here, which is deleted afterward."""
    subprocess.run(
        [sys.executable, "-m", "cnnviz", "train", "--model", "lenet5", "--preset", "quick"],
        cwd=ROOT,
        env={**os.environ, "CNNVIZ_RUNS_DIR": str(server.runs)},
        check=True,
        capture_output=True,
        timeout=120,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNNVIZ_RUNS_DIR", str(server.runs))
        (run,) = store.runs()
        found = networks.snapshots_of(networks.find_network(run.id))
    yield found
    run.delete()


def opened(app: App) -> Locator:
    app.open("/time?digit=3")
    view = app.page.locator(".time")
    expect(view).to_be_visible(timeout=60_000)
    app.page.get_by_test_id("stProgress").wait_for(state="detached", timeout=60_000)
    app.idle()
    return view


def expected(snapshot: TrainedNetwork) -> list[str]:
    digit = load_digits("embedded").test_images[3]
    found = forward_pass(networks.load_network(snapshot), digit)
    return [f"{100 * float(share):.1f}%" for share in found.probabilities]


def test_the_scrubber_moves_everything_without_the_server(
    app: App, snapshots: list[TrainedNetwork]
) -> None:
    view = opened(app)
    assert [snapshot.step for snapshot in snapshots][:5] == [0, 1, 2, 4, 8]
    expect(view).to_have_attribute("data-step", str(snapshots[-1].step))
    slider = view.get_by_role("slider", name="Snapshot")
    found = [slider.evaluate(SCRUB, place) for place in range(len(snapshots))]
    for snapshot, (step, now, bars, curves, pictures) in zip(snapshots, found, strict=True):
        assert step == str(snapshot.step)
        assert f"Step {snapshot.step:,} " in now
        assert bars == expected(snapshot)
        assert len(curves) == 2  # loss and accuracy
        assert len(pictures) == 6  # saliency, field, filters, three layers
    for kind in (3, 4):
        for first, last in zip(found[0][kind], found[-1][kind], strict=True):
            assert first != last
    digits = view.locator(".map canvas")
    last = digits.evaluate("c => c.toDataURL()")
    slider.press("Home")
    app.page.wait_for_timeout(800)  # digits move to their places
    assert digits.evaluate("c => c.toDataURL()") != last
    slider.press("End")
    expect(view.locator(".now")).to_contain_text("% on 1,000 test digits")


@pytest.mark.usefixtures("snapshots")
def test_the_address_keeps_the_snapshot_and_weaker_channels_can_be_seen(app: App) -> None:
    view = opened(app)
    view.get_by_role("slider", name="Snapshot").press("Home")
    view.get_by_role("slider", name="Snapshot").press("ArrowRight")
    expect(app.page).to_have_url(re.compile("moment=1"))
    app.open(f"/time{app.page.url.partition('/time')[2]}")
    view = app.page.locator(".time")
    expect(view).to_have_attribute("data-step", "1", timeout=60_000)
    late = view.locator(".panel").nth(6)
    before = late.locator("canvas").evaluate("c => c.toDataURL()")
    late.get_by_role("button", name="Weaker channels of Late").click()
    expect(late.locator(".pages")).to_contain_text("2 of 8")
    assert late.locator("canvas").evaluate("c => c.toDataURL()") != before
    expect(view).to_have_attribute("data-step", "1")


def test_a_click_on_the_curve_and_play_choose_snapshots(
    app: App, snapshots: list[TrainedNetwork]
) -> None:
    view = opened(app)
    loss = view.locator("svg.loss")
    box = loss.bounding_box()
    assert box
    loss.click(position={"x": 46, "y": box["height"] / 2})
    expect(view).to_have_attribute("data-step", "0")
    view.get_by_role("button", name="Play").click()
    expect(view).to_have_attribute("data-step", str(snapshots[-1].step), timeout=20_000)
    expect(view.get_by_role("button", name="Play")).to_be_visible()


def test_a_unit_that_is_pointed_at_is_read_at_every_snapshot(
    app: App, snapshots: list[TrainedNetwork]
) -> None:
    view = opened(app)
    panel = view.locator(".panel").nth(3)  # the first filters
    canvas = panel.locator("canvas")
    canvas.focus()
    app.page.keyboard.press("ArrowRight")
    slider = view.get_by_role("slider", name="Snapshot")
    for key, snapshot in (("Home", snapshots[0]), ("End", snapshots[-1])):
        slider.press(key)
        weight = float(networks.load_network(snapshot).model.get_submodule("c1").weight[0, 0, 0, 0])
        text = panel.locator(".value").inner_text()
        found = re.fullmatch(r"filter 0, row 0, column 0: (\S+)", text)
        assert found
        assert float(found[1].replace("−", "-")) == pytest.approx(weight, rel=0.006)


@pytest.mark.parametrize("app", [PHONE], indirect=True)
@pytest.mark.usefixtures("snapshots")
def test_the_scrubber_stays_in_sight_on_a_phone(app: App) -> None:
    view = opened(app)
    view.locator(".map canvas").scroll_into_view_if_needed()
    view.get_by_role("slider", name="Snapshot").tap(position={"x": 6, "y": 10})
    expect(view).to_have_attribute("data-step", "0")
    assert app.page.evaluate("document.documentElement.scrollWidth") <= 390
