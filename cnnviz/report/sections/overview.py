"""The first sections of a report: the summary and the model."""

from cnnviz.models.structure.shapes import one_line, outline
from cnnviz.report.document.blocks import (
    Facts,
    Figure,
    Link,
    Missing,
    Name,
    Paragraph,
    Section,
    TableCell,
)
from cnnviz.report.facts.candidates import (
    META,
)
from cnnviz.report.facts.conclusion import conclusion
from cnnviz.report.facts.context import ReportContext
from cnnviz.report.sections.architecture_drawing import architecture_drawing

HOST_BUSY = "the machine was busy with other work"
_CATALOG = "cnnviz's catalog of architectures"


def summary_section(context: ReportContext) -> Section:
    """Return the summary: the conclusion, key figures and the reasons."""
    chosen = context.chosen
    headline: tuple[tuple[str, TableCell], ...] = (
        (f"Test {context.facts.row.measure}", (chosen.accuracy,)),
        ("Parameters", (chosen.parameters,)),
        ("Median latency, one image", (without_remedy(chosen.latency),)),
        ("Training time", (context.training_time,)),
    )
    doubts: list[TableCell] = []
    comparison = context.comparison
    if context.criterion.key == "accuracy" and comparison and not comparison.decided:
        doubts = comparison.sentences()[:2][-1:]
    return Section(
        "Summary",
        (
            Paragraph(conclusion(context), conclusion=True),
            Facts(headline, headline=True),
            *map(Paragraph, [*doubts, *_busy_note(context)]),
            Paragraph((from_catalog(context.facts.row.idea),)),
        ),
    )


def without_remedy(value: Figure | Missing) -> Figure | Missing:
    """Return a value for a narrow cell; a missing one without the instruction to get it."""
    return value if isinstance(value, Figure) else Missing()


def from_catalog(text: str) -> Figure:
    """Return a text of the catalog."""
    return Figure(text, text, _CATALOG)


def _busy_note(context: ReportContext) -> list[TableCell]:
    latencies = context.chosen.latencies
    if latencies is None or not context.chosen.busy:
        return []
    busy = Figure(HOST_BUSY, HOST_BUSY, latencies.source)
    return [("Caution: ", busy, " while latency was measured; on an idle machine it may be lower.")]


def model_section(context: ReportContext) -> Section:
    """Return the drawing of the architecture and its facts."""
    row = context.facts.row
    shapes = outline(row)
    path = one_line(shapes)
    facts: list[tuple[str, TableCell]] = [
        ("Architecture", (Name(row.title),)),
        ("Family", (from_catalog(row.family),)),
    ]
    if row.paper and row.year:
        year = Figure(row.year, str(row.year), _CATALOG)
        facts.append(("Published", (Link(row.paper.title, row.paper.url), ", ", year)))
    facts.append(("At this scale", (from_catalog(row.note),)))
    facts.append(("Forward pass", (Figure(path, path, META),)))
    if row.lecture:
        facts.append(("From the lecture", (from_catalog(row.lecture),)))
    return Section("Model", (architecture_drawing(shapes, META), Facts(tuple(facts))))
