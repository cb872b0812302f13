import math

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Tensor

from cnnviz.data import augmentation
from cnnviz.data.augmentation import random_affine

ALL = ("ROTATION", "SHIFT", "SCALE", "SHEAR")


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Turn all distortions off; the test turns one on again."""
    for name in ALL:
        monkeypatch.setattr(augmentation, name, 0.0)
    return monkeypatch


def blobs(count: int) -> Tensor:
    """Smooth blobs well inside the frame, lopsided so that each has one orientation."""
    rows, columns = np.mgrid[:28, :28] - 13.5
    blob = np.exp(-((rows / 2) ** 2 + (columns / 3.5) ** 2) / 2)
    return torch.from_numpy(blob).float().expand(count, 1, 28, 28).clone()


def center(image: np.ndarray) -> np.ndarray:
    return np.array(ndimage.center_of_mass(image))


def angle(image: np.ndarray) -> float:
    """Degrees from the horizontal to the long axis, by second moments; rows point down."""
    rows, columns = np.mgrid[:28, :28] - center(image)[:, None, None]
    total = image.sum()
    xx, yy = (image * columns**2).sum() / total, (image * rows**2).sum() / total
    xy = (image * columns * rows).sum() / total
    return math.degrees(0.5 * math.atan2(2 * xy, xx - yy))


def test_strength_zero_changes_nothing() -> None:
    given = torch.rand(5, 1, 28, 28)
    assert torch.allclose(random_affine(given, 0), given, atol=1e-5)


@pytest.mark.parametrize("strength", [0.5, 1, 2])
@pytest.mark.parametrize("size", [28, 32])
def test_shape_and_range_stay(strength: float, size: int) -> None:
    torch.manual_seed(0)
    given = torch.rand(64, 1, size, size)
    moved = random_affine(given, strength)
    assert moved.shape == given.shape
    assert moved.min() >= 0
    assert moved.max() <= 1


def test_the_given_images_stay_as_they_are() -> None:
    given = blobs(4)
    before = given.clone()
    random_affine(given, 1)
    assert torch.equal(given, before)


def test_the_same_seed_distorts_the_same_way_and_each_image_its_own() -> None:
    torch.manual_seed(4)
    first = random_affine(blobs(3), 1)
    torch.manual_seed(4)
    assert torch.equal(random_affine(blobs(3), 1), first)
    assert not torch.equal(first[0], first[1])


def test_shifts_are_scipys_shifts_and_reach_two_pixels(only: pytest.MonkeyPatch) -> None:
    only.setattr(augmentation, "SHIFT", 2 / 14)
    torch.manual_seed(0)
    given = blobs(1)[0, 0].numpy()
    moves = []
    for moved in random_affine(blobs(200), 1)[:, 0].numpy():
        move = center(moved) - center(given)
        expected = ndimage.shift(given, move, order=1, mode="grid-constant")
        assert np.allclose(moved, expected, atol=0.005)
        moves.append(move)
    assert np.abs(moves).max() <= 2 + 1e-3
    assert (np.abs(moves).max(axis=0) > 1.8).all()
    assert (np.abs(np.mean(moves, axis=0)) < 0.3).all()  # to either side alike
    assert abs(np.corrcoef(np.transpose(moves))[0, 1]) < 0.3  # down and across by their own amounts


def test_rotations_are_scipys_rotations_and_reach_twelve_degrees(only: pytest.MonkeyPatch) -> None:
    only.setattr(augmentation, "ROTATION", math.radians(12))
    torch.manual_seed(0)
    given = blobs(1)[0, 0].numpy()
    turns = []
    for moved in random_affine(blobs(200), 1)[:, 0].numpy():
        turn = angle(moved)
        expected = ndimage.rotate(given, -turn, reshape=False, order=1, mode="grid-constant")
        assert np.allclose(moved, expected, atol=0.02)
        turns.append(turn)
    assert max(map(abs, turns)) <= 12.1
    assert min(turns) < -10.8
    assert max(turns) > 10.8


def test_scaling_changes_width_and_height_by_twelve_percent_at_most(
    only: pytest.MonkeyPatch,
) -> None:
    only.setattr(augmentation, "SCALE", 0.12)
    torch.manual_seed(0)

    def spreads(image: np.ndarray) -> np.ndarray:
        rows, columns = np.mgrid[:28, :28] - 13.5
        return np.sqrt([(image * rows**2).sum(), (image * columns**2).sum()] / image.sum())

    before = spreads(blobs(1)[0, 0].numpy())
    ratios = np.array(
        [before / spreads(image) for image in random_affine(blobs(200), 1)[:, 0].numpy()]
    )
    assert np.abs(ratios - 1).max() < 0.14  # interpolation blurs a little
    assert (ratios.max(axis=0) > 1.08).all()
    assert (ratios.min(axis=0) < 0.92).all()
    assert abs(np.corrcoef(ratios.T)[0, 1]) < 0.3  # width and height by their own amounts


def test_half_the_strength_shifts_half_as_far(only: pytest.MonkeyPatch) -> None:
    only.setattr(augmentation, "SHIFT", 2 / 14)

    def move(strength: float) -> np.ndarray:
        torch.manual_seed(1)
        return center(random_affine(blobs(1), strength)[0, 0].numpy()) - 13.5

    assert np.allclose(move(0.5) * 2, move(1), atol=0.01)
