"""The record of a network: size, training, latency, metrics, data, and how to make it again."""

import dataclasses
import os
from collections.abc import Mapping
from types import MappingProxyType

from cnnviz.benchmark.static_costs import cost
from cnnviz.benchmark.timing.latency import LECTURE_CALLS, Latency
from cnnviz.models.structure.convolution_arithmetic import BYTES
from cnnviz.report.document.blocks import (
    Block,
    Bullets,
    Cell,
    Code,
    Facts,
    Figure,
    Missing,
    Name,
    Paragraph,
    Section,
    Table,
    joined,
)
from cnnviz.report.facts.context import CHOSEN, Material
from cnnviz.report.facts.recommendation import META, rival
from cnnviz.report.sections.case import duration
from cnnviz.report.sections.svg_drawings import training_drawing
from cnnviz.training.engine.settings import PRESETS, Settings

_SURE = (0.9, 0.99)  # certainties below which a person might look
_YES_NO: Mapping[str, str] = MappingProxyType({"True": "yes", "False": "no"})
_TRAINING = f"{META}: parameters, gradients, two moments, and what the backward pass keeps"
_ARITHMETIC = "worked out from the parameters: four bytes each"


def size(known: Material) -> Section:
    """Return how large the network is."""
    counted = known.dossier.counted
    takes, batch = cost(known.dossier.row, published=False), known.settings.batch_size
    stored = known.dossier.network.weights.stat().st_size
    file = "size of the file with the weights, see the command that checks them"
    facts: tuple[tuple[str, Cell], ...] = (
        ("Parameters", (known.chosen.parameters,)),
        ("Multiply-accumulates, one image", (known.chosen.macs, " (MACs)")),
        ("Weights in float32", (_bytes(BYTES * counted.parameters, _ARITHMETIC),)),
        ("Weights on disk", (_bytes(stored, file),)),
        ("Activations alive at most, one image", (_bytes(takes.activation_peak, META),)),
        (
            "Memory of training with Adam",
            (
                *(_bytes(takes.training_bytes(batch), _TRAINING), " at "),
                *(Figure(batch, f"{batch:,}", known.dossier.source), " images in a step"),
            ),
        ),
    )
    return Section("Parameters and size", (Facts(facts),))


def _bytes(value: int, source: str) -> Figure:
    return Figure(value, f"{value / 1e6:.3g}", source, "MB")


def training(known: Material) -> Section:
    """Return how it was trained, for how long and on what."""
    found = known.dossier
    gpus = Missing("not on record") if found.gpus is None else _on_record(known, found.gpus)
    hardware = _on_record(known, found.hardware) if found.hardware else Missing("not on record")
    facts: tuple[tuple[str, Cell], ...] = (
        ("Training time", (duration(known),)),
        ("How it was taken", (_CARD_TIME if found.shipped else _RUN_TIME,)),
        ("Hardware", (hardware,)),
        ("GPUs", (gpus,)),
        ("Passes over the digits", (_on_record(known, known.settings.epochs), *_done(known))),
        ("Batch size", (_on_record(known, known.settings.batch_size),)),
        ("Optimizer", (_on_record(known, known.settings.optimizer),)),
        ("Learning rate", (_on_record(known, known.settings.learning_rate),)),
        ("Schedule", (_on_record(known, known.settings.schedule),)),
    )
    return Section("Training time and hardware", (Facts(facts), *_curve(known)))


_CARD_TIME = (
    "on a machine that did other work meanwhile, with as many threads as the hardware below says, "
    "unknown where it says none. The minutes in the README are another time: seconds of an epoch "
    "on a quiet machine, times the epochs."
)
_RUN_TIME = (
    "by the clock while it trained, pauses left out; whether the machine did other work meanwhile "
    "is not on record."
)


def _curve(known: Material) -> list[Block]:
    found = known.dossier
    if found.problem:
        return [Paragraph((Missing("The curve cannot be drawn: " + found.problem), "."))]
    drawn = (
        training_drawing(found.history, f"run {_run(known)}, its log") if found.history else None
    )
    if drawn:
        until = "The curve ends at this step; the run went on, and its log tells how."
        return [drawn, *[Paragraph((until,))] * _moment(known)]
    if found.history and (found.history.intervals or found.history.epochs):
        return [Paragraph((Missing("Its log has too few points for a curve"), "."))]
    why = "No log of its training was kept, so there is no curve"
    missing = Missing(why, "train it again as a run", train_command(known.settings))
    return [Paragraph((missing,))]


