"""What the README says runs, runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_the_program_prints_what_its_comments_say() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    expected = re.findall(r"print\(.*\)  # (.*)", program)
    command = [sys.executable, "-W", "ignore", "-c", program]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.splitlines() == expected


def test_every_page_is_in_the_table() -> None:
    from cnnviz.ui.shell.navigation import EVERY_ENTRY

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [entry.title for entry in EVERY_ENTRY if f"| {entry.title} |" not in readme] == []
    assert sorted(path.stem for path in (ROOT / "pages").glob("*.py")) == sorted(
        entry.key for entry in EVERY_ENTRY
    )


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_every_path_that_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    folders = r"\.ci|cnnviz|pages|tests|benchmarks|scripts|checkpoints"
    paths = [
        *re.findall(rf"`((?:{folders})/[^`*]*)`", text),
        *re.findall(r"`([\w-]+\.(?:py|txt|toml|json|md))`", text),
        *re.findall(r"^([\w.]+/(?:[\w/]+/)?|dashboard\.py) {2,}", text, re.MULTILINE),
        *re.findall(r"\]\(([^):#]+)\)", text),
        *re.findall(r'(?:src|srcset)="([^"]+)"', text),
    ]
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_page_has_a_picture_light_and_dark_and_all_load_quickly() -> None:
    from cnnviz.ui.shell.navigation import EVERY_ENTRY

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r'(?:src|srcset)="(docs/pictures/[^"]+)"', readme)
    assert sorted(Path(path).stem for path in shown) == sorted(
        f"{entry.key}-{theme}" for entry in EVERY_ENTRY for theme in ("light", "dark")
    )
    assert sum((ROOT / path).stat().st_size for path in shown) < 2_000_000
