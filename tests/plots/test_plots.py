import numpy as np
import pytest

from cnnviz.plots.confusion import confusion_matrix
from cnnviz.plots.curves import line_chart
from cnnviz.plots.deletion_curves import deletion_curves

COUNTS = np.diag(np.arange(90, 100))
COUNTS[7, 1] = 12
COUNTS[4, 9] = 3


def line(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


# Confusion matrix


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


# Curves


def test_each_run_is_one_line_with_its_name() -> None:
    lines = {"first": (line(1, 2), line(0.5, 0.25)), "second": (line(1), line(0.75))}
    figure = line_chart(lines, x_title="epoch", y_title="training loss (nats)")
    assert [trace.name for trace in figure.data] == ["first", "second"]
    assert list(figure.data[0].x) == [1, 2]
    assert list(figure.data[0].y) == [0.5, 0.25]
    assert {trace.mode for trace in figure.data} == {"lines"}
    assert figure.layout.xaxis.title.text == "epoch"
    assert figure.layout.yaxis.title.text == "training loss (nats)"
    assert figure.layout.yaxis.type == "linear"


def test_a_missing_number_does_not_end_a_line() -> None:
    [trace] = line_chart(
        {"run": (line(1, 2, 3), line(1, np.nan, 2))}, x_title="step", y_title="loss"
    ).data
    assert trace.connectgaps
    assert np.isnan(trace.y[1])


def test_shares_are_in_percent_few_points_are_marked_and_losses_may_be_logarithmic() -> None:
    lines = {"run": (line(1, 2), line(0.9, 0.95))}
    figure = line_chart(lines, x_title="epoch", y_title="accuracy", percent=True, markers=True)
    assert figure.layout.yaxis.tickformat == ".1%"
    assert figure.data[0].mode == "lines+markers"
    assert line_chart(lines, x_title="x", y_title="y", log=True).layout.yaxis.type == "log"


def test_nothing_to_compare_is_an_empty_picture() -> None:
    assert len(line_chart({}, x_title="x", y_title="y").data) == 0


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="run: "):
        line_chart({"run": (line(1, 2), line(1))}, x_title="x", y_title="y")


def test_random_orders_are_a_band_of_one_deviation_below_the_lines() -> None:
    shares = np.array([0, 0.5, 1], np.float32)
    chance = [np.array([1, 0.4, 0], np.float32), np.array([1, 0.6, 0], np.float32)]
    line = np.array([1, 0.1, 0], np.float32)
    figure = deletion_curves({"Saliency": line}, chance, shares=shares, x_title="ink that has gone")
    band, mean, drawn = figure.data
    assert list(mean.y) == pytest.approx([1, 0.5, 0])
    spread = 0.02**0.5  # of 0.4 and 0.6
    assert list(band.y) == pytest.approx([1, 0.5 + spread, 0, 0, 0.5 - spread, 1])
    assert drawn.name == "Saliency"
    assert list(drawn.y) == pytest.approx(line)
    with pytest.raises(ValueError, match="Saliency"):
        deletion_curves({"Saliency": line[:2]}, chance, shares=shares, x_title="")