def _done(known: Material) -> Cell:
    """Return how far a run has come that is not finished, or until this moment."""
    found = known.dossier
    if found.unread:
        return (" asked for; how far it came is ", Missing(found.unread))
    if found.epochs is None:
        return ()
    done = Figure(found.epochs, f"{found.epochs:.3g}", found.source)
    if found.network.step is not None:
        step = _on_record(known, found.network.step)
        return (" asked for in the whole run; these weights are of step ", step, ", after ", done)
    if found.state == "finished":
        return ()
    state = Figure(found.state, _STATES.get(found.state, found.state), found.source)
    return (" asked for; the run ", state, " after ", done)


_STATES: Mapping[str, str] = MappingProxyType(
    {
        "queued": "is waiting",
        "running": "is at work",
        "paused": "is paused",
        "stopping": "is stopping",
        "stopped": "was stopped",
        "interrupted": "was interrupted",
        "failed": "failed",
        "diverged": "diverged",
    }
)


def _moment(known: Material) -> bool:
    return known.dossier.network.step is not None


def _on_record(known: Material, value: float | int | str) -> Figure:
    text = f"{value:,}" if type(value) is int else _YES_NO.get(f"{value}", f"{value}")
    return Figure(value, text, known.dossier.source)


def latency(known: Material) -> Section:
    """Return how long one image takes, and how that was measured."""
    timed, key = known.chosen.timing, known.dossier.network.architecture_key
    timing = timed.timings.get(key) if timed else None
    if timed is None or timing is None or timing.latency is None:
        every = (known.chosen, *known.others)
        names = " ".join(dict.fromkeys(each.dossier.network.architecture_key for each in every))
        missing = Missing(
            "Not measured on this machine",
            "time it, in turns with the alternatives",
            f"python -m cnnviz bench --models {names}",
        )
        return Section("Latency", (Paragraph((missing,)),))
    times, made = timing.latency, timed.conditions

    def ms(value: float) -> Cell:
        return (Figure(value, f"{value:.3g}", timed.source, "ms"),)

    def fact(value: float | int | str, text: str | None = None) -> Figure:
        return Figure(value, text or f"{value}", timed.source)

    rows: list[tuple[str, Cell]] = [
        ("Median (p50)", ms(times.p50)),
        ("p90", ms(times.p90)),
        ("p95", ms(times.p95)),
        (
            "Middle half of the calls",
            (*ms(times.percentile(25)), " to ", *ms(times.percentile(75))),
        ),
        ("The cold first call", ms(times.cold)),
        ("The lecture's mean", (*ms(times.lecture), " over ", fact(times.lecture_n), " calls")),
        ("Throughput at the median", (_throughput(times, timed.source),)),
        ("Calls that count", (fact(times.n, f"{times.n:,}"),)),
        ("Machine", (fact(made.hardware), ", ", fact(made.host))),
        ("Threads", (fact(timing.threads),)),
        ("Measured", (fact(made.created),)),
        ("With", (*joined([(f"{name} ", fact(v)) for name, v in made.versions.items()]),)),
    ]
    if made.load_before is not None:
        rows.append(("Load before", (fact(made.load_before, f"{made.load_before:.2f}"),)))
    if times.contention:
        ratio = fact(times.contention, f"{times.contention:.2f}")
        rows.append(
            (
                "Other work on the machine",
                (
                    *(
                        fact(times.badge, _BADGES.get(times.badge)),
                        ": by the clock the calls took ",
                    ),
                    *(ratio, " times as long as the processor worked on them"),
                ),
            )
        )
    protocol = (
        "Protocol: one image at a time in float32, in evaluation mode and without gradients, by "
        "PyTorch. The first call initializes and fills caches and stands by itself. After a "
        "warm-up every call is timed by itself; where several networks were measured they took "
        "turns, and the call after each switch was thrown away. The lecture's mean leaves out the "
        "first call and averages at most ",
        Figure(LECTURE_CALLS, str(LECTURE_CALLS), "the lecture's rule"),
        " calls. The time is that of the architecture: its weights do not change it.",
    )
    return Section("Latency", (Facts(tuple(rows)), Paragraph(protocol)))


