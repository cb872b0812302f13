import contextlib
import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw

from cnnviz.data.ink import center
from cnnviz.data.mnist import load_digits
from cnnviz.data.uploads import read_ink

SEVEN = [(0.3, 0.3), (0.7, 0.3), (0.45, 0.75)]


def seven(
    size: tuple[int, int] = (600, 800), *, ink: float = 30, paper: float = 220, pen: int = 30
) -> Image.Image:
    picture = Image.new("L", size, int(paper))
    points = [(x * size[0], y * size[1]) for x, y in SEVEN]
    ImageDraw.Draw(picture).line(points, fill=int(ink), width=pen, joint="curve")
    return picture


def packed(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    """The cosine between two images."""
    a, b = first.astype(float).ravel(), second.astype(float).ravel()
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


PLAIN = center(255 - np.asarray(seven(ink=0, paper=255)))


def photographed(picture: Image.Image) -> Image.Image:
    """Put a shadow across the picture and noise on it."""
    pixels = np.asarray(picture, float)
    height, width = pixels.shape
    shadow = np.linspace(1, 0.35, width)[None] * np.linspace(1, 0.7, height)[:, None]
    noise = np.random.default_rng(0).normal(0, 5, pixels.shape)
    return Image.fromarray((pixels * shadow + noise).clip(0, 255).astype(np.uint8))


def transparent(ink: tuple[int, int, int]) -> Image.Image:
    mask = Image.eval(seven(ink=0, paper=255), lambda v: 255 - v)
    picture = Image.new("RGBA", mask.size, (*ink, 0))
    picture.putalpha(mask)
    return picture


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(packed(seven()), id="dark on light"),
        pytest.param(packed(seven(ink=230, paper=15)), id="light on dark"),
        pytest.param(packed(seven(), "JPEG"), id="JPEG"),
        pytest.param(packed(seven().convert("RGB").quantize(8)), id="palette"),
        pytest.param(packed(transparent((0, 0, 0))), id="black on nothing"),
        pytest.param(packed(transparent((255, 255, 255))), id="white on nothing"),
        pytest.param(
            packed(Image.fromarray(np.asarray(seven()).astype(np.uint16) * 257)), id="16 bits"
        ),
        pytest.param(packed(photographed(seven()), "JPEG", quality=70), id="photograph"),
    ],
)
def test_the_same_seven_is_found_however_it_was_made(content: bytes) -> None:
    assert overlap(center(read_ink(content)), PLAIN) > 0.97


def test_pencil_in_the_shadow_is_found() -> None:
    thin = photographed(seven(ink=150, pen=8))
    plain = center(255 - np.asarray(seven(ink=0, paper=255, pen=8)))
    assert overlap(center(read_ink(packed(thin, "JPEG"))), plain) > 0.9


def test_the_camera_is_held_upright_by_exif() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    lying = seven().rotate(90, expand=True)
    assert overlap(center(read_ink(packed(lying, "JPEG", exif=exif))), PLAIN) > 0.97


@pytest.mark.parametrize("turn", [lambda x: x, lambda x: 255 - x])
def test_mnist_digits_survive_the_way_through_a_picture(turn: Callable) -> None:
    digits = load_digits("embedded").test_images[::50, 0]
    found = [center(read_ink(packed(Image.fromarray(turn(digit))))) for digit in digits]
    overlaps = [overlap(*pair) for pair in zip(found, digits, strict=True)]
    assert np.mean(overlaps) > 0.95  # some move by one pixel
    assert np.median(overlaps) > 0.99


def test_dust_does_not_count_as_ink() -> None:
    dusty = seven()
    for spot in ((20, 30), (580, 700), (300, 780)):
        dusty.putpixel(spot, 30)
    assert overlap(center(read_ink(packed(dusty))), PLAIN) > 0.97


def flipped(picture: bytes) -> bytes:
    """A picture with one byte in its middle changed."""
    broken = bytearray(picture)
    broken[len(broken) // 2] ^= 0xFF
    return bytes(broken)


def bomb() -> bytes:
    """A PNG header that claims 20,000 pixels on each side, and nothing behind it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", b"")
    return b"\x89PNG\r\n\x1a\n" + content + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b"", "got another format", id="nothing"),
        pytest.param(b"a letter to the bank", "got another format", id="text"),
        pytest.param(packed(seven(), "GIF"), "got another format", id="another kind"),
        pytest.param(packed(seven())[:60], "got a damaged file", id="header of a PNG"),
        pytest.param(packed(seven())[:900], "got a damaged file", id="half a PNG"),
        pytest.param(flipped(packed(seven())), "got a damaged file", id="a flipped byte in a PNG"),
        pytest.param(packed(seven(), "JPEG")[:4000], "got a damaged file", id="half a JPEG"),
        pytest.param(packed(Image.new("L", (2100, 2000))), "4 megapixels", id="too many pixels"),
        pytest.param(bomb(), "4 megapixels", id="a bomb"),
        pytest.param(bytes(5 * 2**20 + 1), "5 MB", id="too many bytes"),
        pytest.param(packed(Image.new("L", (200, 200), 255)), "No digit stands out", id="blank"),
        pytest.param(packed(Image.new("L", (1, 1), 255)), "No digit stands out", id="one pixel"),
        pytest.param(
            packed(photographed(Image.new("L", (300, 300), 220))), "No digit", id="paper in shadow"
        ),
    ],
)
def test_a_bad_picture_is_refused_in_one_sentence_with_a_way_out(
    content: bytes, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence) as refusal:
        read_ink(content)
    text = str(refusal.value)
    assert text.endswith(".")
    assert any(way in text for way in ("save", "upload"))


def test_every_truncation_and_bit_flip_ends_in_ink_or_a_sentence() -> None:
    chance = np.random.default_rng(0)
    for kind in ("PNG", "JPEG"):
        whole = packed(seven((60, 80), pen=6), kind)
        for _ in range(150):
            broken = bytearray(whole[: chance.integers(1, len(whole) + 1)])
            broken[chance.integers(len(broken))] ^= 1 << chance.integers(8)
            with contextlib.suppress(ValueError):
                assert read_ink(bytes(broken)).ndim == 2
