"""The section on limitations: wrong predictions, frequent confusions, robustness."""

from cnnviz.report.document.blocks import (
    Block,
    Bullets,
    DataTable,
    Figure,
    Missing,
    Paragraph,
    Picture,
    Pictures,
    Section,
    TableCell,
)
from cnnviz.report.facts.context import CHOSEN, ReportContext
from cnnviz.report.facts.test_results import (
    PERTURBED,
    ClassifierResults,
    DetectorResults,
    PerturbedAccuracy,
    WrongPrediction,
)

MAX_PICTURES = 12
_MOST_CONFUSIONS = 6


def errors_section(context: ReportContext) -> Section:
    """Return what the network is not made for, its errors, and its accuracy when perturbed."""
    blocks: list[Block] = [Bullets((_scope(context),))]
    if isinstance(context.results, ClassifierResults):
        blocks += _classifier_errors(context, context.results)
        blocks += _robustness(context, context.results)
    else:
        blocks += _detector_errors(context, context.results)
    return Section("Limitations and known errors", tuple(blocks))


def _scope(context: ReportContext) -> TableCell:
    if context.facts.row.task == "detect":
        return (
            "It is trained on canvases with one to three handwritten white digits on black. It "
            "detects anything else as a digit or not at all.",
        )
    return (
        "It is trained on images of a single centered handwritten digit, white on black. It cannot "
        "reject an input: it also classifies a letter, two digits or an empty image as a digit.",
    )


def _classifier_errors(context: ReportContext, results: ClassifierResults) -> list[Block]:
    wrong, total = int((~results.correct).sum()), len(results.correct)
    if not wrong:
        return [
            Paragraph(("It misclassifies none of the ", context.counted(total), " test digits."))
        ]
    errors = results.most_confident_errors(MAX_PICTURES)
    heading: TableCell = (
        *("It misclassifies ", context.counted(wrong), " of the ", context.counted(total)),
        *(" test digits. The most confident errors (", context.counted(len(errors)), "):"),
    )
    confusions = tuple(
        (
            *(_digit(context, true), " classified as ", _digit(context, predicted), ": "),
            *(context.counted(times), " times" if times > 1 else " time"),
        )
        for true, predicted, times in results.frequent_confusions(_MOST_CONFUSIONS)
    )
    return [
        Paragraph(heading),
        Pictures(tuple(_picture(context, error) for error in errors)),
        Paragraph(("Most frequent confusions:",)),
        Bullets(confusions),
    ]


def _digit(context: ReportContext, digit: int) -> Figure:
    return Figure(digit, str(digit), context.test_source)


def _picture(context: ReportContext, error: WrongPrediction) -> Picture:
    true, predicted = _digits_text(error.true), _digits_text(error.predicted)
    caption: list[str | Figure] = [
        *("true ", Figure(true, true, context.test_source), ", predicted "),
        Figure(predicted, predicted, context.test_source),
    ]
    if error.confidence:
        caption += [", confidence ", context.share(error.confidence, places=2)]
    alt = Figure(error.index, f"Test image at index {error.index:,}", context.test_source)
    return Picture(error.png(), alt, tuple(caption))


def _digits_text(digits: tuple[int, ...]) -> str:
    return " and ".join(map(str, digits)) or "nothing"


def _detector_errors(context: ReportContext, results: DetectorResults) -> list[Block]:
    heading: TableCell = (
        *("On ", context.counted(results.wrong), " of ", context.counted(results.canvases)),
        *(" test canvases, the detected digits are wrong. The most confident errors ("),
        *(context.counted(len(results.errors)), "):"),
    )
    missing = Missing(
        "Robustness was not measured, since only classifiers are tested for robustness"
    )
    return [
        Paragraph(heading),
        Pictures(tuple(_picture(context, error) for error in results.errors)),
        Paragraph((missing, ".")),
    ]


def _robustness(context: ReportContext, results: ClassifierResults) -> list[Block]:
    count, before = min(PERTURBED, len(results.correct)), results.perturbed[0].before
    intro: TableCell = (
        *(
            "Robustness: accuracy on the first ",
            context.counted(count),
            " test digits, perturbed. ",
        ),
        *("Without a perturbation it is ", context.share(before.value), "."),
    )
    rows = tuple(_perturbed_row(context, perturbed) for perturbed in results.perturbed)
    heads = ("Perturbation", "Strength", "Accuracy", "95% interval")
    return [Paragraph(intro), DataTable(heads, rows)]


def _perturbed_row(context: ReportContext, perturbed: PerturbedAccuracy) -> tuple[TableCell, ...]:
    perturbation, after = perturbed.perturbation, perturbed.after
    strength = Figure(perturbed.strength, f"{perturbed.strength:g}", CHOSEN)
    unit = Figure(perturbation.unit, perturbation.unit, CHOSEN)
    interval = f"{100 * after.low:.1f}–{100 * after.high:.1f}%"
    return (
        (perturbation.title,),
        (strength, " (", unit, ")"),
        (context.share(after.value, places=1),),
        (Figure(f"{after.low!r} {after.high!r}", interval, context.test_source),),
    )
