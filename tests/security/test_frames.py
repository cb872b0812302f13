"""Pages of other sites that show the dashboard in a frame, where a click could be stolen."""

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.security.conftest import Attacked

pytestmark = pytest.mark.browser


@pytest.fixture
def site(tmp_path: Path, attacked: Attacked) -> Iterator[str]:
    """Address of another site with the dashboard in a frame."""
    (tmp_path / "index.html").write_text(f'<iframe src="{attacked.url}/glossary"></iframe>')
    handler = functools.partial(SimpleHTTPRequestHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_browser_shows_no_page_in_a_frame_of_another_site(browser: Browser, site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(site)
    (frame,) = page.frames[1:]
    assert frame.locator("body *").count() == 0 or frame.url.startswith("chrome-error:")
    assert any("frame-ancestors" in text for text in complaints), complaints
    context.close()
