"""How fast the Time machine responds: scrubbing, and opening a run.

    python -m benchmarks.time_machine [--networks lenet5 mnist_cnn resnet20 vit] [--rounds 40]

Each architecture is trained for one pass on the embedded digits. Then, on a server of its own and
in a real browser: "scrub" is the time in milliseconds, on the page's own clock, from the slider's
event until every panel is painted and laid out, to be shown in the next frame, with all snapshots
loaded (the map of digits is excluded; it moves for another half second). "first" is the time from
opening the page to the newest snapshot, "all" to all snapshots; both begin on a server that has
loaded PyTorch but not the run. Other load on the machine affects these numbers; it is printed below
them.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import numpy as np
from playwright.sync_api import Browser

from benchmarks.served import ROOT, chromium, dashboard
from benchmarks.targets import FRAME, print_load
from cnnviz.training.runs import networks

SCRUB = """(slider, rounds) => {
  const root = slider.closest(".time");
  const most = Number(slider.max);
  return Array.from({ length: rounds + 3 }, (_, i) => {
    const place = (i * 7) % (most + 1);
    const start = performance.now();
    slider.value = place;
    slider.dispatchEvent(new Event("input"));
    for (const canvas of root.querySelectorAll(".panel canvas"))
      canvas.getContext("2d").getImageData(0, 0, 1, 1);  // until it is painted
    root.getBoundingClientRect();  // and laid out
    return performance.now() - start;
  }).slice(3);
}"""


def train(architecture: str, runs: Path) -> str:
    """Return the id of a run that has made one pass over the embedded digits."""
    options = ["--model", architecture, "--preset", "quick", "--source", "embedded"]
    with mock.patch.dict("os.environ", {"CNNVIZ_RUNS_DIR": str(runs)}):
        subprocess.run(
            [sys.executable, "-m", "cnnviz", "train", *options],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        return networks.networks_with_snapshots()[0].key


def measure(browser: Browser, url: str, run: str, rounds: int) -> tuple[list[float], float, float]:
    """Return the ms of each scrub, and the seconds to the newest and to all snapshots."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{url}/embedding")  # until PyTorch is there
    page.locator(".embedding").wait_for(timeout=120_000)
    page.get_by_test_id("stProgress").wait_for(state="detached", timeout=120_000)
    begun = time.perf_counter()
    page.goto(f"{url}/time?run={run}")
    page.locator(".time").wait_for(timeout=120_000)
    first = time.perf_counter() - begun
    page.get_by_test_id("stProgress").wait_for(state="detached", timeout=300_000)
    every = time.perf_counter() - begun
    page.wait_for_timeout(1500)
    scrubs = page.get_by_role("slider", name="Snapshot").evaluate(SCRUB, rounds)
    page.context.close()
    return scrubs, first, every


def main() -> None:
    """Measure and print; the exit status tells whether scrubs take at most one frame."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", nargs="+", default=["lenet5", "mnist_cnn", "resnet20", "vit"])
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    met = True
    print(f"{'':14}{'scrub p50':>11}{'p95, ms':>9}{'first, s':>10}{'all, s':>8}")
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        keys = {name: train(name, Path(folder)) for name in options.networks}
        with dashboard(runs=Path(folder)) as url:
            for name, run in keys.items():
                scrubs, first, every = measure(browser, url, run, options.rounds)
                p50, p95 = np.percentile(scrubs, [50, 95])
                met &= bool(p95 <= FRAME)
                print(f"{name:14}{p50:11.1f}{p95:9.1f}{first:10.1f}{every:8.1f}", flush=True)
    print_load()
    sys.exit(not met)


if __name__ == "__main__":
    main()
