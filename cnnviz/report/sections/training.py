"""The sections on the training of a network and on its data."""

from collections.abc import Mapping
from types import MappingProxyType

from cnnviz.report.document.blocks import (
    Block,
    Bullets,
    Facts,
    Figure,
    Missing,
    Paragraph,
    Section,
    TableCell,
)
from cnnviz.report.facts.candidates import strongest_alternative
from cnnviz.report.facts.context import ReportContext
from cnnviz.report.sections.reproduction import run_id, train_command
from cnnviz.report.sections.training_drawing import training_drawing

_NOT_RECORDED = "not recorded"
_SHIPPED_TIME = (
    "wall time on a machine with other load, with the number of threads given under Hardware "
    "(unknown if none is given). The minutes in the README are estimates for a quiet machine: "
    "seconds per epoch times the number of epochs."
)
_RUN_TIME = "wall time without pauses; other load on the machine was not recorded"
_STATES: Mapping[str, str] = MappingProxyType(
    {
        "queued": "is waiting",
        "running": "is running",
        "paused": "is paused",
        "stopping": "is stopping",
        "unknown": "may be running, which its lock does not tell",
        "stopped": "was stopped",
        "interrupted": "was interrupted",
        "failed": "failed",
        "diverged": "diverged",
    }
)


def training_section(context: ReportContext) -> Section:
    """Return how the network was trained, for how long and on what hardware."""
    facts, settings = context.facts, context.settings
    if facts.uploaded:
        missing = Missing("not recorded, since the weights were uploaded")
        return Section("Training time and hardware", (Facts((("Training", (missing,)),)),))
    gpus = Missing(_NOT_RECORDED) if facts.gpus is None else context.recorded(facts.gpus)
    hardware = context.recorded(facts.hardware) if facts.hardware else Missing(_NOT_RECORDED)
    rows: tuple[tuple[str, TableCell], ...] = (
        ("Training time", (context.training_time,)),
        ("Measured as", (_SHIPPED_TIME if facts.network.shipped else _RUN_TIME,)),
        ("Hardware", (hardware,)),
        ("GPUs", (gpus,)),
        ("Epochs", (context.recorded(settings.epochs), *_progress(context))),
        ("Batch size", (context.recorded(settings.batch_size),)),
        ("Optimizer", (context.recorded(settings.optimizer),)),
        ("Learning rate", (context.recorded(settings.learning_rate),)),
        ("Schedule", (context.recorded(settings.schedule),)),
    )
    return Section("Training time and hardware", (Facts(rows), *_curves(context)))


def _progress(context: ReportContext) -> TableCell:
    """Return how far an unfinished run has come, or after which step these weights were saved."""
    facts = context.facts
    if facts.status_problem:
        return (" planned; the number completed is ", Missing(facts.status_problem))
    if facts.epochs is None:
        return ()
    epochs = Figure(facts.epochs, f"{facts.epochs:.3g}", facts.source)
    if facts.network.step is not None:
        step = context.recorded(facts.network.step)
        return (
            " planned for the whole run; these weights are from step ",
            step,
            ", after ",
            epochs,
        )
    if facts.state == "finished":
        return ()
    state = Figure(facts.state, _STATES.get(facts.state, facts.state), facts.source)
    return (" planned; the run ", state, " after ", epochs)


def _curves(context: ReportContext) -> list[Block]:
    """Return the drawing of loss and accuracy, or why there is none."""
    facts = context.facts
    if facts.log_problem:
        return [Paragraph((Missing(f"The curves cannot be drawn: {facts.log_problem}"), "."))]
    source = f"run {run_id(context)}, its log"
    drawing = training_drawing(facts.history, source) if facts.history else None
    if drawing and facts.network.step is not None:
        note = "The curves end at this step; the run continued, and its log has the rest."
        return [drawing, Paragraph((note,))]
    if drawing:
        return [drawing]
    if facts.history and (facts.history.intervals or facts.history.epochs):
        return [Paragraph((Missing("The training log has too few points for curves"), "."))]
    reason = "No training log was kept, so there are no curves"
    remedy = "to record one, train the network again as a run"
    missing = Missing(reason, remedy, train_command(context.settings))
    return [Paragraph((missing,))]


def data_section(context: ReportContext) -> Section:
    """Return the data set and its parts."""
    facts = context.facts
    trained, tested = facts.trained_on, facts.network.tested_on
    rows: list[tuple[str, TableCell]] = [
        ("Data set", ("MNIST: handwritten digits, gray, 28 × 28",))
    ]
    if facts.training_count is not None:
        rows.append(("Training examples", (context.recorded(facts.training_count),)))
        rows.append(("Trained on", (Figure(trained, trained, facts.source),)))
    else:
        rows.append(("Training examples", (Missing(_NOT_RECORDED),)))
    if facts.test_count is not None:
        rows.append(("Validation and test examples", (context.recorded(facts.test_count),)))
        rows.append(("Tested on", (Figure(tested, tested, facts.source),)))
    if facts.held_out_count is not None:
        held_out = context.recorded(facts.held_out_count)
        rows.append(("Left out of the training", (held_out, " embedded test digits")))
    digits = Figure(str(context.digits), str(context.digits), context.test_source)
    rows.append(("Digits on this machine", (digits,)))
    return Section("Data", (Facts(tuple(rows)), Bullets(tuple(_data_notes(context)))))


def _data_notes(context: ReportContext) -> list[TableCell]:
    """Return how the split of the data affects the figures."""
    facts = context.facts
    if facts.uploaded:
        reason = "Whether these test digits were in its training set is not recorded"
        return [(Missing(reason), ".")]
    notes: list[TableCell] = [
        (
            "There is no separate validation set: the test digits were also used to choose "
            "settings. No epoch was selected by test accuracy: the weights are those at the end of "
            "the training, or those of the step in the title.",
        )
    ]
    if facts.held_out_count and context.digits.source == "embedded":
        notes.append(
            (
                "The embedded test digits, which the pages use, were left out of its training, so "
                "figures computed on them are for unseen digits.",
            )
        )
    notes += _rival_data(context)
    if facts.may_have_trained_on_tests(context.digits):
        notes.append(
            (
                "Caution: this machine's test digits were in this network's training set. Figures "
                "computed here are biased in its favor.",
            )
        )
    return notes


def _rival_data(context: ReportContext) -> list[TableCell]:
    """Return the data of the strongest alternative, if they differ."""
    rival = strongest_alternative(context.criterion, context.alternatives)
    if rival is None or not rival.facts.trained_on or not rival.facts.network.tested_on:
        return []
    facts, own = rival.facts, context.facts
    trained, tested = facts.trained_on, facts.network.tested_on
    if (trained, tested) == (own.trained_on, own.network.tested_on):
        return []
    return [
        (
            *(rival.name, " differs: it was trained on ", Figure(trained, trained, facts.source)),
            *(" and tested on ", Figure(tested, tested, facts.source), "."),
        )
    ]
