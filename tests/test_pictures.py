"""The parts of `scripts/pictures` that need no browser."""

import importlib.machinery
import importlib.util
import io
import re
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from cnnviz.ui.shell.navigation import ENTRIES

SCRIPT = Path(__file__).parents[1] / "scripts" / "pictures"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("pictures", str(SCRIPT))
    spec = importlib.util.spec_from_loader("pictures", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


class Pictures(HTMLParser):
    """The dark and light sources and the texts of the pictures in a document."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.dark: list[str | None] = []
        self.light: list[str | None] = []
        self.texts: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "source" and values["media"] == "(prefers-color-scheme: dark)":
            self.dark.append(values["srcset"])
        if tag == "img":
            self.light.append(values["src"])
            self.texts.append(values["alt"])


@pytest.mark.parametrize("count", [1, 2, 3, len(ENTRIES)])
def test_the_gallery_shows_each_page_once_light_and_dark(script: ModuleType, count: int) -> None:
    table = script.gallery(ENTRIES[:count])
    pictures = Pictures(table)
    keys = [entry.key for entry in ENTRIES[:count]]
    assert pictures.light == [f"docs/pictures/{key}-light.webp" for key in keys]
    assert pictures.dark == [f"docs/pictures/{key}-dark.webp" for key in keys]
    assert pictures.texts == [f"The page {entry.title}" for entry in ENTRIES[:count]]
    rows = table.splitlines()
    assert len(rows) == 2 + (count + 1) // 2
    assert {len(re.findall(r"\|", row)) for row in rows} == {3}  # two columns in each


def test_a_picture_is_small_and_keeps_its_colors(script: ModuleType) -> None:
    screen = Image.new("RGB", (1280, 960), (255, 0, 0))
    screen.paste((0, 0, 255), (640, 0, 1280, 960))
    png = io.BytesIO()
    screen.save(png, "PNG")
    content = script.compressed(png.getvalue())
    picture = Image.open(io.BytesIO(content))
    assert (picture.format, picture.size) == ("WEBP", (800, 600))
    assert len(content) < 10_000
    for x, color in ((200, (255, 0, 0)), (600, (0, 0, 255))):
        assert picture.convert("RGB").getpixel((x, 300)) == pytest.approx(color, abs=6)


def test_an_unknown_page_is_refused_with_the_known_ones(
    script: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        script.main(["trian"])
    message = capsys.readouterr().err
    assert "got trian" in message
    assert all(entry.key in message for entry in ENTRIES)