_BADGES: Mapping[str, str] = MappingProxyType(
    {"clean": "none noticed", "noisy": "some", "host busy": "much, the host was busy"}
)


def _throughput(times: Latency, source: str) -> Figure:
    found = times.images_per_second
    return Figure(found, f"{found:,.0f}", source, "images/s")


def metrics(known: Material) -> Section:
    """Return how good it is: in the terms of machine learning, and of whoever uses it."""
    found, row = known.dossier, known.dossier.row
    tested = found.network.tested_on
    facts: list[tuple[str, Cell]] = [(f"Test {row.measure}, on record", (known.chosen.accuracy,))]
    if tested:
        facts.append(("on", (Figure(tested, tested, found.source),)))
    if found.interval:
        facts.append(("95% interval", (known.chosen.interval,)))
    for name, value in found.measures.items():
        facts.append((name.capitalize(), (Figure(value, f"{value:.2%}", found.source),)))
    blocks: list[Block] = [Facts(tuple(facts))]
    if known.evidence:
        blocks += _counted(known)
    return Section("Metrics", tuple(blocks))


def _counted(known: Material) -> list[Block]:
    evidence = known.evidence
    assert evidence is not None
    right, of = int(evidence.right.sum()), len(evidence.right)
    counts = evidence.per_class()
    worst = min(counts, key=lambda digit: counts[digit])
    facts: list[tuple[str, Cell]] = [
        (
            "Counted again here",
            (
                *(known.share(right / of), ": ", known.counted(right), " of "),
                *(known.counted(of), " test digits are right"),
            ),
        ),
        (
            "Hardest class",
            (
                Figure(worst, str(worst), known.here),
                ", of which right: ",
                known.share(counts[worst]),
            ),
        ),
    ]
    told: list[Cell] = []
    for sure in _SURE:
        handed, wrong = evidence.handed_over(sure)
        told.append(
            (
                *("below ", Figure(sure, f"{sure:.0%}", CHOSEN), " certainty, "),
                *(known.share(handed / of), " are handed over, and "),
                *(known.counted(wrong), " of the other "),
                *(known.counted(of - handed), " are wrong all the same"),
            )
        )
    facts.append(("If a person reads the unsure", joined(told, last="; ")))
    facts.append(("Digits misread", (known.counted(of - right), " of ", known.counted(of))))
    return [
        Paragraph(("For whoever uses it, on this machine's test digits:",)),
        Facts(tuple(facts)),
    ]


def data(known: Material) -> Section:
    """Return the data set and its parts."""
    found = known.dossier
    facts: list[tuple[str, Cell]] = [("Data set", ("MNIST: handwritten digits, gray, 28 × 28",))]
    taught, tested = found.trained_on, found.network.tested_on
    if found.taught is not None:
        number = Figure(found.taught, f"{found.taught:,}", found.source)
        facts.append(("Training examples", (number,)))
        facts.append(("Trained on", (Figure(taught, taught, found.source),)))
    else:
        facts.append(("Training examples", (Missing("not on record"),)))
    if found.tested is not None:
        number = Figure(found.tested, f"{found.tested:,}", found.source)
        facts.append(("Validation and test examples", (number,)))
        facts.append(("Tested on", (Figure(tested, tested, found.source),)))
    if found.spared is not None:
        spared = Figure(found.spared, f"{found.spared:,}", found.source)
        facts.append(("Spared from training", (spared, " embedded test digits")))
    facts.append(
        ("Digits of this machine", (Figure(str(known.digits), str(known.digits), known.here),))
    )
    notes: list[Cell] = [
        (
            "There is no validation part beside the test digits: what was tested on is what was "
            "looked at while settings were chosen. No epoch was picked by it: the weights are "
            "those that the training ended with, or those of the step in the title.",
        )
    ]
    if found.spared and known.digits.source == "embedded":
        notes.append(
            (
                "The embedded test digits, which the pages ask about, were left out of its "
                "training: what is counted on them is of digits that it has never seen.",
            )
        )
    notes += _otherwise(known)
    if found.learned_from(known.digits):
        notes.append(
            (
                "Careful: the test digits of this machine were among those that this network "
                "learned from. What is counted here flatters it.",
            )
        )
    return Section("Data", (Facts(tuple(facts)), Bullets(tuple(notes))))


