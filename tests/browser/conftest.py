"""One server for the whole session; each test gets a tab of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from benchmarks import served
from cnnviz.ui.shell import navigation


@dataclass(frozen=True)
class Server:
    """The dashboard on a free port, with empty run and data folders of its own."""

    url: str
    log: Path
    runs: Path

    def tracebacks(self, start: int = 0) -> str:
        """Return what the log holds from `start` on if there is a traceback in it, else ""."""
        text = self.log.read_text(encoding="utf-8", errors="replace")[start:]
        return text if "Traceback" in text else ""


@dataclass(frozen=True)
class App:
    """A tab with the dashboard in it."""

    page: Page
    url: str

    def open(self, path: str = "/") -> "App":
        """Open a page by its address and wait until it is drawn."""
        self.page.goto(self.url + path)
        return self.idle()

    def idle(self, seconds: float = 60) -> "App":
        """Wait until no script runs and nothing on the page is out of date."""
        served.wait_until_idle(self.page, seconds)
        return self

    def listen(self) -> list[object]:
        """Return the list that each message to the server joins; before any page is opened."""
        sent: list[object] = []
        self.page.on("websocket", lambda s: s.on("framesent", lambda frame: sent.append(frame)))
        return sent

    def menu(self, title: str) -> "App":
        """Go to a page by the menu."""
        bar = self.page.get_by_test_id("stTopNavLink").filter(has_text=title)
        inside = self.page.get_by_test_id("stTopNavDropdownLink").filter(has_text=title)
        if not bar.count():
            section = next(e.section for e in navigation.ENTRIES if e.title == title)
            self.page.get_by_test_id("stTopNavSection").filter(has_text=section).click()
        bar.or_(inside).first.click()
        return self.idle()


@pytest.fixture(scope="session")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    del browser  # without one there is nothing to serve
    folder = tmp_path_factory.mktemp("server")
    log = folder / "server.log"
    environment = served.isolated_environment(folder)
    with served.serve(served.CHECKOUT_COMMAND, environment, log) as url:
        shared = Server(url, log, folder / "runs")
        yield shared
    assert not shared.tracebacks()


@pytest.fixture
def app(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[App]:
    """A new tab; the test fails on a script error in it or a traceback in the server's log.

    `@pytest.mark.parametrize("app", [{"has_touch": True}], indirect=True)` sets options of
    Playwright's `new_context`.
    """
    options = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
    options |= getattr(request, "param", {})
    start = len(server.log.read_text(encoding="utf-8", errors="replace"))
    context = browser.new_context(**options)
    context.set_default_timeout(20_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield App(page, server.url)
    context.close()
    assert not errors, errors
    assert not server.tracebacks(start)
