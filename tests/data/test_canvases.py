import numpy as np
import pytest

from cnnviz.data.canvases import (
    CANVAS_SIDE,
    INK_LEVEL,
    MAX_DIGITS,
    MAX_SCALES,
    MIN_SCALE,
    NO_DIGIT,
    Canvases,
    canvases,
)
from cnnviz.data.mnist import Pixels, load_digits


def some(count: int = 200, *, seed: int = 0) -> Canvases:
    digits = load_digits("embedded")
    random = np.random.default_rng(seed)
    return canvases(digits.test_images, digits.test_labels, np.arange(count), random)


def edges(box: np.ndarray) -> tuple[int, int, int, int]:
    """A box as pixels: left, top, right, bottom."""
    column, row, width, height = box * CANVAS_SIDE
    sides = (column - width / 2, row - height / 2, column + width / 2, row + height / 2)
    return tuple(round(float(side)) for side in sides)  # type: ignore[return-value]


def test_a_canvas_holds_one_to_three_digits_of_the_first_ones_class() -> None:
    drawn, digits = some(), load_digits("embedded")
    assert drawn.images.shape == (200, 1, CANVAS_SIDE, CANVAS_SIDE)
    assert drawn.images.dtype == np.uint8
    assert (drawn.labels[:, 0] == digits.test_labels[:200]).all()
    count = (drawn.labels >= 0).sum(axis=1)
    assert set(count) == {1, 2, 3}
    assert all((count == n).mean() > 0.2 for n in (1, 2, 3))  # room is rarely short


def test_boxes_are_tight_around_the_ink_and_hold_all_of_it() -> None:
    drawn = some()
    for image, labels, boxes in zip(drawn.images[:, 0], drawn.labels, drawn.boxes, strict=True):
        rest = image.copy()
        for label, box in zip(labels, boxes, strict=True):
            if label < 0:
                assert not box.any()
                continue
            left, top, right, bottom = edges(box)
            ink = image[top:bottom, left:right] >= INK_LEVEL
            assert all(side.any() for side in (ink[0], ink[-1], ink[:, 0], ink[:, -1]))
            rest[top:bottom, left:right] = 0
        assert (rest < INK_LEVEL).all()


def test_no_two_boxes_overlap() -> None:
    drawn = some()
    for labels, boxes in zip(drawn.labels, drawn.boxes, strict=True):
        covered = np.zeros((CANVAS_SIDE, CANVAS_SIDE), int)
        for box in boxes[labels >= 0]:
            left, top, right, bottom = edges(box)
            covered[top:bottom, left:right] += 1
        assert covered.max() == 1


def test_digits_are_larger_where_they_are_few() -> None:
    drawn = some(600)
    count = (drawn.labels >= 0).sum(axis=1)
    longest = (drawn.boxes[..., 2:].max(axis=(1, 2)) * CANVAS_SIDE).round()
    for n in range(1, MAX_DIGITS + 1):
        assert longest[count == n].max() <= np.ceil(
            21 * max(MAX_SCALES[n - 1 :])
        )  # 20 and soft edges
    assert longest[count == 1].max() > 40
    assert (drawn.boxes[drawn.labels >= 0][:, 3] * CANVAS_SIDE).min() >= np.floor(MIN_SCALE * 4)


def test_the_same_seed_draws_the_same_canvases_and_another_seed_others() -> None:
    first, again, other = some(), some(), some(seed=1)
    for name in ("images", "labels", "boxes"):
        assert (getattr(first, name) == getattr(again, name)).all()
        assert (getattr(first, name) != getattr(other, name)).any()


def test_a_digit_of_mnists_own_size_keeps_its_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnviz.data.canvases.MIN_SCALE", 1.0)
    monkeypatch.setattr("cnnviz.data.canvases.MAX_SCALES", (1.0, 1.0, 1.0))
    drawn, digits = some(20), load_digits("embedded")
    for n in np.flatnonzero(drawn.labels[:, 1] < 0):
        left, top, right, bottom = edges(drawn.boxes[n, 0])
        image, ink = digits.test_images[n, 0], digits.test_images[n, 0] >= INK_LEVEL
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        expected = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert (drawn.images[n, 0, top:bottom, left:right] == expected).all()


def test_a_distortion_changes_the_digits_before_they_are_placed() -> None:
    digits = load_digits("embedded")

    def upside_down(images: Pixels) -> Pixels:
        return images[:, :, ::-1]

    arguments = digits.test_images, digits.test_labels, np.arange(5)
    plain = canvases(*arguments, np.random.default_rng(3))
    turned = canvases(*arguments, np.random.default_rng(3), distort=upside_down)
    assert (turned.labels[:, 0] == plain.labels[:, 0]).all()
    assert turned.boxes[:, 0, 2:] == pytest.approx(plain.boxes[:, 0, 2:], abs=1.1 / CANVAS_SIDE)
    assert (turned.images != plain.images).any()


def test_a_canvas_names_its_digits_from_left_to_right_and_the_first_full_one_is_found() -> None:
    labels = np.array([[3, NO_DIGIT, NO_DIGIT], [8, 1, NO_DIGIT], [4, 9, 0], [1, 1, 1]])
    boxes = np.zeros((4, 3, 4), np.float32)
    boxes[..., 0] = [[0.5, 0, 0], [0.7, 0.2, 0], [0.1, 0.8, 0.5], [0.2, 0.4, 0.6]]  # columns
    drawn = Canvases(np.zeros((4, 1, CANVAS_SIDE, CANVAS_SIDE), np.uint8), labels, boxes)
    assert drawn.first_full == 2
    assert [drawn.digits(index) for index in range(4)] == [[3], [1, 8], [4, 0, 9], [1, 1, 1]]
