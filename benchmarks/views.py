"""How quick the view of feature maps is under the hand, in a real browser.

    python -m benchmarks.views [--rounds 20] [--networks mnist_cnn resnet20 vit]

On a warm server, milliseconds on the page's own clock. Hover: from a pointer's event to the tip and
the marks being there and laid out, to be painted with the next frame. Digit and layer: from the
click or the key that asks for another one to the last map being painted, the server's forward pass
and the way there and back included; each digit and each layer is new to the server. 512 maps of
14 × 14: one message unpacked, colored and painted. What else the machine does is in these numbers:
its load is printed beside them.
"""

import argparse
import base64
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from playwright.sync_api import Browser, Page

from benchmarks.served import chromium, dashboard
from cnnviz.models.catalogue import architecture
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import checkpoint, networks, store
from cnnviz.training.runs.records import Status
from cnnviz.ui.components import component, maps_view, modules

FRAME, ANSWER = 1000 / 60, 300.0  # ms, 95th percentile: a hover, and what needs the server
MAPS = (512, 14, 14)

# When a pixel was last painted, and when something was last asked for
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
    """Return each architecture's network in the address; untrained where none ships."""
    shipped = {network.architecture_key: network.key for network in networks.shipped()}
    found = {}
    for key in keys:
        if key not in shipped:
            torch.manual_seed(0)
            with mock.patch.dict("os.environ", {"CNNVIZ_RUNS_DIR": str(folder)}):
                run = store.create_run(Settings(model=key), versions={})
                weights = architecture(key).build().state_dict()
                checkpoint.save_checkpoint(run.path / "weights.safetensors", weights, {})
                run.write_status(Status(state="finished"))
                shipped[key] = run.id
        found[key] = shipped[key]
    return found


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
    """Return how long each answer took to be painted, the first ones left out."""
    found = []
    for i in range(rounds + 2):
        ask(i)
        page.wait_for_function("window.painted > window.asked", timeout=60_000)
        settled(page)
        found.append(float(page.evaluate("window.painted - window.asked")))
    return found[2:]


def hovers(page: Page, rounds: int) -> list[float]:
    """Return how long the tip took on all maps of the page."""
    canvases = page.locator(".stage .frame canvas[tabindex]").all()
    return [ms for canvas in canvases[1:] for ms in canvas.evaluate(HOVER, rounds)]


def next_digit(page: Page) -> Callable[[int], None]:
    """Return what asks for another digit."""
    return lambda _: page.get_by_role("button", name="Another digit").click()


def next_layer(page: Page) -> Callable[[int], None]:
    """Return what asks for the layer one below in the list, at its end for the first."""

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
    """Return how long one message of many maps takes from unpacking to paint."""
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
    """Return the milliseconds of everything that is asked of one network's pages."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.add_init_script(WATCH)
    found = {}
    opened(page, f"{url}/inside?network={network}")
    found["inside: hover"] = hovers(page, rounds)
    found["inside: digit"] = waits(page, rounds, next_digit(page))
    opened(page, f"{url}/inside?network={network}&view=Every+layer")
    found["inside: layer"] = waits(page, rounds, next_layer(page))
    opened(page, f"{url}/field?network={network}")
    found["field: hover"] = hovers(page, rounds)
    found["field: digit"] = waits(page, rounds, next_digit(page))
    found["field: layer"] = waits(page, rounds, next_layer(page))
    opened(page, f"{url}/convolution?network={network}")
    found["worked: hover"] = hovers(page, rounds)
    page.context.close()
    return found


def main() -> None:
    """Measure and print; the exit status tells whether everything is quick enough."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--networks", nargs="+", default=["mnist_cnn", "resnet20", "vit"])
    options = parser.parse_args()
    kept = True
    print(f"{'ms':28}{'p50':>8}{'p95':>8}{'asked':>8}")

    def report(title: str, values: list[float], most: float) -> None:
        nonlocal kept
        half, high = np.percentile(values, [50, 95])
        kept &= bool(high <= most)
        print(f"{title:28}{half:8.1f}{high:8.1f}{most:8.0f}", flush=True)

    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        keys = prepare(options.networks, Path(folder))
        with dashboard(runs=Path(folder)) as url:
            for key, network in keys.items():
                for what, values in measure(browser, url, network, options.rounds).items():
                    most = FRAME if "hover" in what else ANSWER
                    report(f"{key}, {what}", values, most)
        report("512 maps of 14 × 14", paint(browser.new_page(), options.rounds), ANSWER)
    print(f"load {os.getloadavg()[1]:.1f} over five minutes, on {os.cpu_count()} processors")
    sys.exit(not kept)


if __name__ == "__main__":
    main()
