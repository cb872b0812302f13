"""The case for a network: what it is, its alternatives, pros and cons, why this one."""

from cnnviz.report.document.blocks import (
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
    joined,
)
from cnnviz.report.facts import citations
from cnnviz.report.facts.context import Material
from cnnviz.report.facts.network_facts import QUIET, timed
from cnnviz.report.facts.recommendation import (
    CRITERIA,
    HERE,
    META,
    Candidate,
    Criterion,
    halves_overlap,
    rank,
    recommended,
    rival,
    title,
    verdict,
)
from cnnviz.report.sections.svg_drawings import architecture_drawing

HOST_BUSY = "the machine was busy"
_CITED = "published: LeCun et al., 1998; the data set's own division"
OFFICIAL = 10_000  # test digits of MNIST
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
    doubt = () if known.duel is None or known.duel.decided else known.duel.sentences()[:2][-1:]
    return Section(
        "In short",
        (
            Paragraph((_quote(chosen.dossier.row.idea),)),
            Facts(tuple(facts), headline=True),
            *map(Paragraph, _recommendation(known)),
            Paragraph(first),
            *map(Paragraph, doubt if known.by.key == "accuracy" else ()),
            *map(Paragraph, _busy_note(known)),
        ),
    )


def _busy_note(known: Material) -> list[Cell]:
    timed = known.chosen.timing
    if timed is None or not known.chosen.busy:
        return []
    busy = Figure(HOST_BUSY, HOST_BUSY, timed.source)
    return [("Careful: ", busy, " while the latency was measured; alone it may be less.")]


def _recommendation(known: Material) -> list[Cell]:
    """Return who is best by what counts most; nothing where there is nobody else.

    Whom the same digits, or the spread of the calls, do not tell from the next is not recommended
    but called the best on record, and the next one is named.
    """
    if not known.others:
        return []
    called = title(known.by, known.chosen)
    best = recommended(known.by, known.chosen, known.others)
    if not best:
        return [(f"Recommended by {called}: ", Missing("nobody, since it was not measured"), ".")]
    names = joined([(name,) for name in best])
    if len(best) > 1:
        return [(f"Recommended by {called}: ", *names, ". They are equal.")]
    if doubt := _open(known, best[0]):
        return [(f"Best by {called} on record: ", *names, *doubt, ".")]
    return [(f"Recommended by {called}: ", *names, ".")]


def _open(known: Material, best: Name) -> Cell:
    """Return what keeps the best on record from being recommended; nothing if nothing does."""
    beside = rival(known.by, known.others)
    if beside is None or known.by.score(known.chosen) is None:
        return ()
    second = beside.name if best == known.chosen.name else known.chosen.name
    if known.by.key == "latency" and halves_overlap(known.chosen, beside):
        return (", but the middle halves of its calls and of those of ", second, " overlap")
    if known.by.key != "accuracy" or known.duel is None:
        return ()
    if known.duel.split is None:
        return (", but it was not asked about the same digits as ", second)
    if not known.duel.decided:
        return (", but the same digits do not tell it from ", second)
    if known.duel.ahead != best:
        return (", but asked about the same digits, ", second, " is ahead")
    return ()


def duration(known: Material) -> Figure | Missing:
    """Return how long the training took."""
    seconds = known.dossier.seconds
    if known.dossier.unread:
        return Missing(known.dossier.unread)
    if seconds is None:
        return Missing(
            "on record for the whole training only", "report on the run's newest weights"
        )
    return Figure(seconds, f"{seconds:,.1f}", known.dossier.source, "s")


def model(known: Material) -> Section:
    """Return what the model is."""
    from cnnviz.models.structure.shapes import one_line, outline

    row = known.dossier.row
    shapes = outline(row)
    path = one_line(shapes)
    facts: list[tuple[str, Cell]] = [("Architecture", (Name(row.title),))]
    facts.append(("Family", (_quote(row.family),)))
    if row.paper and row.year:
        year = Figure(row.year, str(row.year), _CATALOGUE)
        facts.append(("Published", (Link(row.paper.title, row.paper.url), ", ", year)))
    facts.append(("At this scale", (_quote(row.note),)))
    facts.append(("Forward pass", (Figure(path, path, META),)))
    if row.lecture:
        facts.append(("The lecture says", (_quote(row.lecture),)))
    return Section("The model", (architecture_drawing(shapes, META), Facts(tuple(facts))))


def _quote(text: str) -> Figure:
    return Figure(text, text, _CATALOGUE)


