"""The columns of the comparison table, each with the source of its values."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cnnviz.comparison.summary import TRAINING_BATCH, NetworkSummary, TrainingRecord

Value = float | int | str | None


@dataclass(frozen=True)
class Column:
    """One column of the table.

    Attributes:
        key: its name in a CSV file, with the unit.
        title: heading on the page.
        source: where its values come from, one or more sentences.
        value: function from a network's summary to the value; None where it is unknown.
        form: "percent", "count", "bytes" or a format specification for numbers; "" for text.
        scale: "mnist" or "published" if it applies to that scale only; "" for both.
        better: "higher" or "lower"; "" if neither is.
        detectors: whether it applies to detectors only.
    """

    key: str
    title: str
    source: str
    value: Callable[[NetworkSummary], Value]
    form: str = ""
    scale: str = ""
    better: str = ""
    detectors: bool = False


def columns(*, published: bool, detectors: bool = False) -> tuple[Column, ...]:
    """Return the columns that apply at a scale, with those of detectors if there are any."""
    scale = "published" if published else "mnist"
    at_scale = (column for column in _COLUMNS if column.scale in ("", scale))
    return tuple(column for column in at_scale if detectors or not column.detectors)


def _of(part: str, attribute: str) -> Callable[[NetworkSummary], Any]:
    """Return a function that reads an attribute of a part of a summary; None without the part."""

    def value(summary: NetworkSummary) -> Any:
        owner = getattr(summary, part)
        return None if owner is None else getattr(owner, attribute)

    return value


def _rounded(value: float | None, places: int) -> float | None:
    return None if value is None or math.isnan(value) else round(value, places)


def _bound(part: str, name: str, end: str, how: str, *, detectors: bool = False) -> Column:
    """Return the column of a lower ("low") or upper ("high") 95% bound."""
    side = "lower" if end == "low" else "upper"
    return Column(
        f"{part}_{end}",
        f"{name}, 95% {side}",
        f"{side.capitalize()} bound of the 95% confidence interval {how}.",
        _of(part, end),
        form="percent",
        scale="mnist",
        detectors=detectors,
    )


def _recorded(
    key: str,
    title: str,
    what: str,
    value: Callable[[TrainingRecord], Value],
    *,
    form: str = "",
    note: str = "",
) -> Column:
    """Return the column of a value that was recorded when a network was trained."""
    return Column(
        key,
        title,
        f"{what}, recorded when the training ended.{note}",
        lambda summary: value(summary.training),
        form=form,
        scale="mnist",
    )


def _imagenet_accuracy(key: str, title: str, which: str, scale: str) -> tuple[Column, Column]:
    """Return the columns of the cited ImageNet accuracy and of the weights that reach it."""
    return (
        Column(
            key,
            title,
            f"Cited, not measured here{which}, with the weights named in the next column. Training "
            "recipes differ in data, duration and distillation, also from those of the papers.",
            lambda s: s.top1,
            form="percent",
            scale=scale,
            better="higher",
        ),
        Column(
            "imagenet_source",
            "Weights of top-1",
            "The weights that reach this accuracy, and who reports it.",
            lambda s: s.source or None,
            scale=scale,
        ),
    )


_WILSON = "of the accuracy (Wilson)"
_BOOTSTRAP = "of F1 (2,000 bootstrap samples of the canvases)"

_COLUMNS = (
    Column("network", "Network", "Its name.", lambda s: s.title),
    Column(
        "accuracy",
        "Accuracy",
        "Measured here: proportion of this machine's test digits classified correctly.",
        _of("accuracy", "value"),
        form="percent",
        scale="mnist",
        better="higher",
    ),
    _bound("accuracy", "Accuracy", "low", _WILSON),
    _bound("accuracy", "Accuracy", "high", _WILSON),
    Column(
        "f1",
        "F1",
        "Measured here, for detectors: harmonic mean of precision and recall. A box counts as "
        "correct if its place and its class are right. F1 is not comparable with accuracy.",
        _of("f1", "value"),
        form="percent",
        scale="mnist",
        better="higher",
        detectors=True,
    ),
    _bound("f1", "F1", "low", _BOOTSTRAP, detectors=True),
    _bound("f1", "F1", "high", _BOOTSTRAP, detectors=True),
    *_imagenet_accuracy("imagenet_top1", "ImageNet top-1", "", "published"),
    Column(
        "parameters",
        "Parameters",
        "Counted in one forward pass.",
        _of("costs", "parameters"),
        form="count",
        better="lower",
    ),
    Column(
        "macs",
        "MACs",
        "Multiply-accumulate operations of convolutions, linear layers and attention for one "
        "image, counted in one forward pass; one MAC is two floating-point operations.",
        _of("costs", "macs"),
        form="count",
        better="lower",
    ),
    Column(
        "latency_p50_ms",
        "Latency p50, ms",
        "Measured here on one thread: half of the calls with one image take at most this long.",
        _of("speed", "p50"),
        form=".3g",
        better="lower",
    ),
    Column(
        "latency_p95_ms",
        "Latency p95, ms",
        "Measured here on one thread: 95% of the calls with one image take at most this long.",
        _of("speed", "p95"),
        form=".3g",
        better="lower",
    ),
    Column(
        "images_per_second",
        "Images/s",
        "Measured here, one image at a time: 1,000 ms divided by the median latency.",
        _of("speed", "images_per_second"),
        form=",.0f",
        better="higher",
    ),
    Column(
        "badge",
        "Host load",
        "Whether other processes used the processor while latency was measured.",
        _of("speed", "badge"),
    ),
    Column(
        "weight_bytes",
        "Weight memory",
        "Memory of the parameters in float32, counted.",
        _of("costs", "weight_bytes"),
        form="bytes",
        better="lower",
    ),
    Column(
        "activation_bytes",
        "Activation memory",
        "Peak memory of the activations that are alive at the same time in a forward pass of one "
        "image in float32, counted.",
        _of("costs", "activation_bytes"),
        form="bytes",
        better="lower",
    ),
    Column(
        "training_bytes_batch_128",
        "Training memory",
        f"Memory of a training step with Adam on {TRAINING_BATCH} images in float32, counted: "
        "weights, gradients, two moments, and the activations kept for the backward pass.",
        _of("costs", "training_bytes"),
        form="bytes",
        better="lower",
    ),
    Column(
        "receptive_field_px",
        "Receptive field, px",
        "Computed: side length of the receptive field of the last layer with spatial output (named "
        "in the column Last feature map), away from the borders. Empty where it has no fixed size, "
        "as with attention, which sees the whole input.",
        _of("costs", "field"),
        form=",.0f",
    ),
    Column(
        "receptive_field_share",
        "Field / input",
        "Computed: fraction of the input that the middle unit of that layer sees.",
        _of("costs", "share"),
        form="percent",
    ),
    Column("last_map", "Last feature map", "Dotted name of the layer.", _of("costs", "layer")),
    _recorded(
        "training_seconds",
        "Training time, s",
        "Duration of the training",
        lambda training: _rounded(training.seconds, 1),
        form=",.1f",
        note=" Hardware and other load differ between networks: compare training times in a race.",
    ),
    _recorded(
        "trained_epochs",
        "Epochs",
        "Passes over the training digits",
        lambda training: _rounded(training.epochs, 2),
        form="g",
    ),
    _recorded(
        "trained_with",
        "Training hardware",
        "Processor and its cores or threads",
        lambda training: training.hardware or None,
        note=" Other load was not recorded.",
    ),
    Column(
        "accuracy_on_record",
        "Recorded accuracy",
        "Test accuracy recorded at the end of the training, on the digits in the next column.",
        lambda s: None if s.detects else s.training.accuracy,
        form="percent",
        scale="mnist",
    ),
    Column(
        "tested_on",
        "Tested on",
        "The digits of the recorded accuracy.",
        lambda s: s.training.tested_on or None,
        scale="mnist",
    ),
    *_imagenet_accuracy(
        "original_imagenet_top1",
        "ImageNet top-1, full size",
        ", for the full-size network instead of the small one here",
        "mnist",
    ),
    Column(
        "timed_on",
        "Timed on",
        "Processor and number of threads of the latency measurement.",
        _of("speed", "where"),
    ),
    Column("timed_at", "Timed at", "When latency was measured.", _of("speed", "when")),
)
