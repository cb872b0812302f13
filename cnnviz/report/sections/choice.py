"""The sections on the choice of a network: alternatives, pros and cons, recommendation."""

from cnnviz.report.document.blocks import (
    Block,
    Bullets,
    DataTable,
    Facts,
    Figure,
    Paragraph,
    Section,
    TableCell,
    joined,
)
from cnnviz.report.facts.candidates import CRITERIA, DERIVED, Candidate, rank
from cnnviz.report.facts.context import ReportContext
from cnnviz.report.facts.recommendation import recommendation
from cnnviz.report.sections.overview import from_catalog, without_remedy

_P50_P95 = (
    "p50 is the median latency of one image, p95 the latency that all but the slowest twentieth of "
    "the calls do not exceed."
)
_UNTIMED = (
    "latency was not measured for any of them; the section on latency says how to measure it."
)


def alternatives_section(context: ReportContext) -> Section:
    """Return the networks it was compared with, itself among them, best first."""
    candidates = [context.chosen, *context.alternatives]

    def sort_key(candidate: Candidate) -> float:
        score = context.criterion.score(candidate)
        return float("inf") if score is None else -score

    candidates.sort(key=sort_key)
    measure = context.facts.row.measure
    heads = ("Network", f"Test {measure}", "95% interval", "Parameters", "MACs", "p50", "p95")
    timed = any(isinstance(candidate.latency, Figure) for candidate in candidates)
    columns = len(heads) if timed else len(heads) - 2  # no p50 and p95 if none was measured
    intro: TableCell = (
        f"Sorted by {context.criterion_title}, best first. The interval is Wilson's for the number "
        "of digits that each network was tested on. MACs are multiply-accumulate operations for "
        f"one image; {_P50_P95 if timed else _UNTIMED}",
    )
    rows = tuple(_row(candidate)[:columns] for candidate in candidates)
    table = DataTable(heads[:columns], rows, mark=candidates.index(context.chosen))
    notes = [intro, *_notes(context, candidates)]
    return Section("Alternatives", (*map(Paragraph, notes), table))


def _notes(context: ReportContext, candidates: list[Candidate]) -> list[TableCell]:
    """Return on which conditions the table depends."""
    notes: list[TableCell] = []
    busy = sum(candidate.busy for candidate in candidates)
    if busy and context.chosen.latencies:
        count = Figure(busy, f"{busy:,}", context.chosen.latencies.source)
        notes.append(
            (
                *("Caution: other processes used the processor while ", count, " of these were "),
                "timed. Latencies on a quiet machine may differ.",
            )
        )
    if not context.alternatives:
        notes.append(("No alternatives were named, so nothing was compared.",))
    if context.left_out:
        names = joined([(name,) for name in context.left_out])
        notes.append(("Left out because their files are damaged: ", *names, "."))
    return notes


def _row(candidate: Candidate) -> tuple[TableCell, ...]:
    return (
        (candidate.name,),
        (without_remedy(candidate.accuracy),),
        (candidate.interval,),
        (candidate.parameters,),
        (candidate.macs,),
        (without_remedy(candidate.latency),),
        (without_remedy(candidate.p95),),
    )


def pros_and_cons_section(context: ReportContext) -> Section:
    """Return the strengths and weaknesses of the network."""
    row, blocks = context.facts.row, list[Block]()
    for heading, phrases in (("Strengths", row.pros), ("Weaknesses", row.cons)):
        if phrases:
            items = tuple((from_catalog(phrase),) for phrase in phrases)
            blocks += [Paragraph((f"{heading} of the architecture:",)), Bullets(items)]
    ranks = [
        (f"By {criterion.title_for(context.chosen)}", _rank_cell(*place))
        for criterion in CRITERIA.values()
        if (place := rank(criterion, context.chosen, context.alternatives))
    ]
    if context.alternatives:
        blocks.append(Paragraph(("Rank among the networks with known figures:",)))
        blocks.append(Facts(tuple(ranks)))
    return Section("Pros and cons", tuple(blocks))


def _rank_cell(place: int, total: int) -> TableCell:
    return (Figure(place, f"{place:,}", DERIVED), " of ", Figure(total, f"{total:,}", DERIVED))


def recommendation_section(context: ReportContext) -> Section:
    """Return whether the figures speak for the network by the criterion, and by the others."""
    comparison = context.comparison
    sentences = recommendation(
        context.criterion,
        context.chosen,
        context.alternatives,
        comparison.sentences() if comparison else [],
        decided=comparison.decided if comparison and comparison.counts else None,
    )
    intro = (
        f"The main criterion is {context.criterion_title}. These sentences follow from the figures "
        "above.",
    )
    return Section("Why this network", (Paragraph(intro), Bullets(sentences)))
