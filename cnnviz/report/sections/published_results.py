"""The section that compares a network with published results."""

from cnnviz.models.structure.counts import count
from cnnviz.models.structure.trace import trace_architecture
from cnnviz.report.document.blocks import (
    Block,
    DataTable,
    Facts,
    Figure,
    Link,
    Missing,
    Name,
    Paragraph,
    Section,
    TableCell,
)
from cnnviz.report.facts.candidates import META
from cnnviz.report.facts.citations import PUBLISHED_ERRORS
from cnnviz.report.facts.context import ReportContext
from cnnviz.report.facts.measured_latencies import QUIET, measured_latencies
from cnnviz.report.sections.overview import HOST_BUSY
from cnnviz.stats.percentages import percent

_OFFICIAL = 10_000  # test digits of MNIST
_SPLIT = "published: LeCun et al., 1998; the data set's own split"


def published_results_section(context: ReportContext) -> Section:
    """Return how the network compares with published results."""
    if context.facts.row.task == "classify":
        blocks = _on_mnist(context)
    else:
        text = (
            "There are no published results for this task: cnnviz composes the canvases with "
            "several digits itself."
        )
        blocks = [Paragraph((text,))]
    return Section("Comparison with published results", (*blocks, *_full_size(context)))


def _on_mnist(context: ReportContext) -> list[Block]:
    share, facts = context.facts.network.accuracy, context.facts
    error: TableCell = (Missing(),)
    if share is not None:
        source = f"{facts.source}: one minus the accuracy"
        error = (Figure(1 - share, percent(1 - share, 2), source),)
    tested = facts.network.tested_on
    where: TableCell = (Figure(tested, tested, facts.source),) if tested else (Missing(),)
    rows: list[tuple[TableCell, ...]] = [((context.chosen.name,), error, ("here",), where)]
    for result in PUBLISHED_ERRORS:
        source = f"published: {result.paper}, {result.year}"
        figure = Figure(result.error, percent(result.error, 2), source)
        year = Figure(result.year, str(result.year), source)
        link = Link(result.paper, result.url)
        rows.append(((Name(result.system),), (figure,), (year,), (link,)))
    note: TableCell = (
        "Test error on MNIST; lower is better. The published errors are cited, not measured here, "
        "and refer to the ",
        Figure(_OFFICIAL, f"{_OFFICIAL:,}", _SPLIT),
        " official test digits.",
    )
    if facts.test_count != _OFFICIAL:
        note += (
            " This network was tested on other digits, so the errors are not strictly comparable.",
        )
    heads = ("System", "Test error", "Year", "Tested on or published in")
    return [Paragraph(note), DataTable(heads, tuple(rows), mark=0)]


def _full_size(context: ReportContext) -> list[Block]:
    """Return facts about the full-size network of the same architecture, if there is one."""
    row = context.facts.row
    if row.published is None:
        return []
    costs = count(trace_architecture(row, published=True))
    top1: TableCell = (Missing("none published for its task on ImageNet"),)
    if row.published.top1 is not None:
        text = percent(row.published.top1, 2)
        top1 = (Figure(row.published.top1, text, f"published: {row.published.source}"),)
    facts: tuple[tuple[str, TableCell], ...] = (
        ("Network", (Name(row.published.name),)),
        ("ImageNet top-1", top1),
        ("Parameters", (Figure(costs.parameters, f"{costs.parameters:,}", META),)),
        ("MACs", (Figure(costs.macs, f"{costs.macs:,}", META),)),
        ("Median latency, one image", _full_size_latency(row.key)),
    )
    note = (
        "The same architecture as its authors built it, for photographs. Its accuracy belongs to "
        "another task and is not comparable with the one above."
    )
    return [Paragraph((note,)), Facts(facts)]


def _full_size_latency(key: str) -> TableCell:
    latencies = measured_latencies([key], published=True)
    latency = latencies.timings[key].latency if latencies else None
    if latencies is None or latency is None:
        command = f"python -m cnnviz bench --published --models {key}"
        return (Missing(remedy="to measure it, run", command=command),)
    p50 = Figure(latency.p50, f"{latency.p50:.3g}", latencies.source, "ms")
    if latency.badge in QUIET:
        return (p50,)
    return (p50, ", ", Figure(HOST_BUSY, HOST_BUSY, latencies.source))
