"""Labels that are markup, in every chart: Plotly would make links of them."""

import html
import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator

import numpy as np
import plotly.graph_objects as go
import pytest

import cnnviz.plots
from cnnviz.comparison.recorded_timings import ThroughputRange
from cnnviz.evaluation.calibration import calibration
from cnnviz.plots import (
    agreement,
    breakdown,
    cost_vs_accuracy,
    curves,
    deletion_curves,
    intervals,
    latencies,
    macs_vs_latency,
    ratio_bars,
    reliability,
    scaling_curve,
    speedups,
    stacked_bars,
)
from cnnviz.stats.intervals import wilson

LABEL = '<a href="//e.vil">L</a>%{x}<img/src=//e.vil>&lt;b&gt;'
RATES = {1: ThroughputRange(1, 1, 1), 2: ThroughputRange(2, 2, 2)}
ONES = np.ones(2, np.float32)
SHARES = [wilson(1, 2), wilson(1, 2)]
SEGMENT = {"MACs": [stacked_bars.Segment(LABEL, "Conv2d", 1.0, "1")]}
TWO = (LABEL, "other")
GAIN = speedups.OptimizationGain(LABEL, 2.0, 1.5, 3.0, True, 1.0)
BUBBLES = [cost_vs_accuracy.Bubble(LABEL, 1.0, 0.9, 10.0)]
POINTS = [scaling_curve.ScalingPoint(LABEL, 1.0, 0.9, LABEL)]
CALLS = {LABEL: [1.0, 2.0]}

CASES: dict[Callable[..., go.Figure], Callable[[], go.Figure]] = {
    agreement.disagreement_matrix: lambda: agreement.disagreement_matrix(
        np.ones((2, 2), np.int64), 4, TWO, theme="light"
    ),
    agreement.accuracy_differences: lambda: agreement.accuracy_differences(
        np.ones((2, 2)), np.ones((2, 2)), TWO, theme="light"
    ),
    agreement.class_probabilities: lambda: agreement.class_probabilities(
        np.ones((2, 10), np.float32), TWO, theme="light"
    ),
    breakdown.breakdown_bars: lambda: breakdown.breakdown_bars({LABEL: {LABEL: 1.0}}, unit="s"),
    cost_vs_accuracy.bubble_chart: lambda: cost_vs_accuracy.bubble_chart(
        BUBBLES, x_title="MACs", y_title="accuracy", by_size=False
    ),
    curves.line_chart: lambda: curves.line_chart(
        {LABEL: (ONES, ONES)}, x_title="step", y_title="loss", x_names=[LABEL]
    ),
    deletion_curves.deletion_curves: lambda: deletion_curves.deletion_curves(
        {LABEL: ONES}, [ONES, ONES], shares=ONES, x_title="share"
    ),
    intervals.class_intervals: lambda: intervals.class_intervals({LABEL: SHARES}),
    intervals.lines_with_bands: lambda: intervals.lines_with_bands(
        {LABEL: SHARES}, [0, 1], x_title="strength"
    ),
    latencies.latency_ecdf: lambda: latencies.latency_ecdf(CALLS),
    latencies.latency_boxes: lambda: latencies.latency_boxes(CALLS),
    latencies.throughput_by_batch_size: lambda: latencies.throughput_by_batch_size({LABEL: RATES}),
    latencies.throughput_by_threads: lambda: latencies.throughput_by_threads({LABEL: RATES}),
    latencies.throughput_heat_map: lambda: latencies.throughput_heat_map(
        {LABEL: RATES}, theme="light"
    ),
    macs_vs_latency.macs_vs_latency: lambda: macs_vs_latency.macs_vs_latency([LABEL], [1e6], [1.0]),
    ratio_bars.ratio_bars: lambda: ratio_bars.ratio_bars(
        [ratio_bars.RatioBar("MACs", 2.0, "1 and 2")], first=LABEL, second=LABEL
    ),
    reliability.reliability_diagram: lambda: reliability.reliability_diagram(
        {LABEL: calibration(np.array([0.9, 0.8]), np.array([True, False]), bins=2)}
    ),
    scaling_curve.scaling_curve: lambda: scaling_curve.scaling_curve(
        POINTS, y_title="accuracy", chosen_gmacs=1.0
    ),
    speedups.optimization_gains: lambda: speedups.optimization_gains([GAIN]),
    stacked_bars.stacked_bars: lambda: stacked_bars.stacked_bars(
        {LABEL: SEGMENT}, x_title="share", colors=stacked_bars.kind_colors({LABEL: SEGMENT})
    ),
}


def figure_functions() -> Iterator[Callable[..., go.Figure]]:
    for module in pkgutil.iter_modules(cnnviz.plots.__path__, "cnnviz.plots."):
        for name, function in inspect.getmembers(importlib.import_module(module.name)):
            public = not name.startswith("_") and getattr(function, "__module__", "") == module.name
            if public and getattr(function, "__annotations__", {}).get("return") is go.Figure:
                yield function


def texts(part: object, name: str = "") -> Iterator[str]:
    """Yield every text of a figure that Plotly shows; a legend's group only joins traces."""
    if isinstance(part, dict):
        for key, value in part.items():
            yield from texts(value, key)
    elif isinstance(part, list):
        for value in part:
            yield from texts(value, name)
    elif isinstance(part, str) and name != "legendgroup":
        yield part


def test_every_chart_has_a_case() -> None:
    assert set(figure_functions()) == set(CASES)


@pytest.mark.parametrize("function", CASES, ids=lambda function: function.__name__)
def test_a_label_is_shown_as_it_is_written(function: Callable[..., go.Figure]) -> None:
    shown = list(texts(json.loads(CASES[function]().to_json())["data"]))
    shown += texts(json.loads(CASES[function]().to_json())["layout"])
    for text in shown:
        assert "<a" not in text, text
        assert "<img" not in text, text
        assert "%{x}<" not in text, text
    plain = [html.unescape(text.replace("<br>", "")).replace(" ", "") for text in shown]
    assert any(LABEL.replace(" ", "") in text for text in plain)
