"""How a race stands: each contestant's curves, and each network's figures over its seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.stats.seed_bands import Values, rolling_mean
from cnnviz.training.race import race
from cnnviz.training.runs.history import History, column

WINDOW = 1_000  # digits that "now" looks back on
_RECENT = 9  # intervals that the speed is the median of
OUT = ("failed", "diverged")  # states of contestants that no band counts


@dataclass(frozen=True, eq=False)
class LearningCurves:
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
class SeedSpread:
    """A figure over the seeds: its median, and the least and greatest."""

    middle: float
    low: float
    high: float


@dataclass(frozen=True)
class Standing:
    """How one network stands; a figure is None where not every seed has one.

    Attributes:
        model: key of the catalogue.
        place: 1 for the best; None before the first measurement.
        accuracy: over the last digits learned from, asked before, where all its seeds have come to.
        test: accuracy on the test digits after the last pass that all seeds of all networks have
            done.
        newest: the last pass that all seeds of this network have done, and the test accuracy after
            it; None where that is no later one.
        speed: digits a second.
        seconds: of training, until where all its seeds have come to.
        dead: share of channels.
        seeds: how many count here.
    """

    model: str
    place: int | None
    accuracy: SeedSpread | None
    test: SeedSpread | None
    newest: tuple[int, SeedSpread] | None
    speed: SeedSpread | None
    seconds: SeedSpread | None
    dead: SeedSpread | None
    seeds: int


def learning_curves(history: History, *, batch_size: int, digits: int) -> LearningCurves:
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
    return LearningCurves(
        steps=steps,
        digits=seen,
        seconds=_column(rows, "seconds"),
        loss=rolling_mean(seen, _column(rows, "loss"), window=WINDOW),
        accuracy=rolling_mean(seen, _column(rows, "accuracy"), window=WINDOW),
        test_steps=test_steps,
        test_digits=_digits(test_steps, batch_size, digits),
        test_seconds=_column(epochs, "seconds"),
        test_accuracy=_column(epochs, "test_accuracy"),
        speed=float(np.median(speeds)) if len(speeds) else None,
        dead=float(np.mean(list(dead.values()))) if dead else None,
    )


def common_epochs(tracks: Mapping[str, Sequence[LearningCurves]]) -> int:
    """Return how many passes every seed of every network has done: test accuracies fit there.

    A network none of whose seeds count has dropped out, and holds nobody up.
    """
    return min((len(one.test_accuracy) for each in tracks.values() for one in each), default=0)


def test_accuracy_after(tracks: Sequence[LearningCurves], passes: int) -> SeedSpread | None:
    """Return the test accuracy over the seeds after so many passes; None where one has not come."""
    if not tracks or not 0 < passes <= common_epochs({"": tracks}):
        return None
    return seed_spread([float(one.test_accuracy[passes - 1]) for one in tracks])


def seed_spread(values: Sequence[float]) -> SeedSpread:
    """Return the median, least and greatest of some values."""
    return SeedSpread(float(np.median(values)), min(values), max(values))


def race_standings(tracks: Mapping[str, Sequence[LearningCurves]], *, over: bool) -> list[Standing]:
    """Return how each network stands, the best first.

    Args:
        tracks: by network, those of its seeds that count.
        over: whether everybody has arrived: then the test accuracy decides, if there is a pass that
            all have done, and until then the accuracy over the last digits learned from.
    """
    passes = common_epochs(tracks)
    found = [_standing(model, each, passes) for model, each in tracks.items()]
    by_test = over and passes > 0
    scores = {one.model: one.test if by_test else one.accuracy for one in found}
    known = sorted((s.middle for s in scores.values() if s), reverse=True)
    placed = [_placed(one, scores[one.model], known) for one in found]
    return sorted(placed, key=lambda one: (one.place is None, one.place or 0))


def _placed(one: Standing, score: SeedSpread | None, known: list[float]) -> Standing:
    """Return the standing with its place: two that are equal share the better one."""
    place = known.index(score.middle) + 1 if score else None
    return Standing(**{**vars(one), "place": place})


def _standing(model: str, tracks: Sequence[LearningCurves], passes: int) -> Standing:
    own = common_epochs({model: tracks})
    newest = test_accuracy_after(tracks, own) if own > passes else None
    digits = _come_to(tracks)
    return Standing(
        model=model,
        place=None,
        accuracy=_there([_at(one.digits, one.accuracy, digits) for one in tracks]),
        test=test_accuracy_after(tracks, passes),
        newest=(own, newest) if newest else None,
        speed=_known([one.speed for one in tracks]),
        seconds=_there([_seconds(one, digits) for one in tracks]),
        dead=_known([one.dead for one in tracks]),
        seeds=len(tracks),
    )


def _come_to(tracks: Sequence[LearningCurves]) -> float:
    """Return the digits that all seeds have learned from: those of the one that is furthest back.

    The curves end there, too.
    """
    return float(min((one.digits[-1] if len(one.digits) else 0 for one in tracks), default=0))


def _seconds(track: LearningCurves, digits: float) -> float | None:
    """Return the seconds until so many digits, and those of the test that followed at once."""
    test = np.flatnonzero(track.test_digits == digits)
    return (
        float(track.test_seconds[test[0]])
        if len(test)
        else _at(track.digits, track.seconds, digits)
    )


def _at(x: Values, y: Values, where: float) -> float | None:
    known = np.isfinite(y)
    return float(np.interp(where, x[known], y[known])) if where and known.any() else None


def _there(values: Sequence[float | None]) -> SeedSpread | None:
    """Return the spread over the seeds; None where one has no value."""
    known = [value for value in values if value is not None]
    return seed_spread(known) if known and len(known) == len(values) else None


def _known(values: Sequence[float | None]) -> SeedSpread | None:
    known = [value for value in values if value is not None]
    return seed_spread(known) if known else None


def _column(rows: list[dict[str, object]], name: str) -> Values:
    return column(rows, name).astype(np.float64)


def _digits(steps: Values, batch_size: int, digits: int) -> Values:
    if not digits:
        return steps * batch_size
    counts = [race.images_seen(int(step), batch_size=batch_size, digits=digits) for step in steps]
    return np.array(counts, np.float64)
