"""How fast the Embedding page opens and responds.

    python -m benchmarks.embedding [--networks mnist_cnn resnet20 vit] [--visitors 4] [--rounds 40]

On a server of its own and in a real browser. Seconds from opening the page, the network new to the
server: "first" until a map is on the screen, "PCA" until those of all layers are; "t-SNE" from
choosing it to the map of the current layer, "all" to those of all layers. Milliseconds of the
page's own clock, 95th percentile: "hover" from the pointer event until the digit is shown, "step"
from the slider's event until the next layer is drawn. Finally, several visitors open different
networks at the same time: seconds until the last of them sees a map. Other load on the machine
affects these numbers; it is printed below them.
"""

import argparse
import sys
import time

import numpy as np
from playwright.sync_api import Browser, Page, expect

from benchmarks.served import chromium, dashboard
from benchmarks.targets import FRAME, print_load
from cnnviz.training.runs import networks

READY = ".embedding .map canvas:not(.waiting)"
HOVER = """(canvas, rounds) => {
  const box = canvas.getBoundingClientRect();
  const reader = canvas.getRootNode().querySelector(".reader");
  return Array.from({ length: rounds }, (_, i) => {
    const start = performance.now();
    canvas.dispatchEvent(new PointerEvent("pointermove", {
      clientX: box.left + (0.2 + 0.6 * ((i * 0.618) % 1)) * box.width,
      clientY: box.top + (0.2 + 0.6 * ((i * 0.382) % 1)) * box.height, pointerType: "mouse" }));
    canvas.getContext("2d").getImageData(0, 0, 1, 1);
    reader.getBoundingClientRect();
    return performance.now() - start;
  });
}"""
STEP = """(slider, rounds) => Array.from({ length: rounds }, (_, i) => {
  const root = slider.closest(".embedding");
  const start = performance.now();
  slider.value = i % (Number(slider.max) + 1);
  slider.dispatchEvent(new Event("input"));
  for (const canvas of root.querySelectorAll(".map canvas"))
    canvas.getContext("2d").getImageData(0, 0, 1, 1);
  root.getBoundingClientRect();
  return performance.now() - start;
})"""
ROW = "{:14}{:>8.1f}{:>8.1f}{:>8.1f}{:>8.1f}{:>11.1f}{:>10.1f}"


def new_page(browser: Browser) -> Page:
    """Return the page of a new visitor."""
    return browser.new_context(viewport={"width": 1280, "height": 900}).new_page()


def measure(browser: Browser, url: str, network: str, rounds: int) -> list[float]:
    """Return the four waits in seconds and the two percentiles in milliseconds."""
    page = new_page(browser)
    progress = page.get_by_test_id("stProgress")
    begun = time.perf_counter()
    page.goto(f"{url}/embedding?network={network}")
    page.locator(READY).wait_for(timeout=300_000)
    seconds = [time.perf_counter() - begun]
    progress.wait_for(state="detached", timeout=300_000)
    seconds.append(time.perf_counter() - begun)
    page.wait_for_timeout(1000)
    hovers = page.locator(READY).evaluate(HOVER, rounds)
    begun = time.perf_counter()
    page.get_by_role("radio", name="t-SNE").click()
    expect(page.locator(".map .facts")).to_contain_text("carry no meaning", timeout=300_000)
    seconds.append(time.perf_counter() - begun)
    progress.wait_for(state="detached", timeout=300_000)
    seconds.append(time.perf_counter() - begun)
    page.wait_for_timeout(1000)
    steps = page.get_by_role("slider", name="Layer").evaluate(STEP, rounds)
    page.context.close()
    return [*seconds, *(float(np.percentile(values, 95)) for values in (hovers, steps))]


def crowd(browser: Browser, url: str, keys: list[str]) -> float:
    """Return the seconds until several visitors, each with another network, see a map."""
    pages = [new_page(browser) for _ in keys]
    begun = time.perf_counter()
    for page, key in zip(pages, keys, strict=True):
        page.goto(f"{url}/embedding?network={key}", wait_until="commit")
    for page in pages:
        page.locator(READY).wait_for(timeout=600_000)
    return time.perf_counter() - begun


def main() -> None:
    """Measure and print; the exit status tells whether hovers and steps take at most one frame."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", nargs="+", default=["mnist_cnn", "resnet20", "vit"])
    parser.add_argument("--visitors", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    met = True
    print(
        f"{'':14}{'first':>8}{'PCA':>8}{'t-SNE':>8}{'all, s':>8}{'hover p95':>11}{'step, ms':>10}"
    )
    with chromium() as browser:
        with dashboard() as url:
            page = new_page(browser)
            page.goto(f"{url}/inside")  # loads PyTorch
            page.locator(".stage").first.wait_for(timeout=120_000)
            page.context.close()
            for name in options.networks:
                waits = measure(browser, url, f"shipped-{name}", options.rounds)
                met &= max(waits[-2:]) <= FRAME
                print(ROW.format(name, *waits), flush=True)
        with dashboard() as url:
            shipped = [n.key for n in networks.shipped() if n.task == "classify"]
            chosen = shipped[: options.visitors]
            print(f"{len(chosen)} visitors, each a map: {crowd(browser, url, chosen):.1f} s")
    print_load()
    sys.exit(not met)


if __name__ == "__main__":
    main()
