"""Weights uploaded on Train in a real browser, whose uploader sends what it holds by itself."""

from collections.abc import Iterator

import pytest
import safetensors.torch
from playwright.sync_api import expect

from cnnviz.training.runs import store
from tests.browser.conftest import App, Server
from tests.on_disk import initial_weights

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def none_left(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave no run behind."""
    monkeypatch.setenv("CNNVIZ_RUNS_DIR", str(server.runs))
    yield
    for run in store.runs():
        run.delete()


def test_an_uploaded_file_becomes_one_run(app: App) -> None:
    page = app.open("/train").page
    page.get_by_text("Upload weights", exact=True).click()
    box = page.get_by_role("combobox", name="Architecture of the weights")
    expect(box).to_be_visible()
    page.wait_for_timeout(1_000)  # the section unfolds
    box.click()
    box.fill("LeNet-5")
    page.get_by_role("option", name="LeNet-5", exact=True).click()
    page.wait_for_timeout(500)
    app.idle()
    expect(box).to_have_value("LeNet-5")
    content = safetensors.torch.save(initial_weights("lenet5", 3))
    file = {"name": "mine.safetensors", "mimeType": "application/octet-stream", "buffer": content}
    page.locator("input[type=file]").set_input_files(files=[file])
    expect(page.locator(".stMarkdownBadge")).to_have_text("finished", timeout=60_000)
    app.idle()
    page.wait_for_timeout(2_000)  # in which the list of runs looks for new ones
    assert [run.title() for run in store.runs()] == ["LeNet-5 · mine.safetensors"]
    expect(page.locator("input[type=file]")).to_have_count(1)
