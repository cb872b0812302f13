"""Download of the full MNIST."""

import gzip
import hashlib
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

from filelock import Timeout

from cnnviz.data import mnist
from cnnviz.system.locks import download_lock
from cnnviz.system.paths import data_dir

_TIMEOUT = 30.0  # seconds without a byte after which a download fails
_BYTES = 66_544_770  # of the four archives and the files in them
_MAX_BYTES = 60_000_000  # of one archive, and of the file in it; the largest has 47 million
_CHUNK = 2**16  # bytes
_TEMPORARY = "download-"  # beginning of the names of temporary folders


def download_mnist() -> Iterator[float]:
    """Download the full MNIST from torchvision's mirrors into `data_dir()`, completely or not.

    Yields:
        Fraction of the bytes that has arrived, 0 to 1, about ten times a second.

    Raises:
        DataError: if a file cannot be downloaded or arrives damaged, or somebody else is
            downloading.
    """
    data_dir().mkdir(parents=True, exist_ok=True)
    try:
        with download_lock(data_dir()):
            _remove_temporary_folders()
            yield from _download()
    except Timeout as error:
        raise mnist.DataError(
            "MNIST is being downloaded already: wait until it is there."
        ) from error
    finally:
        with suppress(OSError):  # not empty: something has arrived, now or before
            data_dir().rmdir()
    yield 1.0


def _download() -> Iterator[float]:
    """Download into a temporary folder, then install; the caller holds the lock."""
    with (
        tempfile.TemporaryDirectory(dir=data_dir(), prefix=_TEMPORARY) as folder,
        ThreadPoolExecutor(1) as pool,
    ):
        job = pool.submit(_fetch_all, Path(folder))
        while not job.done():
            yield min(_bytes_below(Path(folder)) / _BYTES, 1.0)
            time.sleep(0.1)
        _install(Path(folder), job)


def _remove_temporary_folders() -> None:
    """Remove what killed downloads have left; the caller holds the lock."""
    for path in data_dir().glob(f"{_TEMPORARY}*"):
        shutil.rmtree(path, ignore_errors=True)


def _fetch_all(folder: Path) -> None:
    """Write the four archives and the files in them.

    Raises:
        OSError, HTTPException: if no mirror has a file with the published checksum.
    """
    from torchvision.datasets import MNIST

    for name, md5 in MNIST.resources:
        problems: list[Exception] = []
        for mirror in MNIST.mirrors:
            try:
                _fetch(f"{mirror}{name}", md5, folder / name)
                break
            except (OSError, HTTPException, EOFError) as error:
                problems.append(error)
        else:
            raise problems[-1]


def _fetch(url: str, md5: str, archive: Path) -> None:
    """Write an archive with the published checksum, and the file in it."""
    digest = hashlib.md5(usedforsecurity=False)  # torchvision publishes no other one
    request = urllib.request.Request(url, headers={"User-Agent": "cnnviz"})
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as response, archive.open("wb") as file:
        for chunk in _chunks(response):
            file.write(chunk)
            digest.update(chunk)
    if digest.hexdigest() != md5:
        raise OSError(f"checksum of {archive.name} must be {md5}, got {digest.hexdigest()}")
    with gzip.open(archive) as content, archive.with_suffix("").open("wb") as file:
        for chunk in _chunks(content):
            file.write(chunk)


def _chunks(source: Any) -> Iterator[bytes]:
    """Yield what a file contains in pieces, at most `_MAX_BYTES` in all."""
    arrived = 0
    while chunk := source.read(_CHUNK):
        arrived += len(chunk)
        if arrived > _MAX_BYTES:
            raise OSError(f"a file of MNIST must have at most {_MAX_BYTES:,} bytes, got more")
        yield chunk


def _install(fetched: Path, job: "Future[None]") -> None:
    """Move the downloaded files into `raw_dir()` once each has been checked."""
    try:
        job.result()
    except (OSError, HTTPException, EOFError) as error:  # offline, refused, no MNIST
        raise mnist.DataError(
            "MNIST could not be downloaded. Check the network connection and try again; "
            "the embedded digits work without it."
        ) from error
    for name in mnist.FILES:
        mnist.read_idx(fetched / name)
    mnist.raw_dir().mkdir(parents=True, exist_ok=True)
    for name in mnist.FILES:
        (fetched / name).replace(mnist.raw_dir() / name)


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
