"""Photographs to look at: two that scikit-learn carries, and uploads."""

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

MEGAPIXELS = 16  # of an upload: a telephone's 12 and some
SIDE = 512  # pixels; an upload's shorter side is reduced to this, twice what a network sees
_SMALLEST = 32  # pixels; of less nothing can be seen
_LONGEST = 4  # times the shorter side; a longer strip loses its ends, which no network sees

_RESAMPLING = MappingProxyType(
    {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
)


@dataclass(frozen=True, eq=False)
class Photograph:
    """One photograph.

    Attributes:
        pixels: uint8, (H, W, 3), red, green and blue.
        title: what it is.
        credit: who took it and under which license; "" for an upload.
    """

    pixels: Pixels
    title: str
    credit: str = ""

    @property
    def key(self) -> str:
        """What tells two photographs apart; a cache key."""
        size = "x".join(map(str, self.pixels.shape))
        return f"{size}-{hashlib.sha256(self.pixels.tobytes()).hexdigest()}"


@dataclass(frozen=True)
class Crop:
    """How a network wants a photograph: resized, then its middle cut out.

    Attributes:
        shorter: pixels that the shorter side is resized to.
        side: of the square that is cut out, in pixels.
        interpolation: "bilinear" or "bicubic", both smoothed where they reduce.
    """

    shorter: int = 256
    side: int = 224
    interpolation: str = "bilinear"


@dataclass(frozen=True)
class _Packed:
    """A photograph in scikit-learn's wheel."""

    file: str
    title: str
    credit: str


_LICENCE = "CC BY 2.0, carried by scikit-learn"
_PACKED: Mapping[str, _Packed] = MappingProxyType(
    {
        "flower": _Packed("flower.jpg", "Flower", f"vultilion, {_LICENCE}"),
        "china": _Packed("china.jpg", "China", f"danielbuechele, {_LICENCE}"),
    }
)


def installed_photographs() -> tuple[str, ...]:
    """Return the keys of the photographs that lie on this machine."""
    return tuple(key for key in _PACKED if _path(key).is_file())


def photograph(key: str) -> Photograph:
    """Return an installed photograph.

    Raises:
        ValueError: if there is none of that key, naming those there are.
    """
    if key not in installed_photographs():
        raise ValueError(
            f"no photograph {key!r}: choose {', '.join(installed_photographs()) or 'an upload'}"
        )
    packed = _PACKED[key]
    with Image.open(_path(key)) as picture:
        return Photograph(np.asarray(picture.convert("RGB")), packed.title, packed.credit)


def read_photograph(content: bytes, title: str = "Your photograph") -> Photograph:
    """Return an uploaded PNG or JPEG, upright and reduced; what is transparent becomes white.

    Args:
        content: bytes of the file.
        title: what to call it.

    Raises:
        ValueError: if the file is too large or too small, or not a whole PNG or JPEG: one sentence
            that names the way out.
    """
    picture = uploads.decode_image(content, megapixels=MEGAPIXELS, side=SIDE)
    if min(picture.size) < _SMALLEST:
        raise ValueError(
            f"The picture is {picture.width} × {picture.height} pixels: upload one of at least "
            f"{_SMALLEST} on each side."
        )
    return Photograph(np.asarray(_reduced(_without_ends(_colors(picture)))), title)


def resize_and_crop(pixels: Pixels, wanted: Crop) -> Pixels:
    """Return what a network sees of a photograph, uint8, (side, side, 3).

    Args:
        pixels: uint8, (H, W, 3).
        wanted: how the network wants it.
    """
    picture = Image.fromarray(pixels)
    width, height = (wanted.shorter * length // min(picture.size) for length in picture.size)
    picture = picture.resize((width, height), _RESAMPLING[wanted.interpolation])
    left, top = round((width - wanted.side) / 2), round((height - wanted.side) / 2)
    return np.asarray(picture.crop((left, top, left + wanted.side, top + wanted.side)))


def _path(key: str) -> Path:
    """Locate a photograph without importing scikit-learn, which would take a second."""
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
    most = _LONGEST * min(picture.size)
    width, height = (min(length, most) for length in picture.size)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def _reduced(picture: Image.Image) -> Image.Image:
    scale = SIDE / min(picture.size)
    if scale >= 1:
        return picture
    size = (round(picture.width * scale), round(picture.height * scale))
    return picture.resize(size, Image.Resampling.BICUBIC)
