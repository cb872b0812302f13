"""Where the tokens of a network look, read off the page."""

import os
import re
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, expect

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.attention import AttentionMap, attention_maps
from cnnviz.models.catalog import architecture
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import checkpoint, networks, store
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run
from tests.browser.conftest import App, Server

pytestmark = pytest.mark.browser
SAID = re.compile(r"(.+) attends most to row (\d+), column (\d+): ([\d.]+)%\.")


@pytest.fixture
def trained(server: Server, monkeypatch: pytest.MonkeyPatch, key: str) -> Iterator[Run]:
    """A run on the server that has written weights."""
    monkeypatch.setenv("CNNVIZ_RUNS_DIR", os.fspath(server.runs))
    run = store.create_run(Settings(model=key), versions={})
    torch.manual_seed(1)
    model = architecture(key).build()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "qk" in name and name.endswith("weight"):
                parameter.mul_(3)  # so that attention is not uniform
    weights = model.state_dict()
    checkpoint.save_checkpoint(run.path / "weights.safetensors", weights, {"architecture": key})
    run.write_status(Status(state="finished", test_accuracy=0.5, tested_on="20 test digits"))
    yield run
    run.delete()


def maps(run: Run) -> tuple[AttentionMap, ...]:
    """The core's own answer to what the page shows."""
    network = networks.find_network(run.id)
    return attention_maps(networks.load_network(network), load_digits("embedded").test_images[0])


def opened(app: App, run: Run) -> Locator:
    view = app.open(f"/inside?network={run.id}").page.locator(".attention")
    expect(view.locator(".readout")).to_have_text(SAID)
    return view


def point(view: Locator, row: float, column: float) -> None:
    """Point at a place from 0 to 1 down and across."""
    box = view.locator(".main").bounding_box()
    assert box
    view.locator(".main").hover(position={"x": column * box["width"], "y": row * box["height"]})


def says(view: Locator, asks: str, shares: np.ndarray, side: int) -> None:
    """Expect the strongest of the shares (side²,) in the read-out."""
    found = SAID.match(view.locator(".readout").inner_text())
    assert found
    assert found[1] == asks
    assert (int(found[2]), int(found[3])) == divmod(int(shares.argmax()), side)
    assert float(found[4]) == pytest.approx(100 * shares.max(), abs=0.051)


@pytest.mark.parametrize("key", ["vit"])
def test_a_token_a_head_and_a_layer_are_chosen_without_the_server(app: App, trained: Run) -> None:
    found = maps(trained)
    frames: list[object] = []
    app.page.on("websocket", lambda ws: ws.on("framesent", lambda _: frames.append(ws)))
    view = opened(app, trained)
    app.page.wait_for_timeout(500)
    frames.clear()
    says(view, "The class token", found[0].values.mean(axis=0)[0, 1:], 7)
    point(view, 0.5, 0.65)
    says(view, "Row 3, column 4", found[0].values.mean(axis=0)[1 + 3 * 7 + 4, 1:], 7)
    view.get_by_role("button", name="Head 2").click()  # the pointer left: the class token again
    says(view, "The class token", found[0].values[2, 0, 1:], 7)
    view.get_by_label("Layer").select_option("blocks.4.attn")
    says(view, "The class token", found[4].values[2, 0, 1:], 7)
    assert frames == []


@pytest.mark.parametrize("key", ["vit"])
def test_a_click_keeps_a_token_and_keys_move_on_from_it(app: App, trained: Run) -> None:
    found = maps(trained)[0].values.mean(axis=0)
    view = opened(app, trained)
    view.locator(".main").click(position={"x": 5, "y": 5})
    app.page.mouse.move(2, 2)
    says(view, "Row 0, column 0", found[1, 1:], 7)
    view.get_by_role("application", name="Attention in blocks.0.attn, 7 × 7 tokens.").focus()
    app.page.keyboard.press("ArrowDown")
    app.page.keyboard.press("ArrowRight")
    says(view, "Row 1, column 1", found[1 + 7 + 1, 1:], 7)
    view.get_by_role("button", name="Class token").click()
    says(view, "The class token", found[0, 1:], 7)


@pytest.mark.parametrize("key", ["levit"])
def test_a_subsampling_layer_is_asked_by_every_second_token(app: App, trained: Run) -> None:
    found = maps(trained)[2]
    view = opened(app, trained)
    view.get_by_label("Layer").select_option("stages.1.downsample.attn_downsample")
    point(view, 0.99, 0.4)  # key row 6, column 2
    says(view, "Row 3, column 1", found.values.mean(axis=0)[3 * 4 + 1], 7)


@pytest.mark.parametrize("app", [{"viewport": {"width": 390, "height": 844}}], indirect=True)
@pytest.mark.parametrize("key", ["crossvit"])
def test_a_phone_shows_attention_without_scrolling_sideways(app: App, trained: Run) -> None:
    view = opened(app, trained)
    view.get_by_label("Layer").select_option("blocks.0.fusion.0.attn")
    says(view, "The class token", maps(trained)[3].values.mean(axis=0)[0, 1:], 4)
    assert app.page.evaluate("document.documentElement.scrollWidth") <= 390
