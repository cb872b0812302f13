import numpy as np
import pytest

from cnnviz.inspection.photographs.transformations import CHANGES, agreement


def test_a_map_agrees_with_itself_and_not_with_its_negative() -> None:
    maps = np.random.default_rng(0).normal(size=(3, 4, 5)).astype(np.float32)
    others = np.stack([3 * maps[0] + 2, -maps[1], np.zeros((4, 5), np.float32)])
    assert agreement(maps, others).tolist() == pytest.approx([1, -1, 0], abs=1e-5)


def test_mirrored_maps_are_laid_over_the_originals() -> None:
    change = CHANGES["mirror"]
    pixels = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
    mirrored = change.apply(pixels)
    assert (mirrored[:, 0] == pixels[:, -1]).all()
    as_maps = mirrored.transpose(2, 0, 1).astype(np.float32)
    assert (change.undo(as_maps) == pixels.transpose(2, 0, 1)).all()


def test_without_color_all_three_are_the_brightness() -> None:
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 200
    assert (CHANGES["gray"].apply(red) == round(200 * 0.299)).all()


def test_blurring_keeps_an_area_and_softens_an_edge() -> None:
    halves = np.zeros((40, 40, 3), np.uint8)
    halves[:, 20:] = 200
    found = CHANGES["blur"].apply(halves)[20, :, 0].astype(int)
    assert found[[2, 37]].tolist() == [0, 200]
    assert np.diff(found).max() < 40
