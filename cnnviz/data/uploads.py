"""Reading somebody's picture with care, and from a photograph of a digit to its ink."""

import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps

from cnnviz.data.mnist import Pixels

MAX_BYTES = 5 * 2**20
MEGAPIXELS = 4
SIDE = 400  # a larger picture is reduced to this: strokes stay several pixels wide
SMALL = 100  # on a picture this small, each pixel and each gray may be part of a stroke
PAPER_SIDE = 64  # the paper's brightness is measured at this resolution
PAPER_FITS = 8
FAINTEST = 24  # levels, of 255, by which ink must stand out from the paper
MOST_INK = 0.6  # share of the picture that ink may cover

Gray = NDArray[np.float32]

# One process-wide filter: `warnings.catch_warnings` is not safe between a server's threads.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


def read_ink(content: bytes) -> Pixels:
    """Return the ink in a PNG or JPEG file, white on black, without the paper it stands on.

    The picture is turned as its EXIF data say, made gray and reduced. What its border shows is
    the paper, light or dark; shadows on the paper are taken away, and Otsu's threshold separates
    the ink from it.

    Args:
        content: bytes of the file.

    Returns:
        uint8, (H, W), at most 400 pixels on a side.

    Raises:
        ValueError: if the file is too large, not a whole PNG or JPEG, or holds no clear ink: one
            sentence that names the way out.

    Reference:
        Otsu 1979, "A Threshold Selection Method from Gray-Level Histograms",
        https://doi.org/10.1109/TSMC.1979.4310076
    """
    picture = _gray(decode_image(content))
    picture.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    gray = np.asarray(picture, np.float32)
    return _separate(_contrast(gray))


def decode_image(
    content: bytes, *, megapixels: int = MEGAPIXELS, side: int | None = None
) -> Image.Image:
    """Return the upright picture in a PNG or JPEG file, its size checked before it is unpacked.

    Args:
        content: bytes of the file.
        megapixels: the most that it may have.
        side: a JPEG may be unpacked at a half, a quarter or an eighth of its size, as long as it
            keeps that many pixels a side; None unpacks all of it.

    Raises:
        ValueError: if the file is too large, or not a whole PNG or JPEG: one sentence that names
            the way out.
    """
    if len(content) > MAX_BYTES:
        raise ValueError(
            f"The file has {len(content) / 2**20:.1f} MB; 5 MB is the most: upload a smaller one."
        )
    too_large = (
        f"The picture has more than {megapixels} megapixels: reduce or crop it and upload it again."
    )
    try:
        picture = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise ValueError(too_large) from error
    except (OSError, ValueError, EOFError) as error:
        raise ValueError(
            "This is not a PNG or JPEG picture: save it as one of these and upload it again."
        ) from error
    if picture.width * picture.height > megapixels * 1_000_000:
        raise ValueError(too_large)
    try:
        Image.open(io.BytesIO(content)).verify()  # a PNG's checksums, which `load` passes over
        if side is not None:
            picture.draft(None, (side, side))
        return ImageOps.exif_transpose(picture)
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError) as error:
        # all that Pillow's decoders and its EXIF reader raise on broken files
        raise ValueError("The picture is damaged: save it anew and upload it again.") from error


def _gray(picture: Image.Image) -> Image.Image:
    """Return a picture of mode "L", what is transparent in it being paper."""
    if picture.mode.startswith("I"):  # 16 bits a pixel
        return Image.fromarray((np.asarray(picture).astype(np.float32) / 257).astype(np.uint8))
    if not picture.has_transparency_data:
        return picture.convert("L")
    with_alpha = picture.convert("LA")
    gray, alpha = (np.asarray(band, np.float32) for band in with_alpha.split())
    opaque = gray[alpha > 127]
    paper = 0 if opaque.size and opaque.mean() > 127 else 255  # light ink is on dark paper
    mixed = paper + (gray - paper) * alpha / 255
    return Image.fromarray(np.rint(mixed).astype(np.uint8))


def _contrast(gray: Gray) -> Gray:
    """Return by how much each pixel differs from the paper, ink being positive.

    The paper is a smooth surface: a quadratic in both coordinates. Laid through the border it
    tells whether the ink is darker or lighter; then it is fitted again and again to the pixels
    that the fit before does not take for ink.
    """
    small = Image.fromarray(gray.astype(np.uint8))
    small.thumbnail((PAPER_SIDE, PAPER_SIDE), Image.Resampling.BOX)
    seen, terms = np.asarray(small, np.float32).ravel(), _quadratic(small.height, small.width)
    is_paper = (np.abs(terms[:, 1:3]) == 1).any(axis=1)
    rest = seen - terms @ _fit(terms, seen, is_paper)
    sign = 1 if (rest**3).sum() > 0 else -1
    for _ in range(PAPER_FITS):
        is_paper = sign * rest <= 2 * np.abs(rest[is_paper]).mean() + 1
        weights = _fit(terms, seen, is_paper)
        rest = seen - terms @ weights
    return sign * (gray - (_quadratic(*gray.shape) @ weights).reshape(gray.shape))


def _fit(terms: Gray, seen: Gray, where: NDArray[np.bool_]) -> Gray:
    weights: Gray = np.linalg.lstsq(terms[where], seen[where])[0]
    return weights


def _quadratic(height: int, width: int) -> Gray:
    """Return the terms (height * width, 6) of a quadratic in both coordinates, -1 to 1."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].reshape(2, -1).astype(np.float32)
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)


def _separate(contrast: Gray) -> Pixels:
    """Return ink from 0 to 255: nothing where the contrast is low, soft at the edges of strokes."""
    contrast = contrast.clip(0, 255)
    threshold = _otsu(contrast)
    is_ink = contrast > threshold
    share = is_ink.mean()
    level = float(contrast[is_ink].mean()) if share else 0.0
    floor = float(contrast[~is_ink].mean())
    if level - floor < FAINTEST or share > MOST_INK:
        raise ValueError(
            "No digit stands out in the picture: write one with a thick pen on plain paper, "
            "fill the picture with it and upload that."
        )
    is_small = max(contrast.shape) < SMALL
    lowest = float(np.median(contrast)) if is_small else (floor + threshold) / 2
    ink = ((contrast - lowest) / (level - lowest)).clip(0, 1) * 255
    return np.rint(ink if is_small else _without_specks(ink)).astype(np.uint8)


def _without_specks(ink: Gray) -> Gray:
    """Return the ink less single pixels of dust, which would count as part of the digit."""
    mask = Image.fromarray(((ink > 0) * 255).astype(np.uint8))
    kept = mask.filter(ImageFilter.MedianFilter(5)).filter(ImageFilter.MaxFilter(5))
    return np.where(np.asarray(kept) > 0, ink, 0)


def _otsu(gray: Gray) -> float:
    """Return the level that best splits the pixels into two classes."""
    counts = np.bincount(gray.astype(np.uint8).ravel(), minlength=256).astype(np.float64)
    levels = np.arange(256)
    below = counts.cumsum()  # pixels at or under each level
    above = counts.sum() - below
    mass = (counts * levels).cumsum()
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = mass / below - (mass[-1] - mass) / above
    between = np.nan_to_num(below * above * gap**2)
    best = np.flatnonzero(between == between.max())  # an empty stretch of levels: its middle
    return float(best.mean())
