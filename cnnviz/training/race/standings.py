"""Standings of a race: the learning curves of each run, and medians over seeds per network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cnnviz.stats.seed_bands import Values, rolling_mean
from cnnviz.training.race.costs import images_seen
from cnnviz.training.race.curve_log import CurveLog

WINDOW = 1_000  # training digits that rolling means average over
OUT = ("failed", "diverged")  # states of runs that are left out of medians and bands


@dataclass(frozen=True, eq=False)
class LearningCurves:
    """Loss and accuracy of one run of a race against steps, digits and seconds.

    Attributes:
        steps, digits, seconds: at the end of each interval, (n,).
        loss, accuracy: means over the last `WINDOW` training digits or slightly more, measured
            before the step that trains on them, (n,); nats and 0 to 1.
        test_steps, test_digits, test_seconds, test_accuracy: after each epoch, (epochs,).
        speed: digits per second of the last intervals, tests not counted; None before the first.
        dead: share of channels that were zero for a whole batch, mean over the ReLUs, as last
            measured; None for a network without a ReLU.
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
    """Median, minimum and maximum of a value over the seeds of a network."""

    middle: float
    low: float
    high: float


@dataclass(frozen=True)
class Standing:
    """Rank and measures of one network; a measure is None where a seed lacks it.

    Attributes:
        model: key of the catalog.
        place: rank, 1 for the best; None before the first measurement.
        accuracy: over the last training digits, at the number of digits that all its seeds have
            reached.
        test: test accuracy after the last epoch that all seeds of all networks have finished.
        newest: the last epoch that all seeds of this network have finished, and the test accuracy
            after it; None where it is the same epoch.
        speed: digits per second: of the last intervals, tests not counted; once all runs have
            ended, of the whole training with its tests, so that it agrees with the seconds.
        seconds: of training, up to the number of digits that all its seeds have reached.
        dead: share of dead channels.
        seeds: number of runs counted.
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


def learning_curves(log: CurveLog, *, batch_size: int, digits: int) -> LearningCurves:
    """Return the learning curves of a run.

    Args:
        log: of the run.
        batch_size: digits per step.
        digits: in the training set; 0 if unknown, in which case every batch counts as full.
    """
    steps, seconds, loss, accuracy = log.intervals.T  # (n,) each
    test_steps, test_seconds, test_accuracy = log.epochs.T  # (epochs,) each
    seen = _digits(steps, batch_size, digits)  # (n,)
    return LearningCurves(
        steps=steps,
        digits=seen,
        seconds=seconds,
        loss=rolling_mean(seen, loss, window=WINDOW),
        accuracy=rolling_mean(seen, accuracy, window=WINDOW),
        test_steps=test_steps,
        test_digits=_digits(test_steps, batch_size, digits),
        test_seconds=test_seconds,
        test_accuracy=test_accuracy,
        speed=float(np.median(log.speeds)) if len(log.speeds) else None,
        dead=log.dead,
    )


def common_epochs(curves: Mapping[str, Sequence[LearningCurves]]) -> int:
    """Return the number of epochs that all runs have finished, where test accuracies compare.

    A network without a run that counts has dropped out and is ignored.
    """
    return min((len(run.test_accuracy) for runs in curves.values() for run in runs), default=0)


def accuracy_after(runs: Sequence[LearningCurves], epochs: int) -> SeedSpread | None:
    """Return the test accuracy over seeds after some epochs; None until all have finished them."""
    if not runs or not 0 < epochs <= common_epochs({"": runs}):
        return None
    return seed_spread([float(run.test_accuracy[epochs - 1]) for run in runs])


def seed_spread(values: Sequence[float]) -> SeedSpread:
    """Return the median, minimum and maximum of values."""
    return SeedSpread(float(np.median(values)), min(values), max(values))


def race_standings(curves: Mapping[str, Sequence[LearningCurves]], *, over: bool) -> list[Standing]:
    """Return the standing of each network, the best first.

    Args:
        curves: by network, of the runs that count.
        over: whether all runs have ended. Then the test accuracy decides, if all have finished an
            epoch; before, the accuracy over the last training digits does.
    """
    epochs = common_epochs(curves)
    standings = [_standing(model, runs, epochs, over=over) for model, runs in curves.items()]
    by_test = over and epochs > 0  # tests lie an epoch apart: too coarse while it runs
    scores = {row.model: row.test if by_test else row.accuracy for row in standings}
    ranking = sorted((score.middle for score in scores.values() if score), reverse=True)
    ranked = [replace(row, place=_place(scores[row.model], ranking)) for row in standings]
    return sorted(ranked, key=lambda row: (row.place is None, row.place or 0))


def _place(score: SeedSpread | None, ranking: list[float]) -> int | None:
    """Return the rank of a score, the better one for ties."""
    return ranking.index(score.middle) + 1 if score else None


def _standing(model: str, runs: Sequence[LearningCurves], epochs: int, *, over: bool) -> Standing:
    own_epochs = common_epochs({model: runs})
    newest = accuracy_after(runs, own_epochs) if own_epochs > epochs else None
    digits = _common_digits(runs)
    seconds = [_seconds_at(run, digits) for run in runs]
    speeds = [run.speed for run in runs]
    if over:
        speeds = [digits / value if value else None for value in seconds]
    return Standing(
        model=model,
        place=None,
        accuracy=_spread_of_all([_value_at(run.digits, run.accuracy, digits) for run in runs]),
        test=accuracy_after(runs, epochs),
        newest=(own_epochs, newest) if newest else None,
        speed=_spread_of_some(speeds),
        seconds=_spread_of_all(seconds),
        dead=_spread_of_some([run.dead for run in runs]),
        seeds=len(runs),
    )


def _common_digits(runs: Sequence[LearningCurves]) -> float:
    """Return the number of training digits that all seeds have reached, where curves end too."""
    return float(min((run.digits[-1] if len(run.digits) else 0 for run in runs), default=0))


def _seconds_at(run: LearningCurves, digits: float) -> float | None:
    """Return the seconds up to a number of digits, including a test right after them."""
    test = np.flatnonzero(run.test_digits == digits)  # none, or one
    if len(test):
        return float(run.test_seconds[test[0]])
    return _value_at(run.digits, run.seconds, digits)


def _value_at(x: Values, y: Values, where: float) -> float | None:
    """Return a curve's value by linear interpolation; None at 0 or where nothing is finite."""
    finite = np.isfinite(y)  # (n,)
    return float(np.interp(where, x[finite], y[finite])) if where and finite.any() else None


def _spread_of_all(values: Sequence[float | None]) -> SeedSpread | None:
    """Return the spread over the seeds; None if any has no value."""
    return None if None in values else _spread_of_some(values)


def _spread_of_some(values: Sequence[float | None]) -> SeedSpread | None:
    """Return the spread over the seeds that have a value; None if none has."""
    numbers = [value for value in values if value is not None]
    return seed_spread(numbers) if numbers else None


def _digits(steps: Values, batch_size: int, digits: int) -> Values:
    if not digits:
        return steps * batch_size
    counts = [images_seen(int(step), batch_size=batch_size, digits=digits) for step in steps]
    return np.array(counts, np.float64)  # (n,)
