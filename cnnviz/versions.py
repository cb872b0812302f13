"""Which packages a result was obtained with."""

import platform
from importlib.metadata import version

PACKAGES = ("torch", "torchvision", "numpy", "safetensors")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide a training's outcome."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}
