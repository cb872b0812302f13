"""Stacked bars of an amount's components."""

from cnnviz.plots.breakdown import breakdown_bars


def test_each_component_is_one_color_in_every_bar() -> None:
    amounts = {"full": {"3×3": 100.0}, "bottleneck": {"1×1": 4.0, "3×3": 9.0}}
    figure = breakdown_bars(amounts, unit="MACs")
    assert [trace.name for trace in figure.data] == ["3×3", "1×1"]
    square, point = figure.data
    assert list(square.y) == list(point.y) == ["full", "bottleneck"]
    assert list(square.x) == [100.0, 9.0]
    assert list(point.x) == [0, 4.0]  # a bar without the component adds nothing
    assert square.marker.color != point.marker.color
    assert figure.layout.barmode == "stack"
    assert figure.layout.xaxis.title.text == "MACs"


def test_the_first_bar_is_on_top() -> None:
    figure = breakdown_bars({"a": {"x": 1.0}, "b": {"x": 2.0}}, unit="ms")
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.legend.traceorder == "normal"
