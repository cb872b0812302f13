"""Accuracy against MACs of a family of networks."""

from cnnviz.plots.scaling_curve import ScalingPoint, scaling_curve


def test_the_family_is_one_labeled_line_and_the_choice_a_dotted_one() -> None:
    points = [ScalingPoint("B0", 0.4, 0.77, "5.3 M"), ScalingPoint("B1", 0.7, 0.79, "7.8 M")]
    figure = scaling_curve(points, y_title="top-1 accuracy", chosen_gmacs=0.5)
    [line] = figure.data
    assert list(zip(line.x, line.y, line.text, line.customdata, strict=True)) == [
        (0.4, 0.77, "B0", ["77.00%", "5.3 M"]),
        (0.7, 0.79, "B1", ["79.00%", "7.8 M"]),
    ]
    [choice] = figure.layout.shapes
    assert (choice.x0, choice.x1) == (0.5, 0.5)
    assert choice.line.dash == "dot"
    assert figure.layout.xaxis.type == "log"
    assert figure.layout.yaxis.title.text == "top-1 accuracy"


def test_the_choice_is_labeled_at_its_line() -> None:
    point = ScalingPoint("B0", 0.4, 0.77, "5.3 M")
    figure = scaling_curve([point], y_title="top-1 accuracy", chosen_gmacs=100.0)
    [label] = figure.layout.annotations
    assert (label.text, label.x) == ("your choice", 2.0)  # Plotly wants log10 of an annotation's x


def test_the_axis_reaches_the_choice() -> None:
    points = [ScalingPoint("B0", 0.4, 0.77, "5.3 M"), ScalingPoint("B1", 0.7, 0.79, "7.8 M")]
    figure = scaling_curve(points, y_title="top-1 accuracy", chosen_gmacs=50.0)
    low, high = figure.layout.xaxis.range
    assert 10**low < 0.4
    assert 10**high > 50
    assert list(figure.layout.xaxis.ticktext) == ["0.5", "1", "2", "5", "10", "20", "50"]
