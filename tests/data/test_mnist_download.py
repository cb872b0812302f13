"""Downloading MNIST from a mirror of the test's own: it arrives whole, or leaves nothing."""

import gzip
import hashlib
import http.server
import socket
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from torchvision.datasets import MNIST

from cnnviz.data import mnist, mnist_download
from cnnviz.data.mnist import DataError, load_digits
from cnnviz.data.mnist_download import download_mnist
from cnnviz.system import paths
from tests.data.mnist_files import SHAPES, idx, lay


@pytest.fixture
def mirror(tiny: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """A mirror of the tiny MNIST; it hangs up when asked for what the returned table lacks."""
    served = {f"{name}.gz": gzip.compress(content) for name, content in tiny.items()}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = served.get(self.path.removeprefix("/"))
            if content is None:
                return
            if content == b"junk":
                self.wfile.write(b"This is no HTTP.\n")
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            del arguments

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    sums = [(n, hashlib.md5(c).hexdigest()) for n, c in served.items()]  # torchvision's own check
    monkeypatch.setattr(MNIST, "resources", sums)
    monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{server.server_port}/"])
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_download_ends_with_the_full_mnist_and_nothing_else(mirror: dict[str, bytes]) -> None:
    del mirror
    shares = list(download_mnist())
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert load_digits().source == "full"
    assert [path.name for path in paths.data_dir().iterdir()] == ["MNIST"]
    assert {path.name for path in mnist.raw_dir().iterdir()} == set(SHAPES)


def test_a_download_mends_damaged_files(tiny: dict[str, bytes], mirror: dict[str, bytes]) -> None:
    del mirror
    folder = lay(tiny)
    (folder / "t10k-labels-idx1-ubyte").write_bytes(b"half")
    list(download_mnist())
    assert load_digits().source == "full"


def assert_nothing_is_left_behind() -> None:
    assert not paths.data_dir().exists()
    assert load_digits().source == "embedded"


def test_a_download_offline_is_one_sentence_and_leaves_nothing(
    mirror: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    del mirror
    monkeypatch.setattr(MNIST, "mirrors", ["http://127.0.0.1:9/"])  # nothing listens there
    with pytest.raises(DataError, match=r"could not be downloaded\. Check the network connection"):
        list(download_mnist())
    assert_nothing_is_left_behind()


def test_a_server_that_says_nothing_is_given_up_on(
    mirror: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    del mirror
    monkeypatch.setattr(mnist_download, "_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the call and never answers
        monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{silent.getsockname()[1]}/"])
        with pytest.raises(DataError, match="could not be downloaded"):
            list(download_mnist())
    assert_nothing_is_left_behind()
    assert socket.getdefaulttimeout() is None


@pytest.mark.parametrize("name", SHAPES)
def test_a_download_that_breaks_off_in_between_leaves_nothing(
    name: str, mirror: dict[str, bytes]
) -> None:
    del mirror[f"{name}.gz"]
    with pytest.raises(DataError, match="could not be downloaded"):
        list(download_mnist())
    assert_nothing_is_left_behind()


@pytest.mark.parametrize("answer", [b"<html>Please accept our terms</html>", b"junk"])
def test_another_answer_than_the_digits_leaves_nothing(
    answer: bytes, mirror: dict[str, bytes]
) -> None:
    mirror["t10k-images-idx3-ubyte.gz"] = answer
    with pytest.raises(DataError, match="could not be downloaded"):
        list(download_mnist())
    assert_nothing_is_left_behind()


def test_a_mirror_of_other_digits_leaves_nothing(
    mirror: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "t10k-labels-idx1-ubyte.gz"
    mirror[name] = gzip.compress(idx(np.zeros(3, np.uint8)))
    sums = [(n, hashlib.md5(content).hexdigest()) for n, content in mirror.items()]
    monkeypatch.setattr(MNIST, "resources", sums)
    with pytest.raises(DataError, match="t10k-labels-idx1-ubyte is damaged"):
        list(download_mnist())
    assert_nothing_is_left_behind()


def test_a_download_given_up_leaves_nothing(mirror: dict[str, bytes]) -> None:
    del mirror
    download = download_mnist()
    next(download)
    download.close()
    assert_nothing_is_left_behind()


def test_a_second_download_at_the_same_time_is_refused(mirror: dict[str, bytes]) -> None:
    del mirror
    first = download_mnist()
    next(first)
    with pytest.raises(DataError, match="is being downloaded already"):
        next(download_mnist())
    assert list(first)[-1] == 1
    assert load_digits().source == "full"


def test_what_a_killed_download_has_left_is_removed(mirror: dict[str, bytes]) -> None:
    del mirror
    left = paths.data_dir() / "download-killed" / "train-images-idx3-ubyte.gz"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    list(download_mnist())
    assert [path.name for path in paths.data_dir().iterdir()] == ["MNIST"]


def test_a_download_leaves_the_timeout_of_other_connections_alone(
    mirror: dict[str, bytes],
) -> None:
    del mirror
    download = download_mnist()
    next(download)
    assert socket.getdefaulttimeout() is None
    list(download)


def test_an_archive_that_unpacks_to_more_than_mnist_leaves_nothing(
    mirror: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist_download, "_MAX_BYTES", 10_000)
    name = "t10k-labels-idx1-ubyte.gz"
    mirror[name] = gzip.compress(bytes(1_000_000))
    assert len(mirror[name]) < 10_000
    sums = [(n, hashlib.md5(content).hexdigest()) for n, content in mirror.items()]
    monkeypatch.setattr(MNIST, "resources", [s for s in sums if s[0] == name])
    with pytest.raises(DataError, match="could not be downloaded"):
        list(download_mnist())
    assert_nothing_is_left_behind()
