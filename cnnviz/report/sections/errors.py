"""What a network gets wrong: shown, counted, and what spoils it."""

from cnnviz.report.document.blocks import (
    Block,
    Bullets,
    Cell,
    Figure,
    Missing,
    Paragraph,
    Picture,
    Pictures,
    Section,
    Table,
)
from cnnviz.report.facts.context import CHOSEN, Material
from cnnviz.report.facts.test_results import SPOILED, Evidence, Mistake, Spoiled

PICTURES = 12
_PAIRS = 6


def failures(known: Material) -> Section:
    """Return the limits of the network and its known failures."""
    limits: list[Cell] = [_task(known)]
    blocks: list[Block] = [Bullets(tuple(limits))]
    blocks += _of_classifier(known, known.evidence) if known.evidence else _of_detector(known)
    return Section("Limits and known failures", tuple(blocks))


def _task(known: Material) -> Cell:
    if known.dossier.row.task == "detect":
        return (
            "It knows canvases of one to three handwritten digits on black. Anything else is read "
            "as a digit, or as nothing.",
        )
    return (
        "It knows one centered handwritten digit, white on black. A letter, two digits or a blank "
        "picture gets a digit for an answer all the same: it has no way to say that it is none.",
    )


def _of_classifier(known: Material, evidence: Evidence) -> list[Block]:
    wrong = int((~evidence.right).sum())
    blocks: list[Block] = []
    if not wrong:
        blocks.append(
            Paragraph(
                ("It gets none of the ", known.counted(len(evidence.right)), " test digits wrong.")
            )
        )
    else:
        blocks += _shown(known, evidence, wrong)
    return [*blocks, *_robustness(known, evidence)]


def _shown(known: Material, evidence: Evidence, wrong: int) -> list[Block]:
    mistakes = evidence.mistakes(PICTURES)
    heading: Cell = (
        *("It misreads ", known.counted(wrong), " of the ", known.counted(len(evidence.right))),
        *(" test digits. The surest of these mistakes (", known.counted(len(mistakes)), "):"),
    )
    pairs = tuple(
        (
            *(_digit(known, true), " read as ", _digit(known, said), ": "),
            *(known.counted(often), " times" if often > 1 else " time"),
        )
        for true, said, often in evidence.pairs(_PAIRS)
    )
    return [
        Paragraph(heading),
        Pictures(tuple(_picture(known, mistake) for mistake in mistakes)),
        Paragraph(("Most frequent confusions:",)),
        Bullets(pairs),
    ]


def _digit(known: Material, digit: int) -> Figure:
    return Figure(digit, str(digit), known.here)


def _picture(known: Material, mistake: Mistake) -> Picture:
    true, said = _names(mistake.true), _names(mistake.said)
    caption: list[str | Figure] = [
        *("is ", Figure(true, true, known.here), ", read as ", Figure(said, said, known.here))
    ]
    if mistake.certainty:
        caption += [", ", known.share(mistake.certainty, places=2), " sure"]
    alt = Figure(mistake.place, f"Test picture {mistake.place:,}", known.here)
    return Picture(mistake.png(), alt, tuple(caption))


def _names(digits: tuple[int, ...]) -> str:
    return " and ".join(map(str, digits)) or "nothing"


def _of_detector(known: Material) -> list[Block]:
    mistakes, wrong, of = known.seen.missed, known.seen.wrong, known.seen.of
    heading: Cell = (
        *("On ", known.counted(wrong), " of ", known.counted(of), " test canvases the names "),
        *("found are not those there. The ", known.counted(len(mistakes)), " it was surest of:"),
    )
    missing = Missing("Robustness was not measured: digits are spoiled for classifiers only")
    return [
        Paragraph(heading),
        Pictures(tuple(_picture(known, mistake) for mistake in mistakes)),
        Paragraph((missing, ".")),
    ]


def _robustness(known: Material, evidence: Evidence) -> list[Block]:
    first = evidence.spoiled[0]
    some = min(SPOILED, len(evidence.right))
    intro: Cell = (
        *("Robustness: the first ", known.counted(some), " test digits, spoiled. Unspoiled, "),
        *(known.share(first.before.value), " of these are right."),
    )
    rows = tuple(_spoiled(known, each) for each in evidence.spoiled)
    heads = ("Spoiled by", "Strength", "Right", "95% interval")
    return [Paragraph(intro), Table(heads, rows)]


def _spoiled(known: Material, each: Spoiled) -> tuple[Cell, ...]:
    way, low, high = each.perturbation, 100 * each.after.low, 100 * each.after.high
    strength = Figure(each.strength, f"{each.strength:g}", CHOSEN)
    return (
        (way.title,),
        (Figure(way.unit, way.unit, CHOSEN), ": ", strength),
        (known.share(each.after.value, places=1),),
        (Figure(f"{each.after.low!r} {each.after.high!r}", f"{low:.1f}–{high:.1f}%", known.here),),
    )
