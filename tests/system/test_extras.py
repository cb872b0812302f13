"""The command that installs an extra, in a checkout and in an installed copy."""

import re
import tomllib
from pathlib import Path

import pytest

from cnnviz.system import extras

ROOT = Path(__file__).parents[2]
HOOK = ("tool", "hatch", "metadata", "hooks", "requirements_txt", "optional-dependencies")


def _extras() -> dict[str, list[str]]:
    """Return the files of each extra as the wheel declares them."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for name in HOOK:
        table = table[name]
    return table


@pytest.mark.parametrize("extra", ["photographs", "engines"])
def test_the_command_installs_the_files_that_the_extra_stands_for(
    extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_checkout = extras.install_command(extra)
    assert in_checkout == f"pip install -r requirements-{extra}.txt"
    assert _extras()[extra] == [in_checkout.split()[-1]]
    assert (ROOT / in_checkout.split()[-1]).is_file()
    monkeypatch.setattr(extras, "checkout", lambda: None)
    installed = extras.install_command(extra)
    assert installed == f'pip install "cnnviz[{extra}]"'
    (name,) = re.findall(r"\[(\w+)\]", installed)
    assert name in _extras()
