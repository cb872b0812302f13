import tracemalloc

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from cnnviz.data.ink import center
from cnnviz.data.mnist import Pixels, load_digits
from cnnviz.evaluation.non_digit_rejection import (
    _training_descriptors,
    descriptors,
    rejection_reason,
)

Path = list[tuple[float, float]]

SEVEN: list[Path] = [[(0.25, 0.2), (0.72, 0.2), (0.45, 0.85)]]
CROSS: list[Path] = [[(0.2, 0.2), (0.8, 0.8)], [(0.8, 0.2), (0.2, 0.8)]]
ZIGZAG: list[Path] = [[(0.1 + 0.1 * i, 0.3 + 0.4 * (i % 2)) for i in range(9)]]
FACE: list[Path] = [
    [(0.5 + 0.4 * np.cos(t), 0.5 + 0.4 * np.sin(t)) for t in np.linspace(0, 2 * np.pi, 60)],
    [(0.37, 0.38), (0.38, 0.42)],
    [(0.63, 0.38), (0.62, 0.42)],
    [(0.33, 0.62), (0.5, 0.72), (0.67, 0.62)],
]


def drawn(paths: list[Path], pen: int = 18) -> Pixels:
    picture = Image.new("L", (280, 280))
    for path in paths:
        points = [(280 * x, 280 * y) for x, y in path]
        ImageDraw.Draw(picture).line(points, fill=255, width=pen, joint="curve")
    return center(np.asarray(picture))


def test_an_empty_pad_says_so() -> None:
    assert rejection_reason(np.zeros((28, 28), np.uint8)) == "the pad is empty"


@pytest.mark.parametrize("pen", [8, 14, 20, 30])
def test_a_seven_is_a_digit_with_any_pen(pen: int) -> None:
    assert rejection_reason(drawn(SEVEN, pen)) is None


@pytest.mark.parametrize(
    ("image", "words"),
    [
        pytest.param(drawn([[(0.1, 0.5), (0.9, 0.5)]]), "unlike any", id="a flat line"),
        pytest.param(drawn(CROSS), "unlike any", id="a cross"),
        pytest.param(drawn(ZIGZAG), "unlike any", id="a zigzag"),
        pytest.param(drawn(FACE, 12), "separate parts", id="a face"),
        pytest.param(center(np.full((9, 9), 255, np.uint8)), "solid area", id="a block"),
        pytest.param(drawn([[(0.4, 0.4), (0.6, 0.6)]], 60), "solid area", id="a blot"),
    ],
)
def test_other_drawings_are_no_digits(image: Pixels, words: str) -> None:
    assert words in (rejection_reason(image) or "")


def test_noise_is_no_digit() -> None:
    chance = np.random.default_rng(0)
    assert all(
        rejection_reason(center((chance.random((28, 28)) > 0.5) * np.uint8(255))) for _ in range(20)
    )


def test_about_one_test_digit_in_a_hundred_is_refused() -> None:
    refused = [rejection_reason(image) for image in load_digits("embedded").test_images[:, 0]]
    assert sum(reason is not None for reason in refused) <= 12


def test_digits_written_with_another_pen_are_rarely_refused() -> None:
    refused = 0
    images = load_digits("embedded").test_images[::4, 0]
    for image in images:
        large = Image.fromarray(image).resize((112, 112), Image.Resampling.BICUBIC)
        thick = large.point(lambda v: 255 * (v > 110)).filter(ImageFilter.MaxFilter(5))
        refused += rejection_reason(center(np.asarray(thick))) is not None
    assert refused / len(images) < 0.05


def test_descriptors_are_unit_vectors_that_ignore_how_bright_the_ink_is() -> None:
    image = load_digits("embedded").test_images[3, 0]
    bright, dim, none = descriptors(np.stack([image, image // 2, image * 0]))
    assert np.linalg.norm(bright) == pytest.approx(1)
    assert bright @ dim > 0.999
    assert not none.any()


def test_a_vertical_edge_lies_in_one_direction_only() -> None:
    image = np.zeros((1, 28, 28), np.uint8)
    image[:, :, 14:] = 255
    by_direction = descriptors(image).reshape(8, 7, 7)[:, 1:-1, 1:-1].sum(axis=(1, 2))
    assert by_direction[0] > 0
    assert not by_direction[1:].any()


def test_the_training_digits_are_described_within_little_memory() -> None:
    images = load_digits("embedded").train_images[:, 0]
    tracemalloc.start()
    described = _training_descriptors.__wrapped__()
    _, peak = tracemalloc.get_traced_memory()  # bytes
    tracemalloc.stop()
    assert peak < 80e6
    assert np.array_equal(described[::500], descriptors(images[::500]))
