"""The wheel, installed into an environment of its own and used far from the checkout."""

import http.client
import os
import socket
import subprocess
import sys
import urllib.parse
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks import served

pytestmark = pytest.mark.browser

PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


@dataclass(frozen=True)
class Installation:
    """An environment with cnnviz in it, and a user's home with nothing in it."""

    folder: Path
    environment: dict[str, str]

    @property
    def home(self) -> Path:
        return Path(self.environment["HOME"])

    @property
    def runs(self) -> Path:
        """Where platformdirs documents a user's data on this system, without its help."""
        share = "Library/Application Support" if sys.platform == "darwin" else ".local/share"
        return self.home / share / "cnnviz" / "runs"

    def program(self, name: str) -> str:
        return str(self.folder / ("Scripts" if os.name == "nt" else "bin") / name)

    def run(self, name: str, *arguments: str) -> str:
        """Run one of its programs in the home folder and return what it prints."""
        return subprocess.run(
            [self.program(name), *arguments],
            cwd=self.home,
            env=self.environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The wheel of this checkout, in a fresh environment that borrows its dependencies."""
    folder = tmp_path_factory.mktemp("installed")
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([*PIP, *build, str(served.ROOT)], check=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=False)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("CNNVIZ_", "PYTHON"))}
    del environment["PATH"]
    made = Installation(folder / "venv", environment | {"HOME": str(folder / "home")})
    made.home.mkdir()
    install = ["--python", made.program("python"), "install", "--no-deps", "--no-index"]
    subprocess.run([*PIP, *install, str(wheel)], check=True)
    query = "import sysconfig; print(sysconfig.get_path('purelib'))"
    borrowed = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    packages = Path(made.run("python", "-c", query).strip())
    (packages / "borrowed.pth").write_text("\n".join(borrowed))
    return made


@pytest.fixture(scope="module")
def url(installation: Installation) -> Iterator[str]:
    """The dashboard that the bare command opens."""
    environment = installation.environment | {"STREAMLIT_GLOBAL_E2E_TEST": "true"}
    log = installation.folder / "server.log"
    command = [installation.program("cnnviz")]
    with served.serve(command, environment, log, cwd=installation.home) as address:
        yield address
    assert "Traceback" not in log.read_text(encoding="utf-8", errors="replace")


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(url)
    served.wait_until_idle(page)
    yield page
    context.close()
    assert not errors, errors
    assert len(requested) > 10
    assert [other for other in requested if not other.startswith((url, "blob:", "data:"))] == []


def test_python_finds_the_installed_copy_and_no_checkout(installation: Installation) -> None:
    code = "import cnnviz.system.paths as p; print(p.__file__, p.checkout(), p.CHECKPOINTS)"
    file, checkout, checkpoints = installation.run("python", "-c", code).split()
    assert Path(file).is_relative_to(installation.folder)
    assert checkout == "None"
    shipped = {path.name for path in Path(checkpoints).iterdir()}
    assert shipped == {path.name for path in (served.ROOT / "checkpoints").iterdir()}


def test_the_first_screen_shows_a_digit_in_a_shipped_network(page: Page) -> None:
    view = page.locator('.view[aria-busy="false"]')
    expect(view).to_be_visible(timeout=60_000)
    expect(view.locator(".bars li")).to_have_count(10)
    expect(page.get_by_test_id("stTopNavLink").first).to_contain_text("Overview")
    icon = page.locator('link[rel="icon"], link[rel="shortcut icon"]').last.get_attribute("href")
    assert icon
    picture = page.request.get(urllib.parse.urljoin(page.url, icon)).body()
    assert picture == (served.ROOT / "assets" / "icon.png").read_bytes()


def test_the_settings_of_the_checkout_hold(page: Page, url: str) -> None:
    colors = "e => getComputedStyle(e).getPropertyValue('--st-primary-color')"
    assert page.locator(".view").evaluate(colors).strip() == "#0072b2"
    port = urllib.parse.urlsplit(url).port
    with pytest.raises(OSError, match=r"refused|not reachable|assign"):
        socket.create_connection(("127.0.0.2", port), timeout=10)  # also this machine
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw==",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": "streamlit",
    }
    status = {}
    for host in ("localhost", "attacker.example"):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/_stcore/stream", headers={**upgrade, "Host": host})
        status[host] = connection.getresponse().status
        connection.close()
    assert status == {"localhost": 101, "attacker.example": 400}


def test_a_training_from_the_page_and_one_from_the_command_land_in_the_users_folder(
    installation: Installation, page: Page, url: str
) -> None:
    options = ("--model", "lenet5", "--preset", "quick", "--epochs", "1", "--device", "cpu")
    assert "of 1,000 test digits (embedded)" in installation.run("cnnviz", "train", *options)
    (first,) = (path.parent for path in installation.runs.glob("*/weights.safetensors"))
    page.goto(f"{url}/train")
    served.wait_until_idle(page)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator(".charts canvas").first).to_be_visible(timeout=60_000)
    stop = page.get_by_role("button", name="Stop", exact=True)
    expect(stop).to_be_enabled(timeout=60_000)  # its trainer has written where it is
    (second,) = {path.parent for path in installation.runs.glob("*/status.json")} - {first}
    stop.click()
    expect(page.locator(".stMarkdownBadge")).to_have_text("stopped", timeout=60_000)
    assert (second / "weights.safetensors").exists()
    assert [path.name for path in installation.home.iterdir() if path.name != ".local"] == []