def _otherwise(known: Material) -> list[Cell]:
    """Return on which digits the strongest rival was trained and tested, if on others."""
    beside = rival(known.by, known.others)
    if beside is None or not beside.dossier.trained_on or not beside.dossier.network.tested_on:
        return []
    found, own = beside.dossier, known.dossier
    taught, tested = found.trained_on, found.network.tested_on
    if (taught, tested) == (own.trained_on, own.network.tested_on):
        return []
    return [
        (
            *(beside.name, " differs: it learned from ", Figure(taught, taught, found.source)),
            *(", and was tested on ", Figure(tested, tested, found.source), "."),
        )
    ]


def reproduce(known: Material) -> Section:
    """Return how to get the same network and the same report."""
    found, settings = known.dossier, known.settings
    rows = tuple(
        ((Name(field.name),), (_on_record(known, getattr(settings, field.name)),))
        for field in dataclasses.fields(settings)
    )
    versions = tuple(
        (name, (_on_record(known, version),)) for name, version in found.versions.items()
    )
    note = (
        "The seed decides the initial weights, the order of the digits, dropout and augmentation. "
        "Another processor, another number of threads or other versions round differently: expect "
        "about the same accuracy, not the same weights."
    )
    command = train_again(known)
    needs = " It needs the full MNIST." if settings.source == "full" else ""
    check = f"sha256sum {_file(known)}"
    then: list[Block] = []
    if found.network.step is not None:
        step = _on_record(known, found.network.step)
        told: Cell = (
            "It makes the whole run, on whose length the schedule depends: take from it the ",
            *("weights of step ", step, "; their key is the new run's id, an @ and the step."),
        )
        then.append(Paragraph(told))
    return Section(
        "How to reproduce",
        (
            Paragraph(("Train it again:",)),
            Code(Figure(command, command, found.source)),
            *then,
            Paragraph((f"{note}{needs}",)),
            Paragraph(("Check that the weights are these (SHA-256):",)),
            Code(Figure(check, check, found.source)),
            Facts(
                (
                    ("SHA-256", (Figure(found.sha256, found.sha256, found.source),)),
                    ("Seed", (Figure(settings.seed, str(settings.seed), found.source),)),
                    *versions,
                )
            ),
            Paragraph(("All settings:",)),
            Table(("Setting", "Value") * 2, _halved(rows)),
            Paragraph(("Make this report again:",)),
            Code(Figure(known.command, known.command, CHOSEN)),
        ),
    )


def _halved(rows: tuple[tuple[Cell, ...], ...]) -> tuple[tuple[Cell, ...], ...]:
    """Return rows of two cells as half as many of four, the second half beside the first."""
    half = -(-len(rows) // 2)
    beside = (*rows[half:], *[((), ())] * (2 * half - len(rows)))
    return tuple((*left, *right) for left, right in zip(rows[:half], beside, strict=True))


def train_again(known: Material) -> str:
    """Return the command that trains the network again."""
    if known.dossier.shipped:
        from cnnviz.training.ship import recipe

        if recipe(known.settings.model) == known.settings:
            return f"python -m cnnviz ship {known.settings.model}"
    return train_command(known.settings)


def train_command(settings: Settings) -> str:
    """Return the command line of a training by these settings."""
    usual = PRESETS["lecture"].settings(settings.model)
    words = ["python -m cnnviz train", "--model", settings.model]
    for name, value in settings.to_dict().items():
        flag = name.replace("_", "-")
        if value == getattr(usual, name):
            continue
        if isinstance(value, bool):
            words.append(f"--{'' if value else 'no-'}{flag}")
        else:
            words += [f"--{flag}", f"{value}"]
    return " ".join(words)


def _file(known: Material) -> str:
    network = known.dossier.network
    if known.dossier.shipped:
        return f"checkpoints/{network.weights.name}"
    inside = "/".join(network.weights.parts[network.weights.parts.index(_run(known)) :])
    # the variable, not the folder: a report is handed on, and the server's paths stay at home
    named = "CNNVIZ_RUNS_DIR" in os.environ
    return f'"$CNNVIZ_RUNS_DIR/{inside}"' if named else f"runs/{inside}"


def _run(known: Material) -> str:
    return known.dossier.network.key.partition("@")[0]
