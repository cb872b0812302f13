"""The section on how to reproduce a network and its report."""

import dataclasses
import os

from cnnviz.report.document.blocks import (
    Block,
    Code,
    DataTable,
    Facts,
    Figure,
    Missing,
    Name,
    Paragraph,
    Section,
    TableCell,
)
from cnnviz.report.facts.context import CHOSEN, ReportContext
from cnnviz.system.paths import shell_path
from cnnviz.training.engine.settings import PRESETS, Settings

_SEED_NOTE = (
    "The seed determines the initial weights, the order of the digits, dropout and augmentation. "
    "Another processor, another number of threads or other versions round differently: expect "
    "about the same accuracy, not identical weights."
)


def reproduction_section(context: ReportContext) -> Section:
    """Return the commands that train the network and make the report again, and all settings."""
    facts, settings = context.facts, context.settings
    check = f"sha256sum {_weights_path(context)}"
    seed: list[tuple[str, TableCell]] = []
    if not facts.uploaded:
        seed.append(("Seed", (Figure(settings.seed, str(settings.seed), facts.source),)))
    versions = tuple((name, (context.recorded(v),)) for name, v in facts.versions.items())
    return Section(
        "How to reproduce",
        (
            *_training_again(context),
            Paragraph(("Check the SHA-256 checksum of the weights:",)),
            Code(Figure(check, check, facts.source)),
            Facts(
                (
                    ("SHA-256", (Figure(facts.sha256, facts.sha256, facts.source),)),
                    *seed,
                    *versions,
                )
            ),
            *_all_settings(context),
            Paragraph(("Make this report again:",)),
            Code(Figure(context.command, context.command, CHOSEN)),
        ),
    )


def _training_again(context: ReportContext) -> list[Block]:
    """Return the command that trains the network again, or why there is none."""
    facts = context.facts
    if facts.unrepeatable:
        return [Paragraph((Missing(f"No command trains it again: {facts.unrepeatable}"), "."))]
    command = _training_command(context)
    needs = " Training needs the full MNIST data set." if facts.settings.source == "full" else ""
    return [
        Paragraph(("Train it again:",)),
        Code(Figure(command, command, facts.source)),
        *_step_note(context),
        Paragraph((f"{_SEED_NOTE}{needs}",)),
    ]


def _all_settings(context: ReportContext) -> list[Block]:
    """Return the settings of the training, unless it is not known."""
    if context.facts.uploaded:
        return []
    return [Paragraph(("All settings:",)), _settings_table(context)]


def _step_note(context: ReportContext) -> list[Block]:
    """Return how to get the weights of an earlier checkpoint."""
    if context.facts.network.step is None:
        return []
    note: TableCell = (
        "This repeats the whole run, since the schedule depends on its length. Then take the ",
        *("weights of step ", context.recorded(context.facts.network.step)),
        "; their key is the id of the new run, an @ and the step.",
    )
    return [Paragraph(note)]


def _settings_table(context: ReportContext) -> DataTable:
    """Return all settings, the second half beside the first."""
    rows = [
        ((Name(field.name),), (context.recorded(getattr(context.settings, field.name)),))
        for field in dataclasses.fields(context.settings)
    ]
    half = -(-len(rows) // 2)
    right: list[tuple[TableCell, ...]] = [*rows[half:], *[((), ())] * (2 * half - len(rows))]
    pairs = zip(rows[:half], right, strict=True)
    return DataTable(("Setting", "Value") * 2, tuple((*a, *b) for a, b in pairs))


def _training_command(context: ReportContext) -> str:
    """Return the command that trains the network again."""
    if context.facts.network.shipped:
        from cnnviz.training.ship import recipe

        if recipe(context.settings.model) == context.settings:
            return f"python -m cnnviz ship {context.settings.model}"
    return train_command(context.settings)


def train_command(settings: Settings) -> str:
    """Return the command that trains with these settings."""
    defaults = PRESETS["lecture"].settings(settings.model)
    words = ["python -m cnnviz train", "--model", settings.model]
    for name, value in settings.to_dict().items():
        flag = name.replace("_", "-")
        if value == getattr(defaults, name):
            continue
        if isinstance(value, bool):
            words.append(f"--{'' if value else 'no-'}{flag}")
        else:
            words += [f"--{flag}", f"{value}"]
    return " ".join(words)


def _weights_path(context: ReportContext) -> str:
    weights = context.facts.network.weights
    # the variable instead of the folder: a report is passed on, and must not reveal local paths
    if "CNNVIZ_RUNS_DIR" in os.environ and not context.facts.network.shipped:
        inside = "/".join(weights.parts[weights.parts.index(run_id(context)) :])
        return f'"$CNNVIZ_RUNS_DIR/{inside}"'
    return shell_path(weights)


def run_id(context: ReportContext) -> str:
    """Return the id of the network's run."""
    key: str = context.facts.network.key
    return key.partition("@")[0]
