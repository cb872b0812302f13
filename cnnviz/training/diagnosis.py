"""Diagnosis of a run from its numbers: what went wrong, and a remedy."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cnnviz.models.catalog import architecture
from cnnviz.stats.percentages import percent
from cnnviz.training.engine.settings import LIMITS, Settings
from cnnviz.training.runs.history import History, column
from cnnviz.training.runs.records import Status

CHANCE_LOSS = math.log(10)  # of ten equally likely classes, in nats
_PATIENCE = 150  # steps before a diagnosis, or all steps of a shorter run
_SEARCHED = 100  # newest intervals in which dead channels are looked for
_MANY_DEAD = 0.75  # share of a layer's channels, in each of the last three measurements
_GAP = 0.03  # between training and test accuracy


@dataclass(frozen=True)
class Hint:
    """A diagnosed problem and its remedy.

    Attributes:
        key: of the problem.
        text: description of the problem, with its numbers.
        remedy: label of the button that applies it.
        changes: to the settings of a new run.
    """

    key: str
    text: str
    remedy: str
    changes: Mapping[str, Any] = field(default_factory=dict)


def diagnose(settings: Settings, status: Status, history: History) -> list[Hint]:
    """Return the most serious problem of a run, in a list; an empty list if there is none."""
    checks = _CHECKS[architecture(settings.model).task]
    hints = (check(settings, status, history) for check in checks)
    return [hint for hint in hints if hint is not None][:1]


def lower_rate(settings: Settings, status: Status) -> float:
    """Return a learning rate to try after one that was too high.

    It is the rate that suits the network, or a tenth of the present one if that is lower.
    """
    present = _rate(settings, status)
    return min(_lower(present), architecture(settings.model).learning_rate)


def _diverged(settings: Settings, status: Status, history: History) -> Hint | None:
    del history
    if status.state != "diverged":
        return None
    rate = _rate(settings, status)
    better = lower_rate(settings, status)
    return Hint(
        "diverged",
        f"The loss became infinite or NaN at step {status.step:,}: the updates of the weights were "
        f"too large. First lower the learning rate of {rate:g}.",
        f"Restart with learning rate {better:g}",
        {"learning_rate": better},
    )


def _stuck(settings: Settings, status: Status, history: History) -> Hint | None:
    recent = [row["loss"] for row in history.intervals[-3:] if row["loss"] is not None]
    if (
        status.step < min(_PATIENCE, status.total_steps)
        or not recent
        or min(recent) < CHANCE_LOSS - 0.15
    ):
        return None
    rate = _rate(settings, status)
    if rate < 1e-4:
        better = 1e-3
        cause = f"a learning rate of {rate:g} is too low to change the weights"
    else:
        better = lower_rate(settings, status)
        cause = f"a learning rate of {rate:g} is too high to converge"
    return Hint(
        "stuck",
        f"After {status.step:,} steps the loss is {recent[-1]:.2f}; guessing among ten classes "
        f"gives {CHANCE_LOSS:.2f}. The network has learned nothing yet: most likely, {cause}.",
        f"Restart with learning rate {better:g}",
        {"learning_rate": better},
    )


def _dead(settings: Settings, status: Status, history: History) -> Hint | None:
    newest = history.intervals[-_SEARCHED:]
    measured = [row["dead"] for row in newest if row["dead"]]
    if status.step < min(_PATIENCE, status.total_steps) or not measured:
        return None
    lasting = {layer: min(row[layer] for row in measured[-3:]) for layer in measured[-1]}
    layer, share = max(lasting.items(), key=lambda item: item[1])
    if share < _MANY_DEAD:
        return None
    better = lower_rate(settings, status)
    return Hint(
        "dead",
        f"{percent(share, 0)} of the channels of {layer} were zero for a whole batch. Their "
        "gradient is zero too, so they cannot recover by themselves. With a lower learning rate "
        "from the start, fewer channels die.",
        f"Restart with learning rate {better:g}",
        {"learning_rate": better},
    )


def _overfits(settings: Settings, status: Status, history: History) -> Hint | None:
    if len(history.epochs) < 2 or settings.augmentation or status.augmentation:
        return None
    first, last = history.epochs[-2]["step"], history.epochs[-1]["step"]
    steps = column(history.intervals, "step")  # (n,)
    inside = (first < steps) & (steps <= last)
    # the last interval of an epoch may be a single batch: average over the whole epoch
    sizes = np.diff(steps[inside], prepend=first)
    train = float(np.average(column(history.intervals, "accuracy")[inside], weights=sizes))
    test = history.epochs[-1]["test_accuracy"]
    if train - test < _GAP:
        return None
    return Hint(
        "overfits",
        f"Training accuracy is {percent(train)}, test accuracy only {percent(test)}: the network "
        "overfits the training digits. Augmentation, small random distortions of them, reduces "
        "that.",
        "Restart with augmentation",
        {"augmentation": 1.0},
    )


def _rate(settings: Settings, status: Status) -> float:
    return status.learning_rate or settings.learning_rate


def _lower(rate: float) -> float:
    return max(rate / 10, LIMITS["learning_rate"].low)


_Check = Callable[[Settings, Status, History], Hint | None]
_CHECKS: Mapping[str, tuple[_Check, ...]] = {  # by task
    "classify": (_diverged, _stuck, _dead, _overfits),
    "detect": (_diverged, _dead),  # the other checks are for cross-entropy and accuracy
}
