"""Fill the disk of a running dashboard, and free it with the button on its page.

    python -m benchmarks.full_disk [--megabytes 250] [--pictures FOLDER]

Needs the right to mount a file system in memory (root). A training runs on it while the disk fills
up: it must end as failed, with a page that says so and a button that empties the trash. After the
click it must continue by another click, with every epoch once.
"""

import argparse
import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

from benchmarks import served
from benchmarks.server_kills import start, wait_for
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import store
from cnnviz.training.runs.failures import DISK_FULL
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run

_TRASHED = 80  # MB in the trash, more than a few checkpoints take


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a file system of a few MB on a folder, and unmount it at the end."""
    folder.mkdir()
    size = f"size={megabytes}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def trashed_run(old: Run) -> None:
    """Put a run of some MB into the trash."""
    old.write_status(Status(state="finished"))
    (old.path / "last.safetensors").write_bytes(os.urandom(_TRASHED * 10**6))
    old.delete()


def fill(folder: Path) -> None:
    """Write a file until the disk is full."""
    with contextlib.suppress(OSError), (folder / "filler").open("ab", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


def epochs(run: Run) -> list[int]:
    return [row["epoch"] for row in run.log.epochs()]


def survive(page: Page, url: str, runs: Path, pictures: Path | None) -> str:
    """Fill the disk under a training, free it on the page, and return what happened."""
    page.goto(f"{url}/train")
    served.wait_until_idle(page)
    start(page, "train")
    wait_for(lambda: any(map(epochs, store.runs())), "the first epoch")
    [run] = store.runs()
    fill(runs)
    wait_for(lambda: not run.status().live, "the end of the training")
    before, failed = epochs(run), run.status()
    page.get_by_text(re.compile("disk is full", re.IGNORECASE)).first.wait_for()
    if pictures:
        page.screenshot(path=pictures / "full_disk.png", full_page=True)
    page.get_by_role("button", name=re.compile("Empty trash")).first.click()
    page.get_by_role("button", name=re.compile("for ever")).first.click()
    wait_for(lambda: not list((runs / ".trash").iterdir()), "the emptying of the trash")
    page.get_by_role("button", name="Continue", exact=True).click()
    wait_for(lambda: run.status().epoch > failed.epoch + 1, "another epoch")
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_for(lambda: run.status().state == "stopped", "the stop")
    after = epochs(run)
    whole = after == list(range(1, len(after) + 1)) and after[: len(before)] == before
    return (
        f"{failed.state} after {len(before)} epochs: {failed.message!r}; continued to epoch "
        f"{len(after)}; {'every epoch once' if whole else f'epochs {after}'}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=250)
    parser.add_argument("--pictures", type=Path)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        small_disk(Path(folder, "runs"), options.megabytes) as runs,
        served.chromium() as browser,
    ):
        os.environ["CNNVIZ_RUNS_DIR"], os.environ["CNNVIZ_MIN_FREE_MB"] = str(runs), "1"
        trashed_run(store.create_run(Settings(source="embedded"), versions={}))
        environment = served.isolated_environment(Path(folder))
        log = Path(folder, "server.log")
        with served.serve(served.CHECKOUT_COMMAND, environment, log) as url:
            page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
            result = survive(page, url, runs, options.pictures)
        print(result)
        if result.count(DISK_FULL) != 1 or "every epoch once" not in result:
            raise SystemExit(1)
        if "Traceback" in log.read_text():
            raise SystemExit(f"the server's log has a traceback: {log.read_text()[-3000:]}")


if __name__ == "__main__":
    main()
