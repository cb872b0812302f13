"""The sections of measured figures: size, latency and metrics."""

from collections.abc import Mapping
from types import MappingProxyType

from cnnviz.benchmark.results.findings import Timing
from cnnviz.benchmark.static_costs import cost
from cnnviz.benchmark.timing.latency import LECTURE_CALLS
from cnnviz.models.structure.convolution.arithmetic import BYTES
from cnnviz.report.document.blocks import (
    Block,
    Facts,
    Figure,
    Missing,
    Paragraph,
    Section,
    TableCell,
    joined,
)
from cnnviz.report.facts.candidates import META
from cnnviz.report.facts.context import CHOSEN, ReportContext
from cnnviz.report.facts.measured_latencies import MeasuredLatencies
from cnnviz.report.facts.test_results import ClassifierResults
from cnnviz.stats.percentages import percent

_THRESHOLDS = (0.9, 0.99)  # confidences below which a person might check
_TRAINING_MEMORY = f"{META}: parameters, gradients, two moments and the stored activations"
_FLOAT32 = "computed from the parameters: four bytes each"
_FILE = "size of the file with the weights; How to reproduce has the command that checks the file"
_HOST_LOAD: Mapping[str, str] = MappingProxyType(
    {"clean": "none detected", "noisy": "some", "host busy": "heavy"}
)


def size_section(context: ReportContext) -> Section:
    """Return how large the network is."""
    costs, batch = cost(context.facts.row, published=False), context.settings.batch_size
    parameters = context.facts.count.parameters
    facts: tuple[tuple[str, TableCell], ...] = (
        ("Parameters", (context.chosen.parameters,)),
        ("Multiply-accumulate operations, one image", (context.chosen.macs, " (MACs)")),
        ("Weights in float32", (_megabytes(BYTES * parameters, _FLOAT32),)),
        ("Weights on disk", (_megabytes(context.facts.network.weights.stat().st_size, _FILE),)),
        ("Peak activation memory, one image", (_megabytes(costs.activation_peak, META),)),
        (
            "Memory of a training step with Adam",
            (
                *(_megabytes(costs.training_bytes(batch), _TRAINING_MEMORY), " for a batch of "),
                *(context.recorded(batch), " images"),
            ),
        ),
    )
    return Section("Parameters and size", (Facts(facts),))


def _megabytes(value: int, source: str) -> Figure:
    return Figure(value, f"{value / 1e6:.3g}", source, "MB")


def latency_section(context: ReportContext) -> Section:
    """Return the latency of one image, and how it was measured."""
    latencies, key = context.chosen.latencies, context.facts.network.architecture_key
    timing = latencies.timings.get(key) if latencies else None
    if latencies is None or timing is None or timing.latency is None:
        candidates = (context.chosen, *context.alternatives)
        keys = dict.fromkeys(c.facts.network.architecture_key for c in candidates)
        missing = Missing(
            "Not measured on this machine",
            "to measure it in turns with the alternatives, run",
            f"python -m cnnviz bench --models {' '.join(keys)}",
        )
        return Section("Latency", (Paragraph((missing,)),))
    rows = (*_latency_rows(latencies, timing), *_condition_rows(latencies, timing))
    return Section("Latency", (Facts(rows), Paragraph(_PROTOCOL)))


_PROTOCOL: TableCell = (
    "Protocol: one image at a time in float32, in evaluation mode and without gradients, in "
    "PyTorch. The first call initializes libraries and caches, and is reported separately. After a "
    "warm-up, each call is timed individually; several networks take turns, and the first call "
    "after each switch is discarded. The lecture's mean omits the very first call and averages at "
    "most ",
    Figure(LECTURE_CALLS, str(LECTURE_CALLS), "the lecture's rule"),
    " calls after it. Latency is that of the architecture and does not depend on the weights.",
)


