"""How a race stands: each contestant's curves, and each network's figures over its seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz import race
from cnnviz.bands import Values, rolling
from cnnviz.history import History, column

WINDOW = 1_000  # digits that "now" looks back on
_RECENT = 9  # intervals that the speed is the median of
OUT = ("failed", "diverged")  # states of contestants that no band counts


@dataclass(frozen=True, eq=False)
class Track:
    """One contestant's way so far.

    Attributes:
        steps, digits, seconds: where each interval ended, (n,).
        loss, accuracy: means over the last `WINDOW` digits or a little more, asked before learning
            from them, (n,); nats and 0 to 1.
        test_steps, test_digits, test_seconds, test_accuracy: after each pass, (passes,).
        speed: digits a second of late, tests left out; None before the first interval.
        dead: mean over the ReLUs of the share of channels that stayed at zero for a whole batch, as
            measured last; None for a network without a ReLU.
    """

    steps: Values
    digits: Values
    seconds: Values
    loss: Values
    accuracy: Values
    test_steps: Values
    test_digits: Values
    test_seconds: Values
    test_accuracy: Values
    speed: float | None
    dead: float | None


@dataclass(frozen=True)
class Spread:
    """A figure over the seeds: its median, and the least and greatest."""

    middle: float
    low: float
    high: float


@dataclass(frozen=True)
class Standing:
    """How one network stands; a figure is None where nothing has been measured.

    Attributes:
        model: key of the catalogue.
        place: 1 for the best; None before the first measurement.
        accuracy: over the last digits learned from, asked before.
        test: accuracy on the test digits after the last whole pass.
        speed: digits a second.
        seconds: of training.
        dead: share of channels.
        out: how many seeds failed or diverged, and count for nothing here.
    """

    model: str
    place: int | None
    accuracy: Spread | None
    test: Spread | None
    speed: Spread | None
    seconds: Spread | None
    dead: Spread | None
    out: int


def track(history: History, *, batch_size: int, digits: int) -> Track:
    """Return a contestant's way.

    Args:
        history: of its run.
        batch_size: digits a step.
        digits: to train on; 0 where that is not known, and every batch counts as whole.
    """
    rows, epochs = history.intervals, history.epochs
    steps, test_steps = _column(rows, "step"), _column(epochs, "step")
    seen = _digits(steps, batch_size, digits)
    speeds = _column(rows[-_RECENT:], "images_per_second")
    dead: dict[str, float] = next((row["dead"] for row in reversed(rows) if row.get("dead")), {})
    return Track(
        steps=steps,
        digits=seen,
        seconds=_column(rows, "seconds"),
        loss=rolling(seen, _column(rows, "loss"), window=WINDOW),
        accuracy=rolling(seen, _column(rows, "accuracy"), window=WINDOW),
        test_steps=test_steps,
        test_digits=_digits(test_steps, batch_size, digits),
        test_seconds=_column(epochs, "seconds"),
        test_accuracy=_column(epochs, "test_accuracy"),
        speed=float(np.median(speeds)) if len(speeds) else None,
        dead=float(np.mean(list(dead.values()))) if dead else None,
    )


def standings(
    tracks: Mapping[str, Sequence[Track]], *, out: Mapping[str, int], over: bool
) -> list[Standing]:
    """Return how each network stands, the best first.

    Args:
        tracks: by network, those of its seeds that count.
        out: by network, how many seeds do not.
        over: whether everybody has arrived: then the test accuracy decides, as far as all have one,
            and until then the accuracy over the last digits learned from.
    """
    found = [_standing(model, each, out.get(model, 0)) for model, each in tracks.items()]
    tested = over and all(one.test for one in found)
    scores = {one.model: one.test if tested else one.accuracy for one in found}
    known = sorted((s.middle for s in scores.values() if s), reverse=True)
    placed = [_placed(one, scores[one.model], known) for one in found]
    return sorted(placed, key=lambda one: (one.place is None, one.place or 0))


def _placed(one: Standing, score: Spread | None, known: list[float]) -> Standing:
    """Return the standing with its place: two that are equal share the better one."""
    place = known.index(score.middle) + 1 if score else None
    return Standing(**{**vars(one), "place": place})


def _standing(model: str, tracks: Sequence[Track], out: int) -> Standing:
    return Standing(
        model=model,
        place=None,
        accuracy=_spread([_last(one.accuracy) for one in tracks]),
        test=_spread([_last(one.test_accuracy) for one in tracks]),
        speed=_spread([one.speed for one in tracks]),
        seconds=_spread([_last(one.seconds) for one in tracks]),
        dead=_spread([one.dead for one in tracks]),
        out=out,
    )


def _spread(values: Sequence[float | None]) -> Spread | None:
    known = [value for value in values if value is not None]
    return Spread(float(np.median(known)), min(known), max(known)) if known else None


def _last(values: Values) -> float | None:
    return float(values[-1]) if len(values) and np.isfinite(values[-1]) else None


def _column(rows: list[dict[str, object]], name: str) -> Values:
    return column(rows, name).astype(np.float64)


def _digits(steps: Values, batch_size: int, digits: int) -> Values:
    if not digits:
        return steps * batch_size
    counts = [race.images(int(step), batch_size=batch_size, digits=digits) for step in steps]
    return np.array(counts, np.float64)
