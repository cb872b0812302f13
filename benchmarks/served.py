"""A dashboard of its own and a real browser, for benchmarks, browser tests and pictures."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
CHECKOUT_COMMAND = (sys.executable, "-m", "streamlit", "run", "dashboard.py")
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
)
_CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_START_SECONDS = 60


@contextlib.contextmanager
def dashboard(*, runs: Path | None = None, full: bool = False) -> Iterator[str]:
    """Serve the dashboard of this checkout and yield its address.

    Args:
        runs: folder of runs; a temporary one by default.
        full: leave `CNNVIZ_DATA_DIR` as it is; by default the digits are the embedded ones.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"CNNVIZ_RUNS_DIR": str(runs or f"{folder}/runs")}
        if not full:
            environment["CNNVIZ_DATA_DIR"] = f"{folder}/data"
        with serve(CHECKOUT_COMMAND, environment, Path(folder, "server.log")) as url:
            yield url


def isolated_environment(folder: Path) -> dict[str, str]:
    """Return variables for a server with run and data folders of its own that can be waited for."""
    return os.environ | {
        "CNNVIZ_RUNS_DIR": str(folder / "runs"),
        "CNNVIZ_DATA_DIR": str(folder / "data"),
        "STREAMLIT_GLOBAL_E2E_TEST": "true",  # shows the script's state on the page
    }


@contextlib.contextmanager
def serve(
    command: Sequence[str], environment: Mapping[str, str], log: Path, *, cwd: Path = ROOT
) -> Iterator[str]:
    """Start a server as `serving` does, yield its address, and interrupt it."""
    with serving(command, environment, log, cwd=cwd) as (server, url):
        try:
            yield url
        finally:
            server.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()


@contextlib.contextmanager
def serving(
    command: Sequence[str], environment: Mapping[str, str], log: Path, *, cwd: Path = ROOT
) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """Start a server on a free port, and yield its process and address once it answers.

    The process is killed if it has not ended by the end of the block.

    Args:
        command: that starts it; the port is added.
        environment: of the process.
        log: file for what it prints.
        cwd: folder that it is started in.

    Raises:
        RuntimeError: if it ends or does not answer in time; the message is its log.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=cwd,
            env={
                **environment,
                "STREAMLIT_SERVER_FILE_WATCHER_TYPE": "none",
                "STREAMLIT_SERVER_HEADLESS": "true",
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as server,
    ):
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, server, log)
            yield server, url
        finally:
            server.kill()


def _wait_for(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _healthy(url):
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"no answer from {url}: {log.read_text(errors='replace')}")
        time.sleep(0.1)


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def chromium_path() -> str | None:
    """Return the program named by `CHROMIUM`, else the first Chromium on the path, if any."""
    return os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, _CHROMIUM_NAMES)), None
    )


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium without a window."""
    path = chromium_path()
    if path is None:
        raise RuntimeError("install Chromium, or name its path in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


def wait_until_idle(page: Page, seconds: float = 60) -> None:
    """Wait until no script of a page runs and nothing on it is out of date.

    The server needs `STREAMLIT_GLOBAL_E2E_TEST`, as `isolated_environment` sets it.
    """
    app = page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')
    app.wait_for(timeout=seconds * 1000)
    stale = page.locator('[data-stale="true"]')
    stale.first.wait_for(state="detached", timeout=seconds * 1000)
