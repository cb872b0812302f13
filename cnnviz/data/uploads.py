"""Uploaded pictures: safe decoding, and separation of a digit's ink from the paper."""

import io
import threading
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps

from cnnviz.data.mnist import Pixels

MAX_BYTES = 5 * 2**20
UPLOAD_MEGAPIXELS = 4
UPLOAD_SIDE = 400  # pixels; larger pictures are reduced to this, strokes stay several pixels wide
SMALL = 100  # pixels; in smaller pictures every pixel, however faint, may belong to a stroke
PAPER_SIDE = 64  # pixels; resolution at which the brightness of the paper is fitted
PAPER_FITS = 8  # iterations of the fit
MIN_CONTRAST = 24  # between ink and paper, in levels of 255
MAX_INK = 0.6  # fraction of the picture that ink may cover

DECODING = threading.Lock()  # a picture takes up to 200 MB while it is decoded: one at a time

Gray = NDArray[np.float32]

# One process-wide filter: `warnings.catch_warnings` is not safe between a server's threads.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


def read_ink(content: bytes) -> Pixels:
    """Return the ink in a PNG or JPEG file, white on black.

    The picture is rotated according to its EXIF data, converted to gray and reduced. The paper,
    light or dark, is recognized at the border; its shading is subtracted, and Otsu's threshold
    separates the ink from it.

    Args:
        content: bytes of the file.

    Returns:
        uint8, (H, W), at most 400 pixels on a side.

    Raises:
        ValueError: if the file is too large, damaged, no PNG or JPEG, or without clear ink; the
            message says what to do.

    Reference:
        Otsu 1979, "A Threshold Selection Method from Gray-Level Histograms",
        https://doi.org/10.1109/TSMC.1979.4310076
    """
    with DECODING:
        picture = _gray(decode_image(content))
        picture.thumbnail((UPLOAD_SIDE, UPLOAD_SIDE), Image.Resampling.BOX)
        gray = np.asarray(picture, np.float32)
    return _separate(_contrast(gray))


def decode_image(
    content: bytes, *, megapixels: int = UPLOAD_MEGAPIXELS, side: int | None = None
) -> Image.Image:
    """Return the upright picture in a PNG or JPEG file; its size is checked before decoding.

    The caller holds `DECODING` until the picture is reduced.

    Args:
        content: bytes of the file.
        megapixels: largest size allowed.
        side: a JPEG may be decoded at a half, a quarter or an eighth of its size that has at least
            so many pixels a side; None for its full size.

    Raises:
        ValueError: if the file is too large, damaged, or no PNG or JPEG; the message says what to
            do.
    """
    if len(content) > MAX_BYTES:
        raise ValueError(
            f"The file must be at most 5 MB, got {len(content) / 2**20:.1f} MB: upload a smaller "
            "one."
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
            "The file must be a PNG or JPEG, got another format: save it as one of these and "
            "upload it again."
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
        raise ValueError(
            "The file must be a PNG or JPEG, got a damaged file: save it again and upload that."
        ) from error


def _gray(picture: Image.Image) -> Image.Image:
    """Return a picture in mode "L", transparent pixels in the color of the paper."""
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
    """Return the difference of each pixel from the paper, positive for ink, (H, W).

    The brightness of the paper is modeled as a quadratic function of both coordinates. Fitted to
    the border, it tells whether the ink is darker or lighter; then it is fitted repeatedly to the
    pixels that the fit before did not classify as ink.
    """
    small = Image.fromarray(gray.astype(np.uint8))
    small.thumbnail((PAPER_SIDE, PAPER_SIDE), Image.Resampling.BOX)
    levels = np.asarray(small, np.float32).ravel()  # (h * w,)
    terms = _quadratic(small.height, small.width)  # (h * w, 6)
    is_paper = (np.abs(terms[:, 1:3]) == 1).any(axis=1)  # (h * w,), the border
    residual = levels - terms @ _fit(terms, levels, is_paper)
    sign = 1 if (residual**3).sum() > 0 else -1
    for _ in range(PAPER_FITS):
        is_paper = sign * residual <= 2 * np.abs(residual[is_paper]).mean() + 1
        weights = _fit(terms, levels, is_paper)
        residual = levels - terms @ weights
    return sign * (gray - (_quadratic(*gray.shape) @ weights).reshape(gray.shape))


def _fit(terms: Gray, levels: Gray, where: NDArray[np.bool_]) -> Gray:
    """Return the least-squares weights, (6,), of the terms of the selected pixels."""
    weights: Gray = np.linalg.lstsq(terms[where], levels[where])[0]
    return weights


def _quadratic(height: int, width: int) -> Gray:
    """Return the terms (height * width, 6) of a quadratic in both coordinates, -1 to 1."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].reshape(2, -1).astype(np.float32)
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)


def _separate(contrast: Gray) -> Pixels:
    """Return ink from 0 to 255: zero where the contrast is low, gray at the edges of strokes."""
    contrast = contrast.clip(0, 255)
    threshold = _otsu(contrast)
    is_ink = contrast > threshold
    covered = is_ink.mean()
    level = float(contrast[is_ink].mean()) if covered else 0.0
    floor = float(contrast[~is_ink].mean())
    if level - floor < MIN_CONTRAST or covered > MAX_INK:
        raise ValueError(
            "No digit stands out in the picture: write one with a thick pen on plain paper, "
            "fill the picture with it and upload that."
        )
    is_small = max(contrast.shape) < SMALL
    lowest = float(np.median(contrast)) if is_small else (floor + threshold) / 2
    ink = ((contrast - lowest) / (level - lowest)).clip(0, 1) * 255
    return np.rint(ink if is_small else _without_specks(ink)).astype(np.uint8)


def _without_specks(ink: Gray) -> Gray:
    """Return the ink without specks of dust, which would count as part of the digit."""
    mask = Image.fromarray(((ink > 0) * 255).astype(np.uint8))
    strokes = mask.filter(ImageFilter.MedianFilter(5)).filter(ImageFilter.MaxFilter(5))
    return np.where(np.asarray(strokes) > 0, ink, 0)


def _otsu(gray: Gray) -> float:
    """Return the level that maximizes the variance between the two classes of pixels."""
    counts = np.bincount(gray.astype(np.uint8).ravel(), minlength=256).astype(np.float64)
    levels = np.arange(256)
    below = counts.cumsum()  # pixels at or below each level, (256,)
    above = counts.sum() - below
    mass = (counts * levels).cumsum()
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = mass / below - (mass[-1] - mass) / above
    between = np.nan_to_num(below * above * gap**2)
    best = np.flatnonzero(between == between.max())  # several between which there are no pixels
    return float(best.mean())
