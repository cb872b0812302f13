"""Versions of Python and of packages, for the record of a result."""

import contextlib
import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("torch", "torchvision", "numpy", "safetensors")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that determine a training's result."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def installed(*names: str) -> dict[str, str]:
    """Return the versions of packages, by name, without those that are not installed."""
    present = {}
    for name in names:
        with contextlib.suppress(PackageNotFoundError):
            present[name] = version(name)
    return present
