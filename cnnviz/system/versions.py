"""Which packages a result was obtained with."""

import contextlib
import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("torch", "torchvision", "numpy", "safetensors")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide a training's outcome."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def installed(*names: str) -> dict[str, str]:
    """Return the versions of those packages that are there."""
    found = {}
    for name in names:
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