def alternatives(known: Material) -> Section:
    """Return the networks it was compared with, itself among them, best first."""
    every = [known.chosen, *known.others]
    worst = float("-inf")
    every.sort(key=lambda each: -(worst if (score := known.by.score(each)) is None else score))
    measure = known.dossier.row.measure
    heads = ("Network", f"Test {measure}", "95% interval", "Parameters", "MACs", "p50", "p95")
    timed_any = any(isinstance(each.latency, Figure) for each in every)
    told = len(heads) if timed_any else len(heads) - 2  # p50 and p95 of nobody are no columns
    notes: list[Block] = [
        Paragraph(
            (
                f"Best first, by {title(known.by, known.chosen)}. The interval is Wilson's, for "
                "the number of digits each was tested on. MACs are multiply-accumulates for one "
                f"image; {_P50_P95 if timed_any else _UNTIMED}",
            )
        )
    ]
    busy = sum(each.busy for each in every)
    if busy and known.chosen.timing:
        many = Figure(busy, f"{busy:,}", known.chosen.timing.source)
        notes.append(
            Paragraph(
                (
                    *("Careful: others used the processor while ", many, " of these were timed. "),
                    "A quiet machine may tell other times.",
                )
            )
        )
    if not known.others:
        notes.append(Paragraph(("No alternative was named: nothing was compared.",)))
    if known.left_out:
        names = joined([(name,) for name in known.left_out])
        notes.append(Paragraph(("Left out, since the files are damaged: ", *names, ".")))
    rows = tuple(_row(each)[:told] for each in every)
    table = Table(heads[:told], rows, mark=every.index(known.chosen))
    return Section("Alternatives", (*notes, table))


_P50_P95 = (
    "p50 is the time that half of the calls with one image stay within, p95 that of all but the "
    "slowest twentieth."
)
_UNTIMED = "latency was measured of none of them: the section on latency tells how to get it."


def _row(each: Candidate) -> tuple[Cell, ...]:
    return (
        (each.name,),
        (_short(each.accuracy),),
        (each.interval,),
        (each.parameters,),
        (each.macs,),
        (_short(each.latency),),
        (_short(each.p95),),
    )


def _short(found: Figure | Missing) -> Figure | Missing:
    return found if isinstance(found, Figure) else Missing()


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
    paired = known.duel.sentences() if known.duel else []
    decided = known.duel.decided if known.duel and known.duel.split else None
    said = verdict(by, known.chosen, known.others, paired, decided=decided)
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
    rows: list[tuple[Cell, ...]] = [((known.chosen.name,), error, ("here",), where)]
    for result in citations.MNIST:
        source = f"published: {result.paper}, {result.year}"
        figure = Figure(result.error, f"{result.error:.2%}", source)
        year = Figure(result.year, str(result.year), source)
        rows.append(((Name(result.what),), (figure,), (year,), (Link(result.paper, result.url),)))
    note: Cell = (
        *("Test error on MNIST, where less is better. The published ones are cited, not measured "),
        *("here; each is of the ", Figure(OFFICIAL, f"{OFFICIAL:,}", _CITED)),
        " official test digits.",
    )
    if found.tested != OFFICIAL:
        note += (" This network was not tested on these: the numbers do not compare strictly.",)
    heads = ("System", "Test error", "Year", "Where")
    return [Paragraph(note), Table(heads, tuple(rows), mark=0)]


def _as_published(known: Material) -> list[Block]:
    row = known.dossier.row
    if row.published is None:
        return []
    from cnnviz.models.structure.counts import count
    from cnnviz.models.structure.trace import trace_row

    counted = count(trace_row(row, published=True))
    name = row.published.name
    top1: Cell = (Missing("nobody has published one for its task on ImageNet"),)
    if row.published.top1 is not None:
        shown = f"{row.published.top1:.2%}"
        top1 = (Figure(row.published.top1, shown, f"published: {row.published.source}"),)
    times = timed([row.key], published=True)
    p50: Cell = (
        Missing(
            way="time it",
            command=f"python -m cnnviz bench --published --models {row.key}",
        ),
    )
    if times and (latency := times.timings[row.key].latency):
        p50 = (Figure(latency.p50, f"{latency.p50:.3g}", times.source, "ms"),)
        if latency.badge not in QUIET:
            p50 += (", ", Figure(HOST_BUSY, HOST_BUSY, times.source))
    facts: tuple[tuple[str, Cell], ...] = (
        ("Network", (Name(name),)),
        ("ImageNet top-1", top1),
        ("Parameters", (Figure(counted.parameters, f"{counted.parameters:,}", META),)),
        ("MACs", (Figure(counted.macs, f"{counted.macs:,}", META),)),
        ("Latency, median of one image", p50),
    )
    note = (
        "The same architecture as its authors built it, for photographs. Its accuracy is that of "
        "another task and does not compare with the one above."
    )
    return [Paragraph((note,)), Facts(facts)]
