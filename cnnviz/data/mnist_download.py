"""Download of the full MNIST."""

import socket
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path

from cnnviz.data import mnist
from cnnviz.system.paths import data_dir

_TIMEOUT = 30.0  # seconds without a byte after which a download fails
_BYTES = 66_544_770  # of the four archives and the files in them


def download_mnist() -> Iterator[float]:
    """Download the full MNIST with torchvision into `data_dir()`, completely or not at all.

    Yields:
        Fraction of the bytes that has arrived, 0 to 1, about ten times a second.

    Raises:
        DataError: if a file cannot be downloaded or arrives damaged.
    """
    from torchvision.datasets import MNIST

    data_dir().mkdir(parents=True, exist_ok=True)
    try:
        with (
            tempfile.TemporaryDirectory(dir=data_dir(), prefix="download-") as folder,
            ThreadPoolExecutor(1) as pool,
            _socket_timeout(),
        ):
            job = pool.submit(MNIST, folder, download=True)
            while not job.done():
                yield min(_bytes_below(Path(folder)) / _BYTES, 1.0)
                time.sleep(0.1)
            _install(Path(folder) / "MNIST" / "raw", job)
    finally:
        with suppress(OSError):  # not empty: something has arrived, now or before
            data_dir().rmdir()
    yield 1.0


@contextmanager
def _socket_timeout() -> Iterator[None]:
    """Limit how long connections may be silent; torchvision sets no limit."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _install(fetched: Path, job: "Future[object]") -> None:
    """Move the downloaded files into `raw_dir()` once each has been checked."""
    try:
        job.result()
    except (OSError, HTTPException, RuntimeError) as error:  # offline, refused, no MNIST
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
