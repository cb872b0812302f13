import contextlib
import importlib.util
import io
from collections.abc import Callable

import numpy as np
import pytest
import torchvision
from PIL import Image

from cnnviz.data import photographs
from cnnviz.data.photographs import (
    Crop,
    installed_photographs,
    photograph,
    read_photograph,
    resize_and_crop,
)


def packed(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def slope(width: int, height: int) -> Image.Image:
    """Red grows to the right and green downwards."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    return Image.fromarray((np.stack([x, y, 0 * x], axis=2) * 255).astype(np.uint8))


@pytest.mark.parametrize("key", ["flower", "china"])
def test_two_photographs_lie_in_scikit_learn(key: str) -> None:
    assert key in installed_photographs()
    picture = photograph(key)
    assert picture.pixels.shape == (427, 640, 3)
    assert picture.pixels.dtype == np.uint8
    assert "CC BY 2.0" in picture.credit


def test_without_scikit_learn_there_are_uploads_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert installed_photographs() == ()
    with pytest.raises(ValueError, match="photograph must be an upload, got 'china'"):
        photograph("china")


@pytest.mark.parametrize("size", [(640, 427), (427, 640), (300, 299), (57, 91), (225, 900)])
@pytest.mark.parametrize("name", ["ResNet18_Weights", "EfficientNet_B0_Weights", "Swin_T_Weights"])
def test_a_network_sees_what_torchvisions_transforms_show_it(
    name: str, size: tuple[int, int]
) -> None:
    preset = torchvision.models.get_weight(f"{name}.IMAGENET1K_V1").transforms()
    wanted = Crop(preset.resize_size[0], preset.crop_size[0], preset.interpolation.value)
    noise = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    mean, std = (np.array(values) for values in (preset.mean, preset.std))
    expected = preset(Image.fromarray(noise)).numpy().transpose(1, 2, 0) * std + mean
    assert resize_and_crop(noise, wanted) == pytest.approx(np.rint(expected * 255), abs=0.01)


def test_an_upload_keeps_its_colors_and_its_middle() -> None:
    picture = read_photograph(packed(slope(300, 200)))
    assert picture.pixels.shape == (200, 300, 3)
    assert (picture.pixels == np.asarray(slope(300, 200))).all()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_large_upload_is_reduced_to_a_shorter_side_of_512(kind: str) -> None:
    picture = read_photograph(packed(slope(4000, 3000), kind)).pixels
    assert picture.shape == (512, 683, 3)
    middle = picture[256, 341].tolist()
    assert middle == pytest.approx([128, 128, 0], abs=3)


def test_a_telephones_photograph_is_not_unpacked_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    original = photographs._colors
    monkeypatch.setattr(
        photographs, "_colors", lambda picture: sizes.append(picture.size) or original(picture)
    )
    read_photograph(packed(slope(4000, 3000), "JPEG"))
    assert sizes == [(1000, 750)]  # a quarter; an eighth has less than 512 pixels


def test_a_photograph_is_held_upright_by_exif() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    lying = packed(slope(300, 200).rotate(90, expand=True), "JPEG", exif=exif)
    picture = read_photograph(lying).pixels
    assert picture.shape == (200, 300, 3)
    assert picture[100, 290, 0] > 230 > 25 > picture[100, 5, 0]


def test_what_is_transparent_becomes_white() -> None:
    clear = Image.new("RGBA", (40, 40), (200, 0, 0, 0))
    clear.paste((0, 0, 200, 255), (20, 0, 40, 40))
    picture = read_photograph(packed(clear)).pixels
    assert picture[20, 10].tolist() == [255, 255, 255]
    assert picture[20, 30].tolist() == [0, 0, 200]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_every_kind_of_picture_has_three_colors(mode: str) -> None:
    if mode == "I;16":
        gray = Image.fromarray(np.full((40, 50), 128 * 257, np.uint16))
    else:
        gray = Image.new("L", (50, 40), 128).convert(mode)
    picture = read_photograph(packed(gray, "JPEG" if mode == "CMYK" else "PNG")).pixels
    assert picture.shape == (40, 50, 3)
    if mode != "1":
        assert picture == pytest.approx(128, abs=2)


def test_a_strip_loses_its_ends_so_that_resizing_it_stays_cheap() -> None:
    assert read_photograph(packed(slope(9000, 40))).pixels.shape == (40, 160, 3)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b"", "got another format", id="nothing"),
        pytest.param(b"a letter to the bank", "got another format", id="text"),
        pytest.param(
            packed(slope(60, 60), "GIF"),
            "got another format",
            id="another kind",
        ),
        pytest.param(packed(slope(200, 200))[:300], "got a damaged file", id="half a PNG"),
        pytest.param(
            packed(slope(200, 200), "JPEG")[:1500], "got a damaged file", id="half a JPEG"
        ),
        pytest.param(packed(Image.new("L", (4001, 4000))), "16 megapixels", id="too many pixels"),
        pytest.param(bytes(5 * 2**20 + 1), "5 MB", id="too many bytes"),
        pytest.param(packed(slope(400, 20)), "on each side, got 400 × 20", id="too small"),
    ],
)
def test_rubbish_is_refused_in_one_sentence_with_a_way_out(content: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as refusal:
        read_photograph(content)
    assert "upload" in str(refusal.value)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_every_truncation_and_bit_flip_ends_in_a_photograph_or_a_sentence(kind: str) -> None:
    chance = np.random.default_rng(0)
    whole = packed(slope(80, 60), kind)
    for _ in range(150):
        broken = bytearray(whole[: chance.integers(1, len(whole) + 1)])
        broken[chance.integers(len(broken))] ^= 1 << chance.integers(8)
        with contextlib.suppress(ValueError):
            assert read_photograph(bytes(broken)).pixels.shape[2] == 3


def test_a_strip_upright_is_cropped_like_one_that_lies() -> None:
    turned: Callable[[np.ndarray], np.ndarray] = lambda x: x.transpose(1, 0, 2)  # noqa: E731
    pixels = np.asarray(slope(600, 200))
    assert (
        resize_and_crop(turned(pixels), Crop()) == turned(resize_and_crop(pixels, Crop()))
    ).mean() > 0.99