def _latency_rows(latencies: MeasuredLatencies, timing: Timing) -> list[tuple[str, TableCell]]:
    """Return the latency figures."""
    assert timing.latency
    source, latency = latencies.source, timing.latency
    throughput = latency.images_per_second

    def ms(value: float) -> Figure:
        return Figure(value, f"{value:.3g}", source, "ms")

    calls = Figure(latency.lecture_n, f"{latency.lecture_n}", source)
    return [
        ("Median (p50)", (ms(latency.p50),)),
        ("p90", (ms(latency.p90),)),
        ("p95", (ms(latency.p95),)),
        (
            "Interquartile range",
            (ms(latency.percentile(25)), " to ", ms(latency.percentile(75))),
        ),
        ("First call (cold)", (ms(latency.cold),)),
        ("The lecture's mean", (ms(latency.lecture), " over ", calls, " calls")),
        (
            "Throughput at the median",
            (Figure(throughput, f"{throughput:,.0f}", source, "images/s"),),
        ),
        ("Timed calls", (Figure(latency.n, f"{latency.n:,}", source),)),
    ]


def _condition_rows(latencies: MeasuredLatencies, timing: Timing) -> list[tuple[str, TableCell]]:
    """Return the conditions under which latency was measured."""
    assert timing.latency
    conditions, latency = latencies.conditions, timing.latency

    def fact(value: float | int | str, text: str | None = None) -> Figure:
        return Figure(value, text or f"{value}", latencies.source)

    versions = joined([(f"{name} ", fact(v)) for name, v in conditions.versions.items()])
    rows: list[tuple[str, TableCell]] = [
        ("Machine", (fact(conditions.hardware), ", ", fact(conditions.machine))),
        ("Threads", (fact(timing.threads),)),
        ("Measured at", (fact(conditions.created),)),
        ("Versions", versions),
    ]
    if conditions.load_before is not None:
        load = fact(conditions.load_before, f"{conditions.load_before:.2f}")
        rows.append(("Load average before", (load,)))
    if latency.contention:
        ratio = fact(latency.contention, f"{latency.contention:.2f}")
        badge = fact(latency.badge, _HOST_LOAD.get(latency.badge))
        rows.append(
            (
                "Other load on the machine",
                (badge, ": wall time was ", ratio, " times CPU time"),
            )
        )
    return rows


def metrics_section(context: ReportContext) -> Section:
    """Return the test metrics, both recorded and recomputed on this machine."""
    facts, tested = context.facts, context.facts.network.tested_on
    rows: list[tuple[str, TableCell]] = [
        (f"Recorded test {facts.row.measure}", (context.chosen.accuracy,))
    ]
    if tested:
        rows.append(("Tested on", (Figure(tested, tested, facts.source),)))
    if facts.interval:
        rows.append(("95% interval", (context.chosen.interval,)))
    for name, value in facts.measures.items():
        rows.append((name.capitalize(), (Figure(value, percent(value, 2), facts.source),)))
    blocks: list[Block] = [Facts(tuple(rows))]
    if context.classified:
        blocks += _recomputed(context, context.classified)
    return Section("Metrics", tuple(blocks))


def _recomputed(context: ReportContext, results: ClassifierResults) -> list[Block]:
    """Return the metrics on this machine's test digits."""
    correct, total = int(results.correct.sum()), len(results.correct)
    per_class = results.per_class()
    hardest = min(per_class, key=lambda digit: per_class[digit])
    rows: tuple[tuple[str, TableCell], ...] = (
        (
            "Accuracy recomputed here",
            (
                *(context.share(correct / total), ": ", context.counted(correct), " of "),
                *(context.counted(total), " test digits"),
            ),
        ),
        (
            "Class with the lowest accuracy",
            (
                *(Figure(hardest, str(hardest), context.test_source), ", with "),
                context.share(per_class[hardest]),
            ),
        ),
        (
            "If a person checks low-confidence predictions",
            joined([_rejection(context, results, t) for t in _THRESHOLDS], last="; "),
        ),
        (
            "Misclassified digits",
            (context.counted(total - correct), " of ", context.counted(total)),
        ),
    )
    return [Paragraph(("Computed for this report on this machine's test digits:",)), Facts(rows)]


def _rejection(context: ReportContext, results: ClassifierResults, threshold: float) -> TableCell:
    """Return the share of predictions below a threshold, and the errors among the others."""
    total = len(results.correct)
    checked, wrong = results.rejection(threshold)
    return (
        *("at a confidence threshold of ", Figure(threshold, percent(threshold, 0), CHOSEN), ", "),
        *(
            context.share(checked / total),
            " of the predictions are checked, and ",
            context.counted(wrong),
        ),
        *(" of the other ", context.counted(total - checked), " are wrong"),
    )
