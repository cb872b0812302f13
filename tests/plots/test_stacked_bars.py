"""Stacked bars of layers and their kinds."""

from cnnviz.comparison.layer_kinds import BETWEEN
from cnnviz.plots import colors
from cnnviz.plots.stacked_bars import Segment, kind_colors, stacked_bars


def test_layers_lie_one_after_the_other_and_kinds_keep_their_color() -> None:
    macs = [Segment("c1", "Conv2d", 0.6, ""), Segment("fc", "Linear", 0.4, "")]
    bars = {"a": {"MACs": macs, "time": [Segment("r", "ReLU", 1.0, "")]}}
    figure = stacked_bars(bars, x_title="share", colors=kind_colors(bars))
    found = {trace.name: trace for trace in figure.data}
    conv, linear, relu = found["Conv2d"], found["Linear"], found["ReLU"]
    assert (conv.base[0], conv.x[0], linear.base[0], linear.x[0]) == (0, 0.6, 0.6, 0.4)
    assert conv.y[0] == linear.y[0] < relu.y[0]
    assert list(figure.layout.yaxis.ticktext) == ["MACs", "time"]
    assert [note.text for note in figure.layout.annotations] == ["a"]
    assert len({conv.marker.color, linear.marker.color, relu.marker.color}) == 3


def test_kinds_beyond_the_palette_are_drawn_as_others() -> None:
    many = {"a": {"MACs": [Segment(str(i), f"kind {i}", 0.1, "") for i in range(10)]}}
    figure = stacked_bars(many, x_title="share", colors=kind_colors(many))
    assert sum(len(trace.x) for trace in figure.data) == 10
    assert figure.data[-1].name == "others"


def test_depthwise_layers_have_a_color_however_little_they_are() -> None:
    parts = [Segment(str(i), f"kind {i}", 0.1, "") for i in range(9)]
    parts += [Segment("d", "Conv2d, depthwise", 0.01, ""), Segment("no layer", BETWEEN, 0.09, "")]
    chosen = kind_colors({"a": {"time": parts}})
    assert chosen["Conv2d, depthwise"] in colors.LINES
    assert chosen[BETWEEN] not in colors.LINES
    assert "kind 8" not in chosen
