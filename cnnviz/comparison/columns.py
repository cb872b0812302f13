"""The columns of a comparison: where each value comes from and what is better; and CSV."""

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cnnviz.comparison.summary import BATCH, Standing
from cnnviz.stats.intervals import Interval

Value = float | int | str | None

_TRAINED = "On record, each under circumstances of its own"


@dataclass(frozen=True)
class Column:
    """One column of the table.

    Attributes:
        key: its name in a CSV file, with the unit.
        title: to show.
        source: where its values come from, in a sentence.
        value: of a standing; None where unknown.
        form: how its numbers are written: "percent", "count" or "bytes", or as `format` takes it;
            "" for text.
        scale: "mnist", "published" or "" for both.
        better: "more" or "less"; "" where neither is.
        detectors: whether only detectors have it.
    """

    key: str
    title: str
    source: str
    value: Callable[[Standing], Value]
    form: str = ""
    scale: str = ""
    better: str = ""
    detectors: bool = False


def columns(*, published: bool, detectors: bool = False) -> tuple[Column, ...]:
    """Return the columns that make sense at a scale, and with detectors among the networks."""
    scale = "published" if published else "mnist"
    shown = (column for column in _COLUMNS if column.scale in ("", scale))
    return tuple(column for column in shown if detectors or not column.detectors)


def best_first(standings: Sequence[Standing], column: Column) -> list[Standing]:
    """Return the standings by a column, what is better first and what is not known last.

    Raises:
        ValueError: if neither more nor less of it is better.
    """
    if column.better not in ("more", "less"):
        raise ValueError(f"{column.key}: neither more nor less of it is better")
    sign = -1 if column.better == "more" else 1

    def place(standing: Standing) -> tuple[bool, float]:
        value = column.value(standing)
        return (False, sign * value) if isinstance(value, int | float) else (True, 0.0)

    return sorted(standings, key=place)


def interval_text(found: Interval | None) -> str:
    """Return a share in percent with its bounds: "98.2% (97.1 to 98.8)"."""
    if found is None:
        return "–"
    return f"{found.value:.1%} ({100 * found.low:.1f} to {100 * found.high:.1f})"


def to_csv(standings: Sequence[Standing], *, published: bool) -> str:
    """Return the table with one line of names, full figures, and nothing where unknown."""
    shown = columns(published=published, detectors=any(row.detects for row in standings))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.key for column in shown])
    writer.writerows(
        ["" if (value := column.value(row)) is None else value for column in shown]
        for row in standings
    )
    return text.getvalue()


def _of(part: str, attribute: str) -> Callable[[Standing], Any]:
    """Return what takes a number from a part of a standing; None where it has no such part."""

    def value(standing: Standing) -> Any:
        found = getattr(standing, part)
        return None if found is None else getattr(found, attribute)

    return value


def _rounded(value: float | None, places: int) -> float | None:
    return None if value is None or math.isnan(value) else round(value, places)


