"""How fast the pages of feature maps respond, in a real browser.

    python -m benchmarks.views [--rounds 20] [--networks mnist_cnn resnet20 vit]

On a warm server, in milliseconds of the page's own clock. Hover: from the pointer event until the
tooltip and the marks are laid out, to be painted in the next frame. Digit and layer: from the click
or key that requests another one until the last map is painted, including the round trip and the
server's forward pass; each digit and each layer is new to the server. 512 maps of 14 × 14: one
message is decoded, colored and painted. Other load on the machine affects these numbers; it is
printed below them.
"""

import argparse
import base64
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from playwright.sync_api import Browser, Page

from benchmarks.served import chromium, dashboard
from benchmarks.targets import ANSWER, FRAME, TargetTable, print_load
from cnnviz.models.catalog import architecture
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import checkpoint, networks, store
from cnnviz.training.runs.records import Status
from cnnviz.ui.components import component, maps_view, modules

MAPS = (512, 14, 14)

# Time stamps of the last painted pixel and of the last request
WATCH = """
  window.asked = window.painted = 0;
  const { putImageData } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.putImageData = function (...given) {
    putImageData.apply(this, given);
    window.painted = performance.now();
  };
  const ask = () => (window.asked = performance.now());
  addEventListener("click", ask, true);
  addEventListener("keydown", (event) => event.key === "Enter" && ask(), true);
"""
HOVER = """(canvas, rounds) => {
  const box = canvas.getBoundingClientRect();
  const tip = canvas.getRootNode().querySelector(".tip");
  return Array.from({ length: rounds }, (_, i) => {
    const start = performance.now();
    canvas.dispatchEvent(new PointerEvent("pointermove", {
      clientX: box.left + ((i * 0.618) % 1) * box.width,
      clientY: box.top + ((i * 0.382) % 1) * box.height, pointerType: "mouse" }));
    if (!tip.offsetHeight) throw new Error("no tip");
    return performance.now() - start;
  });
}"""
LOAD = """async ([html, script]) => {
  document.body.innerHTML = html;
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  window.show = (await import(url)).default;
}"""
PAINT = """async ([message, rounds]) => {
  const data = Uint8Array.from(atob(message), (letter) => letter.charCodeAt(0));
  const waits = [];
  for (let i = 0; i < rounds + 2; i++) {
    const start = performance.now();
    await show({ data, parentElement: document.body, setTriggerValue() {} });
    const canvas = document.querySelector(".stage:not(.input) canvas");
    canvas.getContext("2d").getImageData(0, 0, 1, 1); // until all is drawn
    waits.push(performance.now() - start);
  }
  return waits.slice(2);
}"""


def prepare(keys: list[str], folder: Path) -> dict[str, str]:
    """Return the key of each architecture's network; untrained if none ships."""
    shipped = {network.architecture_key: network.key for network in networks.shipped()}
    addresses = {}
    for key in keys:
        if key not in shipped:
            torch.manual_seed(0)
            with mock.patch.dict("os.environ", {"CNNVIZ_RUNS_DIR": str(folder)}):
                run = store.create_run(Settings(model=key), versions={})
                weights = architecture(key).build().state_dict()
                checkpoint.save_checkpoint(run.path / "weights.safetensors", weights, {})
                run.write_status(Status(state="finished"))
                shipped[key] = run.id
        addresses[key] = shipped[key]
    return addresses


def opened(page: Page, url: str) -> None:
    """Open a page and wait until its maps are there."""
    page.goto(url)
    page.locator('.view[aria-busy="false"] .stage:not(.input) .over').first.wait_for(
        timeout=120_000
    )
    settled(page)


def settled(page: Page) -> None:
    """Wait until nothing has been painted for a while."""
    page.wait_for_function(
        "performance.now() - Math.max(window.painted, window.asked) > 600", timeout=60_000
    )


def waits(page: Page, rounds: int, ask: Callable[[int], None]) -> list[float]:
    """Return the ms from each request until it was painted, without the first two."""
    milliseconds = []
    for i in range(rounds + 2):
        ask(i)
        page.wait_for_function("window.painted > window.asked", timeout=60_000)
        settled(page)
        milliseconds.append(float(page.evaluate("window.painted - window.asked")))
    return milliseconds[2:]


def hovers(page: Page, rounds: int) -> list[float]:
    """Return the ms until the tooltip was laid out, on all maps of the page."""
    canvases = page.locator(".stage .frame canvas[tabindex]").all()
    return [ms for canvas in canvases[1:] for ms in canvas.evaluate(HOVER, rounds)]


def next_digit(page: Page) -> Callable[[int], None]:
    """Return a function that requests another digit."""
    return lambda _: page.get_by_role("button", name="Another digit").click()


def next_layer(page: Page) -> Callable[[int], None]:
    """Return a function that requests the next layer of the list, after the last the first."""

    def ask(_: int) -> None:
        field = page.get_by_role("combobox", name="Layer", exact=True)
        before = field.input_value()
        field.click()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        if field.input_value() == before:
            field.click()
            page.keyboard.press("Home")
            page.keyboard.press("Enter")

    return ask


def paint(page: Page, rounds: int) -> list[float]:
    """Return the ms to decode and paint one message of many maps."""
    values = np.random.default_rng(0).normal(size=MAPS).astype(np.float32)
    stages = [maps_view.digit_stage(np.zeros((28, 28), np.uint8))]
    stages.append(maps_view.MapStage("Many", "layer", values))
    with mock.patch.object(maps_view, "_VIEW") as view:
        maps_view.maps_view(stages, key="maps", subject="many")
    message = base64.b64encode(view.call_args.kwargs["data"]).decode()
    file = Path(component.__file__).parent / "frontend" / "maps_view"
    page.set_content(f"<style>{modules.css(file.with_suffix('.css'))}</style>")
    page.evaluate(
        LOAD, [file.with_suffix(".html").read_text(), modules.javascript(file.with_suffix(".js"))]
    )
    return list(page.evaluate(PAINT, [message, rounds]))


def measure(browser: Browser, url: str, network: str, rounds: int) -> dict[str, list[float]]:
    """Return the ms of every interaction with one network's pages, by name."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.add_init_script(WATCH)
    times = {}
    opened(page, f"{url}/inside?network={network}")
    times["inside: hover"] = hovers(page, rounds)
    times["inside: digit"] = waits(page, rounds, next_digit(page))
    opened(page, f"{url}/inside?network={network}&view=Every+layer")
    times["inside: layer"] = waits(page, rounds, next_layer(page))
    opened(page, f"{url}/field?network={network}")
    times["field: hover"] = hovers(page, rounds)
    times["field: digit"] = waits(page, rounds, next_digit(page))
    times["field: layer"] = waits(page, rounds, next_layer(page))
    opened(page, f"{url}/convolution?network={network}")
    times["worked: hover"] = hovers(page, rounds)
    page.context.close()
    return times


def main() -> None:
    """Measure and print; the exit status tells whether all targets are met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--networks", nargs="+", default=["mnist_cnn", "resnet20", "vit"])
    options = parser.parse_args()
    table = TargetTable(28, places=1)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        keys = prepare(options.networks, Path(folder))
        with dashboard(runs=Path(folder)) as url:
            for key, network in keys.items():
                for what, values in measure(browser, url, network, options.rounds).items():
                    target = FRAME if "hover" in what else ANSWER
                    table.add(f"{key}, {what}", values, target)
        table.add("512 maps of 14 × 14", paint(browser.new_page(), options.rounds), ANSWER)
    print_load()
    sys.exit(not table.met)


if __name__ == "__main__":
    main()
