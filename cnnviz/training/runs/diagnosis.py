"""What a run's numbers say when something goes wrong, in plain words, with a remedy."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cnnviz.models.catalogue import architecture
from cnnviz.training.engine.settings import LIMITS, Settings
from cnnviz.training.runs.history import History
from cnnviz.training.runs.records import Status

CHANCE_LOSS = math.log(10)  # of ten equally likely classes, in nats
_PATIENCE = 150  # steps, or the whole of a shorter run, before a verdict
_MANY_DEAD = 0.75  # share of a layer's channels, in each of the last three measurements
_GAP = 0.03  # between train and test accuracy


@dataclass(frozen=True)
class Hint:
    """One finding.

    Attributes:
        key: short name.
        text: what is seen and what it means, with the numbers.
        remedy: what a click does, in words.
        changes: settings that the remedy starts anew with.
    """

    key: str
    text: str
    remedy: str
    changes: Mapping[str, Any] = field(default_factory=dict)


def diagnose(settings: Settings, status: Status, history: History) -> list[Hint]:
    """Return what is wrong with a run, the gravest first; an empty list when nothing is."""
    checks = _CHECKS[architecture(settings.model).task]
    hints = (check(settings, status, history) for check in checks)
    return [hint for hint in hints if hint is not None][:1]


def _diverged(settings: Settings, status: Status, history: History) -> Hint | None:
    del history
    if status.state != "diverged":
        return None
    rate = _rate(settings, status)
    better = min(_lower(rate), architecture(settings.model).learning_rate)
    return Hint(
        "diverged",
        f"The loss stopped being a number at step {status.step:,}: the steps were too large for "
        f"this landscape. A learning rate of {rate:g} is the first thing to lower.",
        f"Start again at {better:g}",
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
        why = f"a learning rate of {rate:g} moves the weights too little"
    else:
        better = _lower(rate)
        why = f"a learning rate of {rate:g} throws the weights about"
    return Hint(
        "stuck",
        f"After {status.step:,} steps the loss is {recent[-1]:.2f}; guessing among ten classes "
        f"costs {CHANCE_LOSS:.2f}. The network has learned nothing yet: most likely {why}.",
        f"Start again at {better:g}",
        {"learning_rate": better},
    )


def _dead(settings: Settings, status: Status, history: History) -> Hint | None:
    measured = [row["dead"] for row in history.intervals if row["dead"]]
    if status.step < min(_PATIENCE, status.total_steps) or not measured:
        return None
    lasting = {layer: min(row[layer] for row in measured[-3:]) for layer in measured[-1]}
    layer, share = max(lasting.items(), key=lambda item: item[1])
    if share < _MANY_DEAD:
        return None
    rate = _rate(settings, status)
    return Hint(
        "dead",
        f"{share:.0%} of the channels of {layer} stayed at zero for a whole batch. Their gradient "
        "is zero too, so they cannot come back by themselves; a lower learning rate from the "
        "start keeps more of them alive.",
        f"Start again at {_lower(rate):g}",
        {"learning_rate": _lower(rate)},
    )


def _overfits(settings: Settings, status: Status, history: History) -> Hint | None:
    del status
    if len(history.epochs) < 2 or settings.augmentation:
        return None
    first, last = history.epochs[-2]["step"], history.epochs[-1]["step"]
    rows = [row for row in history.intervals if first < row["step"] <= last]
    # a pass ends with an interval of any length, down to one lucky batch: take the whole pass
    steps = [row["step"] for row in rows]
    sizes = [step - before for step, before in zip(steps, [first, *steps], strict=False)]
    right = sum(row["accuracy"] * size for row, size in zip(rows, sizes, strict=True))
    train, test = right / sum(sizes), history.epochs[-1]["test_accuracy"]
    if train - test < _GAP:
        return None
    return Hint(
        "overfits",
        f"The network gets {train:.1%} of the digits it learns from right, but {test:.1%} of new "
        "ones: it remembers where it should generalize. Small random distortions give it more "
        "to learn from.",
        "Start again with augmentation",
        {"augmentation": 1.0},
    )


def _rate(settings: Settings, status: Status) -> float:
    return status.learning_rate or settings.learning_rate


def _lower(rate: float) -> float:
    return max(rate / 10, LIMITS["learning_rate"].low)


_Check = Callable[[Settings, Status, History], Hint | None]
_CHECKS: Mapping[str, tuple[_Check, ...]] = {  # by task
    "classify": (_diverged, _stuck, _dead, _overfits),
    "detect": (_diverged, _dead),  # its loss at chance is another one, and so are its measures
}
