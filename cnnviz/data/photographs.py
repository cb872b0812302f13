"""Photographs: two that come with scikit-learn, and uploads."""

import hashlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from PIL import Image

from cnnviz.data import uploads
from cnnviz.data.mnist import Pixels

PHOTOGRAPH_MEGAPIXELS = 16  # at most, of an upload; phones take 12
PHOTOGRAPH_SIDE = 512  # pixels that the shorter side of an upload is reduced to
_MIN_SIDE = 32  # pixels
_MAX_RATIO = 4  # of the sides; longer strips are cut at both ends, which no network sees

_RESAMPLING = MappingProxyType(
    {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
)


@dataclass(frozen=True, eq=False)
class Photograph:
    """A photograph.

    Attributes:
        pixels: uint8, (H, W, 3), red, green and blue.
        title: title to show.
        credit: photographer and license; "" for an upload.
    """

    pixels: Pixels
    title: str
    credit: str = ""

    @property
    def key(self) -> str:
        """Hash of size and pixels, as cache key."""
        size = "x".join(map(str, self.pixels.shape))
        return f"{size}-{hashlib.sha256(self.pixels.tobytes()).hexdigest()}"


@dataclass(frozen=True)
class Crop:
    """How a photograph is prepared for a network: resized, then cropped to its center.

    Attributes:
        shorter: shorter side after resizing, in pixels.
        side: of the square crop, in pixels.
        interpolation: "bilinear" or "bicubic", both with antialiasing.
    """

    shorter: int = 256
    side: int = 224
    interpolation: str = "bilinear"


@dataclass(frozen=True)
class _Packed:
    """A photograph in the package scikit-learn."""

    file: str
    title: str
    credit: str


_LICENSE = "CC BY 2.0, carried by scikit-learn"
_PACKED: Mapping[str, _Packed] = MappingProxyType(
    {
        "flower": _Packed("flower.jpg", "Flower", f"vultilion, {_LICENSE}"),
        "china": _Packed("china.jpg", "China", f"danielbuechele, {_LICENSE}"),
    }
)


def installed_photographs() -> tuple[str, ...]:
    """Return the keys of the photographs on this machine."""
    return tuple(key for key in _PACKED if _path(key).is_file())


def photograph(key: str) -> Photograph:
    """Return an installed photograph.

    Raises:
        ValueError: if the key is unknown or not installed, naming those that are.
    """
    if key not in installed_photographs():
        choices = ", ".join(installed_photographs())
        allowed = f"one of {choices}" if choices else "an upload"
        raise ValueError(f"photograph must be {allowed}, got {key!r}")
    packed = _PACKED[key]
    with Image.open(_path(key)) as picture:
        return Photograph(np.asarray(picture.convert("RGB")), packed.title, packed.credit)


def read_photograph(content: bytes, title: str = "Your photograph") -> Photograph:
    """Return an uploaded PNG or JPEG, upright and reduced, transparent pixels in white.

    Args:
        content: bytes of the file.
        title: title to show.

    Raises:
        ValueError: if the file is too large, too small, damaged, or no PNG or JPEG; the message
            says what to do.
    """
    with uploads.DECODING:
        picture = uploads.decode_image(
            content, megapixels=PHOTOGRAPH_MEGAPIXELS, side=PHOTOGRAPH_SIDE
        )
        if min(picture.size) < _MIN_SIDE:
            raise ValueError(
                f"The picture must be at least {_MIN_SIDE} pixels on each side, got "
                f"{picture.width} × {picture.height}: upload a larger one."
            )
        return Photograph(np.asarray(_reduced(_without_ends(_colors(picture)))), title)


def resize_and_crop(pixels: Pixels, crop: Crop) -> Pixels:
    """Return the center crop of a resized photograph, uint8, (side, side, 3).

    Args:
        pixels: uint8, (H, W, 3).
        crop: sizes and interpolation.
    """
    picture = Image.fromarray(pixels)
    width, height = (crop.shorter * length // min(picture.size) for length in picture.size)
    picture = picture.resize((width, height), _RESAMPLING[crop.interpolation])
    left, top = round((width - crop.side) / 2), round((height - crop.side) / 2)
    return np.asarray(picture.crop((left, top, left + crop.side, top + crop.side)))


def _path(key: str) -> Path:
    """Return the path of a photograph without importing scikit-learn, which takes a second."""
    spec = importlib.util.find_spec("sklearn")
    folder = Path(spec.origin).parent if spec and spec.origin else Path("scikit-learn is missing")
    return folder / "datasets" / "images" / _PACKED[key].file


def _colors(picture: Image.Image) -> Image.Image:
    """Return a picture of mode "RGB"."""
    if picture.mode.startswith("I"):  # 16 bits a pixel
        gray = (np.asarray(picture).astype(np.float32) / 257).astype(np.uint8)
        return Image.fromarray(gray).convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    with_alpha = picture.convert("RGBA")
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(with_alpha, mask=with_alpha.getchannel("A"))
    return paper


def _without_ends(picture: Image.Image) -> Image.Image:
    longest = _MAX_RATIO * min(picture.size)
    width, height = (min(length, longest) for length in picture.size)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def _reduced(picture: Image.Image) -> Image.Image:
    scale = PHOTOGRAPH_SIDE / min(picture.size)
    if scale >= 1:
        return picture
    size = (round(picture.width * scale), round(picture.height * scale))
    return picture.resize(size, Image.Resampling.BICUBIC)
