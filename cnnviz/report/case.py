"""The case for a network: what it is, its alternatives, pros and cons, why this one."""

from cnnviz.catalogue import Architecture
from cnnviz.report import published
from cnnviz.report.choice import CRITERIA, HERE, META, Candidate, Criterion, rank, title, verdict
from cnnviz.report.material import Material
from cnnviz.report.parts import (
    Block,
    Bullets,
    Cell,
    Facts,
    Figure,
    Link,
    Missing,
    Name,
    Paragraph,
    Section,
    Table,
)

_WILSON = "worked out from the accuracy on record and the digits it is of, after Wilson 1927"
_CATALOGUE = "cnnviz's catalogue of architectures"


def summary(known: Material) -> Section:
    """Return what a manager reads first."""
    chosen = known.chosen
    facts: list[tuple[str, Cell]] = [
        (f"Test {chosen.dossier.row.measure}", (chosen.accuracy,)),
        ("Parameters", (chosen.parameters,)),
        ("Latency, median of one image", (_short(chosen.latency),)),
        ("Training", (duration(known),)),
    ]
    first, *_ = verdict(known.by, chosen, known.others)
    return Section("In short", (Facts(tuple(facts), headline=True), Paragraph(first)))


def duration(known: Material) -> Figure | Missing:
    """Return how long the training took."""
    seconds = known.dossier.seconds
    if seconds is None:
        return Missing(
            "on record for the whole training only", "report on the run's newest weights"
        )
    return Figure(seconds, f"{seconds:,.1f}", known.dossier.source, "s")


def model(known: Material) -> Section:
    """Return what the model is."""
    row = known.dossier.row
    blocks: list[Block] = [Paragraph((_quote(row.idea),))]
    facts: list[tuple[str, Cell]] = [("Architecture", (Name(row.title),))]
    facts.append(("Family", (_quote(row.family),)))
    if row.paper and row.year:
        year = Figure(row.year, str(row.year), _CATALOGUE)
        facts.append(("Published", (Link(row.paper.title, row.paper.url), ", ", year)))
    facts.append(("At this scale", (_quote(row.note),)))
    facts.append(("Forward pass", (_path(row),)))
    if row.lecture:
        facts.append(("The lecture says", (_quote(row.lecture),)))
    return Section("The model", (*blocks, Facts(tuple(facts))))


def _path(row: Architecture) -> Figure:
    from cnnviz.shapes import one_line, outline

    line = one_line(outline(row))
    return Figure(line, line, META)


def _quote(text: str) -> Figure:
    return Figure(text, text, _CATALOGUE)


def alternatives(known: Material) -> Section:
    """Return the networks it was compared with, itself among them, best first."""
    every = [known.chosen, *known.others]
    worst = float("-inf")
    every.sort(key=lambda each: -(worst if (score := known.by.score(each)) is None else score))
    measure = known.dossier.row.measure
    heads = ("Network", f"Test {measure}", "95% interval", "Parameters", "MACs", "p50, one image")
    notes: list[Block] = [
        Paragraph(
            (
                f"Best first, by {title(known.by, known.chosen)}. The interval is Wilson's, for "
                "the number of digits each was tested on. MACs are multiply-accumulates for one "
                "image; p50 is the time that half of the calls stay within.",
            )
        )
    ]
    if not known.others:
        notes.append(Paragraph(("No alternative was named: nothing was compared.",)))
    rows = tuple(_row(each) for each in every)
    return Section(
        "Alternatives measured", (*notes, Table(heads, rows, mark=every.index(known.chosen)))
    )


def _row(each: Candidate) -> tuple[Cell, ...]:
    return (
        (each.name,),
        (_short(each.accuracy),),
        (interval(each),),
        (each.parameters,),
        (each.macs,),
        (_short(each.latency),),
    )


def _short(found: Figure | Missing) -> Figure | Missing:
    return found if isinstance(found, Figure) else Missing()


