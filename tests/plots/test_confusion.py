"""The confusion matrix: every count is written, only mistakes are colored."""

import numpy as np
import pytest

from cnnviz.plots.confusion import confusion_matrix, most_mistakes

COUNTS = np.diag(np.arange(90, 100))
COUNTS[7, 1] = 12
COUNTS[4, 9] = 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_only_mistakes_are_colored_and_every_count_is_written(theme: str) -> None:
    [heat] = confusion_matrix(COUNTS, theme=theme).data
    assert np.isnan(np.diag(heat.z)).all()
    assert (heat.z[7, 1], heat.z[4, 9], heat.z[0, 1]) == (12, 3, 0)
    assert (heat.zmin, heat.zmax) == (0, 12)
    assert np.array_equal(heat.text, COUNTS)
    assert heat.colorscale[0][1] != heat.colorscale[-1][1]


def test_the_tooltip_says_which_digit_was_classified_as_which() -> None:
    figure = confusion_matrix(COUNTS)
    [heat] = figure.data
    assert list(heat.x) == list(heat.y) == [str(digit) for digit in range(10)]
    assert heat.hovertemplate.startswith("%{customdata} digits %{y} classified as %{x}")
    assert heat.customdata[7][1] == 12  # row: true digit; column: answer
    assert figure.layout.xaxis.title.text == "predicted digit"
    assert figure.layout.yaxis.title.text == "true digit"
    assert figure.layout.yaxis.autorange == "reversed"


def test_without_a_mistake_there_is_still_a_scale() -> None:
    [heat] = confusion_matrix(np.diag([5] * 10)).data
    assert heat.zmax == 1


def test_the_counts_that_are_given_stay_as_they_are() -> None:
    before = COUNTS.copy()
    confusion_matrix(COUNTS)
    assert np.array_equal(COUNTS, before)


@pytest.mark.parametrize("shape", [(10,), (9, 10), (2, 2, 2)])
def test_what_is_not_square_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="a confusion matrix must be square, got"):
        confusion_matrix(np.zeros(shape, int))


def test_the_most_frequent_mistake_is_off_the_diagonal() -> None:
    assert most_mistakes(COUNTS) == 12
    assert most_mistakes(np.diag([5] * 10)) == 0
