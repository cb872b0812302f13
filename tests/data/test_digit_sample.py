"""Samples of the embedded digits."""

import numpy as np

from cnnviz.data.digit_sample import mixed_sample
from cnnviz.data.mnist import load_digits


def test_a_sample_has_digits_of_all_classes_with_their_positions_in_the_test_set() -> None:
    digits = load_digits("embedded")
    sample = mixed_sample(digits, 20)
    assert sample.key == ("embedded", 20)
    assert {*sample.labels.tolist()} == {*range(10)}
    for position, image in zip(sample.index, sample.images, strict=True):
        assert np.array_equal(digits.test_images[position], image)


def test_a_sample_has_no_more_digits_than_there_are() -> None:
    digits = load_digits("embedded")
    sample = mixed_sample(digits, 10**9)
    assert sorted(sample.index.tolist()) == [*range(len(digits.test_labels))]


def test_the_position_of_an_image_is_that_of_its_equal_pixels() -> None:
    sample = mixed_sample(load_digits("embedded"), 20)
    assert sample.position(sample.images[7, 0].copy()) == 7
    changed = sample.images[7, 0].copy()
    changed[0, 0] ^= 1
    assert sample.position(changed) is None
