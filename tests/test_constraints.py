"""`constraints.txt` pins what the requirements ask for, on every system."""

from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}


def requirements(file: str) -> list[Requirement]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    stated = (line.split("#")[0].strip() for line in lines)
    return [Requirement(line) for line in stated if line and not line.startswith("-r ")]


REQUIRED = [r for path in sorted(ROOT.glob("requirements*.txt")) for r in requirements(path.name)]


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_each_requirement_has_one_pin_that_satisfies_it(python: str, system: str) -> None:
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
        "platform_system": SYSTEMS[system],
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
    }
    pins: dict[str, list[str]] = {}
    for pin in requirements("constraints.txt"):
        if pin.marker is None or pin.marker.evaluate(environment):
            version = str(pin.specifier).removeprefix("==")
            pins.setdefault(canonicalize_name(pin.name), []).append(version)
    assert REQUIRED
    for required in REQUIRED:
        (version,) = pins[canonicalize_name(required.name)]
        assert required.specifier.contains(version), required
    assert bool({name for name in pins if name.startswith("nvidia-")}) == (system == "linux")


def test_the_pins_name_no_place_to_fetch_them_from() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert not [word for word in ("://", "--index", "--find-links", " @ ") if word in text]
