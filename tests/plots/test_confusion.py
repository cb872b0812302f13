"""The most frequent mistake of a confusion matrix."""

import numpy as np
import pytest

from cnnviz.plots.confusion import most_mistakes

COUNTS = np.diag(np.arange(90, 100))
COUNTS[7, 1] = 12
COUNTS[4, 9] = 3


def test_the_counts_that_are_given_stay_as_they_are() -> None:
    before = COUNTS.copy()
    most_mistakes(COUNTS)
    assert np.array_equal(COUNTS, before)


@pytest.mark.parametrize("shape", [(10,), (9, 10), (2, 2, 2)])
def test_what_is_not_square_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="a confusion matrix must be square, got"):
        most_mistakes(np.zeros(shape, int))


def test_the_most_frequent_mistake_is_off_the_diagonal() -> None:
    assert most_mistakes(COUNTS) == 12
    assert most_mistakes(np.diag([5] * 10)) == 0