def interval(each: Candidate) -> Figure | Missing:
    """Return the bounds of a network's accuracy."""
    found = each.dossier.interval
    if found is None:
        return Missing("none: it is no share of so many digits")
    text = f"{100 * found.low:.2f}–{100 * found.high:.2f}%"
    return Figure(f"{found.low!r} {found.high!r}", text, _WILSON)


def pros_and_cons(known: Material) -> Section:
    """Return what speaks for the network and against it."""
    row, blocks = known.dossier.row, list[Block]()
    for heading, phrases in (("For it", row.pros), ("Against it", row.cons)):
        if phrases:
            items = tuple((_quote(phrase),) for phrase in phrases)
            blocks += [Paragraph((f"{heading}, as an architecture:",)), Bullets(items)]
    places = [
        (f"By {title(by, known.chosen)}", found)
        for by in CRITERIA.values()
        if (found := rank(by, known.chosen, known.others))
    ]
    if known.others:
        blocks.append(Paragraph(("Where it stands among those measured:",)))
        blocks.append(Facts(tuple((called, _place(*found)) for called, found in places)))
    return Section("Pros and cons", tuple(blocks))


def _place(place: int, of: int) -> Cell:
    return ("place ", Figure(place, f"{place:,}", HERE), " of ", Figure(of, f"{of:,}", HERE))


def why(known: Material) -> Section:
    """Return whether the numbers speak for it by what counts most, and by the rest."""
    by: Criterion = known.by
    said = verdict(by, known.chosen, known.others)
    opening = (
        f"What counts most here is {title(by, known.chosen)}. The sentences follow from "
        "the numbers above.",
    )
    return Section("Why this one", (Paragraph(opening), Bullets(said)))


def comparison(known: Material) -> Section:
    """Return how it compares with what others have published."""
    blocks: list[Block] = []
    if known.dossier.row.task == "classify":
        blocks += _on_mnist(known)
    else:
        blocks.append(
            Paragraph(
                (
                    "There is no published result for this task: the canvases with several digits "
                    "are cnnviz's own.",
                )
            )
        )
    blocks += _as_published(known)
    return Section("Comparison with published results", tuple(blocks))


def _on_mnist(known: Material) -> list[Block]:
    share, found = known.dossier.network.accuracy, known.dossier
    error: Cell = (Missing(),)
    if share is not None:
        error = (Figure(1 - share, f"{1 - share:.2%}", f"{found.source}: one less the accuracy"),)
    tested = found.network.tested_on
    where: Cell = (Figure(tested, tested, found.source),) if tested else (Missing(),)
    rows = [((known.chosen.name,), error, where)]
    for result in published.MNIST:
        source = f"published: {result.paper}, {result.year}"
        figure = Figure(result.error, f"{result.error:.2%}", source)
        rows.append(((Name(result.what),), (figure,), (Link(result.paper, result.url),)))
    note = (
        "Test error on MNIST, where less is better. The published ones are cited, not measured "
        "here; each is of the official test digits."
    )
    return [Paragraph((note,)), Table(("System", "Test error", "Where"), tuple(rows), mark=0)]


def _as_published(known: Material) -> list[Block]:
    row = known.dossier.row
    if row.published is None:
        return []
    from cnnviz.counting import count
    from cnnviz.tracing import trace_row

    counted = count(trace_row(row, published=True))
    name = row.published.name
    top1: Cell = (Missing("nobody has published one for its task on ImageNet"),)
    if row.published.top1 is not None:
        shown = f"{row.published.top1:.2%}"
        top1 = (Figure(row.published.top1, shown, f"published: {row.published.source}"),)
    facts: tuple[tuple[str, Cell], ...] = (
        ("Network", (Name(name),)),
        ("ImageNet top-1", top1),
        ("Parameters", (Figure(counted.parameters, f"{counted.parameters:,}", META),)),
        ("MACs", (Figure(counted.macs, f"{counted.macs:,}", META),)),
    )
    note = (
        "The same architecture as its authors built it, for photographs. Its accuracy is that of "
        "another task and does not compare with the one above."
    )
    return [Paragraph((note,)), Facts(facts)]
