"""Pictures and weights made to exhaust the server: their size is read before anything else."""

import io
import struct
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image, ImageOps

from cnnviz.data import photographs, uploads

HUGE = 65_000  # pixels on a side; 12 GB decoded


def chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png(width: int, height: int, rows: bytes = b"") -> bytes:
    """A PNG whose header claims a size."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def jpeg(width: int, height: int) -> bytes:
    """A JPEG whose header claims a size."""
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16)).save(buffer, "JPEG")
    content = buffer.getvalue()
    start = content.index(b"\xff\xc0") + 5
    return content[:start] + struct.pack(">HH", height, width) + content[start + 4 :]


@pytest.mark.parametrize("read", [uploads.read_ink, photographs.read_photograph])
@pytest.mark.parametrize("content", [png(HUGE, HUGE), jpeg(HUGE, HUGE), png(2**31 - 1, 1)])
def test_a_header_that_claims_a_huge_size_is_refused_at_once(
    read: "type[object]", content: bytes
) -> None:
    began = time.process_time()
    with pytest.raises(ValueError, match=r"megapixels|damaged"):
        read(content)
    assert time.process_time() - began < 0.5


def test_one_picture_is_decoded_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now, most, guard = 0, 0, threading.Lock()
    transpose = ImageOps.exif_transpose

    def slow(picture: Image.Image) -> Image.Image:
        nonlocal now, most
        with guard:
            now += 1
            most = max(most, now)
        time.sleep(0.02)
        with guard:
            now -= 1
        return transpose(picture)

    monkeypatch.setattr(ImageOps, "exif_transpose", slow)
    buffer = io.BytesIO()
    Image.effect_noise((64, 64), 100).convert("RGB").save(buffer, "PNG")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(photographs.read_photograph, [buffer.getvalue()] * 8))
    assert most == 1