_COLUMNS = (
    Column("network", "Network", "Its name.", lambda s: s.title),
    Column(
        "accuracy",
        "Accuracy",
        "Measured here: the share of this machine's test digits that the network reads right.",
        _of("accuracy", "value"),
        form="percent",
        scale="mnist",
        better="more",
    ),
    Column(
        "accuracy_low",
        "from (95%)",
        "Lower bound of the accuracy with 95% confidence (Wilson).",
        _of("accuracy", "low"),
        form="percent",
        scale="mnist",
    ),
    Column(
        "accuracy_high",
        "to (95%)",
        "Upper bound of the accuracy with 95% confidence (Wilson).",
        _of("accuracy", "high"),
        form="percent",
        scale="mnist",
    ),
    Column(
        "f1",
        "F1",
        "Measured here, of detectors: how well the boxes they give out are the digits there are, "
        "in place and name (harmonic mean of precision and recall). It is no accuracy.",
        _of("f1", "value"),
        form="percent",
        scale="mnist",
        better="more",
        detectors=True,
    ),
    Column(
        "f1_low",
        "F1 from (95%)",
        "Lower bound of F1 with 95% confidence: canvases drawn anew 2,000 times.",
        _of("f1", "low"),
        form="percent",
        scale="mnist",
        detectors=True,
    ),
    Column(
        "f1_high",
        "F1 to (95%)",
        "Upper bound of F1 with 95% confidence: canvases drawn anew 2,000 times.",
        _of("f1", "high"),
        form="percent",
        scale="mnist",
        detectors=True,
    ),
    Column(
        "imagenet_top1",
        "ImageNet top-1",
        "Cited, not measured here, with the weights that the next column names. Recipes differ in "
        "data, length and distillation, also from the paper's.",
        lambda s: s.top1,
        form="percent",
        scale="published",
        better="more",
    ),
    Column(
        "imagenet_source",
        "Weights of top-1",
        "Which weights are said to reach it, and who says so.",
        lambda s: s.source or None,
        scale="published",
    ),
    Column(
        "parameters",
        "Parameters",
        "Counted in one forward pass.",
        _of("counted", "parameters"),
        form="count",
        better="less",
    ),
    Column(
        "macs",
        "MACs",
        "Multiply-accumulates of convolutions, linear layers and attention for one image, counted "
        "in one forward pass; one is two floating-point operations.",
        _of("counted", "macs"),
        form="count",
        better="less",
    ),
    Column(
        "latency_p50_ms",
        "Latency p50, ms",
        "Measured here, on one thread: half of the calls with one image stay within.",
        _of("speed", "p50"),
        form=".3g",
        better="less",
    ),
    Column(
        "latency_p95_ms",
        "Latency p95, ms",
        "Measured here, on one thread: 95% of the calls with one image stay within.",
        _of("speed", "p95"),
        form=".3g",
        better="less",
    ),
    Column(
        "images_per_second",
        "Images/s",
        "Measured here, one image at a time: 1,000 ms over the median.",
        _of("speed", "images_per_second"),
        form=",.0f",
        better="more",
    ),
    Column(
        "badge",
        "Host",
        "Whether others used the processor while latency was measured.",
        _of("speed", "badge"),
    ),
    Column(
        "weight_bytes",
        "Memory of weights",
        "Memory of the parameters in float32, counted.",
        _of("counted", "weight_bytes"),
        form="bytes",
        better="less",
    ),
    Column(
        "activation_bytes",
        "of activations",
        "Memory of the activations that are alive at once, at most, while one image goes forward "
        "in float32, counted.",
        _of("counted", "activation_bytes"),
        form="bytes",
        better="less",
    ),
    Column(
        "training_bytes_batch_128",
        "of training",
        f"Memory of a step of training with Adam on {BATCH} images in float32, counted: weights, "
        "gradients, two moments, and what the backward pass needs.",
        _of("counted", "training_bytes"),
        form="bytes",
        better="less",
    ),
    Column(
        "receptive_field_px",
        "Receptive field, px",
        "Computed: side of what a unit of the last layer that is still a map (the column Last map "
        "names it) sees far from any border. Empty where no number tells, as for attention, which "
        "reaches as far as the input does.",
        _of("counted", "field"),
        form=",.0f",
    ),
    Column(
        "receptive_field_share",
        "of the input",
        "Computed: share of the input that the middle unit of that layer sees.",
        _of("counted", "share"),
        form="percent",
    ),
    Column("last_map", "Last map", "The layer's dotted name.", _of("counted", "layer")),
    Column(
        "training_seconds",
        "Trained, s",
        f"{_TRAINED}: seconds of training. Other networks trained longer, or elsewhere, or beside "
        "other work: compare them in a race.",
        lambda s: _rounded(s.record.seconds, 1),
        form=",.1f",
        scale="mnist",
    ),
    Column(
        "trained_epochs",
        "Epochs",
        f"{_TRAINED}: passes over the training digits.",
        lambda s: _rounded(s.record.epochs, 2),
        form="g",
        scale="mnist",
    ),
    Column(
        "trained_with",
        "Trained with",
        f"{_TRAINED}: processor and its cores or threads. The load meanwhile is not on record.",
        lambda s: s.record.hardware or None,
        scale="mnist",
    ),
    Column(
        "accuracy_on_record",
        "On record",
        "Test accuracy noted at the end of its training, on the digits of the column behind.",
        lambda s: None if s.detects else s.record.accuracy,
        form="percent",
        scale="mnist",
    ),
    Column(
        "tested_on", "tested on", "On record.", lambda s: s.record.tested_on or None, scale="mnist"
    ),
    Column(
        "original_imagenet_top1",
        "Full size, ImageNet top-1",
        "Cited: of the network at full size, not of the small one here, with the weights that the "
        "next column names. Recipes differ in data, length and distillation, also from the "
        "paper's.",
        lambda s: s.top1,
        form="percent",
        scale="mnist",
        better="more",
    ),
    Column(
        "imagenet_source",
        "Weights of top-1",
        "Which weights are said to reach it, and who says so.",
        lambda s: s.source or None,
        scale="mnist",
    ),
    Column(
        "timed_on",
        "Timed on",
        "The processor that latency was measured on, and the threads.",
        _of("speed", "where"),
    ),
    Column("timed_at", "Timed at", "When latency was measured.", _of("speed", "when")),
)
