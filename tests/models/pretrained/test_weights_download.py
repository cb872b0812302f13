"""Downloading weights from a server of the test's own: they arrive whole, or leave nothing."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from unittest.mock import Mock

import pytest

from cnnviz.models import pretrained
from cnnviz.models.pretrained import (
    PRETRAINED,
    Pretrained,
    WeightsError,
    download_weights,
    weights_path,
)

pytestmark = pytest.mark.usefixtures("own_cache")
SMALL = PRETRAINED["mobilenet_v3_small"]


@contextmanager
def answering(*, body: bytes, length: int | None = None, status: str = "200 OK") -> Iterator[str]:
    """A server that answers once: so many bytes are promised, and those of `body` come."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):  # a client that has seen enough hangs up
                connection.recv(65536)
                promised = len(body) if length is None else length
                head = f"HTTP/1.1 {status}\r\nContent-Length: {promised}\r\n\r\n"
                connection.sendall(head.encode() + body)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/weights.pth"
        thread.join()


def at(url: str, body: bytes) -> Pretrained:
    digest = hashlib.sha256(body).hexdigest()[:8]
    return replace(SMALL, weights=replace(SMALL.weights, url=url, sha256=digest))


def leftovers() -> list[str]:
    folder = pretrained.hub_dir()
    return [file.name for file in folder.iterdir()] if folder.exists() else []


BODY = bytes(range(256)) * 10_000  # 2.5 chunks


def test_a_download_tells_how_far_it_is_and_arrives() -> None:
    with answering(body=BODY) as url:
        row = at(url, BODY)
        shares = list(download_weights(row))
    assert shares == sorted(shares)
    assert len(shares) > 1
    assert shares[-1] == 1
    assert weights_path(row).read_bytes() == BODY
    assert leftovers() == [row.weights.file]


def test_offline_is_said_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(WeightsError, match="Check the network connection") as refusal:
        list(download_weights(at(f"http://127.0.0.1:{port}/weights.pth", BODY)))
    assert str(refusal.value).endswith(".")
    assert not leftovers()


def test_without_names_for_addresses_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = Mock(side_effect=socket.gaierror(-3, "Temporary failure in name resolution"))
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(WeightsError, match="could not be downloaded"):
        list(download_weights(SMALL))
    assert not leftovers()


def test_an_answer_that_is_cut_off_leaves_nothing_behind() -> None:
    with (
        answering(body=BODY[:1_500_000], length=len(BODY)) as url,
        pytest.raises(WeightsError, match=r"try again|Try again"),
    ):
        list(download_weights(at(url, BODY)))
    assert not leftovers()


def test_other_bytes_than_the_published_leave_nothing_behind() -> None:
    with (
        answering(body=BODY[::-1]) as url,
        pytest.raises(WeightsError, match=r"checksum is wrong\. Try again\."),
    ):
        list(download_weights(at(url, BODY)))
    assert not leftovers()


def test_a_page_that_is_not_found_is_said_in_a_sentence() -> None:
    with (
        answering(body=b"no", status="404 Not Found") as url,
        pytest.raises(WeightsError, match="could not be downloaded"),
    ):
        list(download_weights(at(url, BODY)))
    assert not leftovers()


def test_a_download_that_is_left_removes_what_it_had() -> None:
    with answering(body=BODY) as url:
        job = download_weights(at(url, BODY))
        next(job)
        assert len(leftovers()) == 1
        job.close()
    assert not leftovers()


def test_a_failed_download_keeps_the_file_from_before() -> None:
    with answering(body=b"other") as url:
        row = at(url, BODY)
        weights_path(row).parent.mkdir(parents=True)
        weights_path(row).write_bytes(BODY)
        with pytest.raises(WeightsError):
            list(download_weights(row))
    assert weights_path(row).read_bytes() == BODY


def test_a_download_of_the_same_file_at_the_same_time_is_refused() -> None:
    with answering(body=BODY) as url:
        row = at(url, BODY)
        first = download_weights(row)
        next(first)
        with pytest.raises(WeightsError, match=r"are being downloaded already\."):
            next(download_weights(row))
        assert len(leftovers()) == 1
        assert list(first)[-1] == 1
    assert weights_path(row).read_bytes() == BODY


def test_a_download_that_is_left_lets_the_next_one_begin() -> None:
    with answering(body=BODY) as url:
        left = download_weights(at(url, BODY))
        next(left)
        left.close()
    with answering(body=BODY) as url:
        assert list(download_weights(at(url, BODY)))[-1] == 1


def test_what_a_killed_download_has_left_is_removed() -> None:
    with answering(body=BODY) as url:
        row = at(url, BODY)
        weights_path(row).parent.mkdir(parents=True)
        weights_path(row).with_name(f"{row.weights.file}.0123456789ab.partial").write_bytes(BODY)
        list(download_weights(row))
    assert leftovers() == [row.weights.file]


def test_more_bytes_than_are_published_are_not_written() -> None:
    long = bytes(2**20) * 4
    with answering(body=long) as url:
        row = at(url, long)
        row = replace(row, weights=replace(row.weights, megabytes=1.0))
        with pytest.raises(WeightsError, match=r"must have at most 2,097,152 bytes, got more"):
            list(download_weights(row))
    assert not leftovers()


@pytest.mark.parametrize("key", [key for key, row in PRETRAINED.items() if row.weights.url])
def test_a_file_that_shares_the_beginning_of_the_checksum_is_refused(key: str) -> None:
    sha256 = PRETRAINED[key].weights.sha256
    digits = 8 if key == "vgg11" else 64  # of VGG-11 no more is published
    assert len(sha256) == digits
