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
    joined,
)
from cnnviz.report.facts.candidates import (
    META,
    best_candidates,
    quartiles_overlap,
    strongest_alternative,
)
from cnnviz.report.facts.context import ReportContext
from cnnviz.report.facts.recommendation import recommendation
from cnnviz.report.sections.architecture_drawing import architecture_drawing

HOST_BUSY = "the machine was busy with other work"
_CATALOG = "cnnviz's catalog of architectures"


def summary_section(context: ReportContext) -> Section:
    """Return the summary: key figures and the recommendation."""
    chosen = context.chosen
    headline: tuple[tuple[str, TableCell], ...] = (
        (f"Test {context.facts.row.measure}", (chosen.accuracy,)),
        ("Parameters", (chosen.parameters,)),
        ("Median latency, one image", (without_remedy(chosen.latency),)),
        ("Training time", (context.training_time,)),
    )
    first, *_ = recommendation(context.criterion, chosen, context.alternatives)
    doubts: list[TableCell] = []
    comparison = context.comparison
    if context.criterion.key == "accuracy" and comparison and not comparison.decided:
        doubts = comparison.sentences()[:2][-1:]
    paragraphs = [*_best(context), first, *doubts, *_busy_note(context)]
    return Section(
        "Summary",
        (
            Paragraph((from_catalog(context.facts.row.idea),)),
            Facts(headline, headline=True),
            *map(Paragraph, paragraphs),
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


def _best(context: ReportContext) -> list[TableCell]:
    """Return which network is best by the criterion; nothing without alternatives.

    Where predictions for the same digits, or the spread of the latencies, do not show that it is
    better than the next one, it is not recommended: the sentence names the next one and says why.
    """
    if not context.alternatives:
        return []
    called = context.criterion_title
    best = best_candidates(context.criterion, context.chosen, context.alternatives)
    if not best:
        missing = Missing("no network, because it was not measured")
        return [(f"Recommended by {called}: ", missing, ".")]
    names = joined([(name,) for name in best])
    if len(best) > 1:
        return [(f"Recommended by {called}: ", *names, ", which are equal.")]
    if doubt := _doubt(context, best[0]):
        return [(f"Best by recorded {called}: ", *names, *doubt, ".")]
    return [(f"Recommended by {called}: ", *names, ".")]


def _doubt(context: ReportContext, best: Name) -> TableCell:
    """Return why the best network by the records is not recommended; nothing if it is."""
    criterion, comparison = context.criterion, context.comparison
    rival = strongest_alternative(criterion, context.alternatives)
    if rival is None or criterion.score(context.chosen) is None:
        return ()
    other = rival.name if best == context.chosen.name else context.chosen.name
    if criterion.key == "latency" and quartiles_overlap(context.chosen, rival):
        return (", but the interquartile ranges of its latency and of that of ", other, " overlap")
    if criterion.key != "accuracy" or comparison is None:
        return ()
    if comparison.counts is None:
        return (", but it was not compared on the same digits with ", other)
    if not comparison.decided:
        return (", but on the same digits the difference from ", other, " is not significant")
    if comparison.leader != best:
        return (", but on the same digits ", other, " is better")
    return ()


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
