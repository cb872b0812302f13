"""Curves of several runs."""

import numpy as np
import pytest

from cnnviz.plots.curves import line_chart


def line(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


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
    lines = {"run": (line(1, 2), line(0.9, 0.9996))}
    figure = line_chart(lines, x_title="epoch", y_title="accuracy", percent=True, markers=True)
    assert figure.layout.yaxis.tickformat == ".1%"
    assert figure.data[0].mode == "lines+markers"
    assert list(figure.data[0].customdata) == ["90.0%", ">99.9%"]
    assert figure.data[0].hovertemplate == "%{customdata}"
    assert line_chart(lines, x_title="x", y_title="y", log=True).layout.yaxis.type == "log"


def test_a_marked_value_is_a_vertical_line_and_ticks_take_a_format() -> None:
    lines = {"run": (line(1, 2), line(1e-3, 1e-6))}
    figure = line_chart(lines, x_title="x", y_title="y", log=True, marked_x=1.5, y_format=".0e")
    [mark] = figure.layout.shapes
    assert (mark.x0, mark.x1, mark.yref) == (1.5, 1.5, "y domain")
    assert figure.layout.yaxis.tickformat == ".0e"


def test_positions_may_have_names_instead_of_numbers() -> None:
    figure = line_chart(
        {"run": (line(1, 2, 3), line(5, 9, 28))},
        x_title="layer",
        y_title="side (pixels)",
        x_names=("conv1", "conv2", "fc"),
    )
    assert figure.layout.xaxis.tickvals == (1, 2, 3)
    assert figure.layout.xaxis.ticktext == ("conv1", "conv2", "fc")


def test_nothing_to_compare_is_an_empty_picture() -> None:
    assert len(line_chart({}, x_title="x", y_title="y").data) == 0


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="run: "):
        line_chart({"run": (line(1, 2), line(1))}, x_title="x", y_title="y")
