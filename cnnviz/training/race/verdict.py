"""Verdict of a race: the winner by each measure, its margin, and whether the seeds support it."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.stats.seed_bands import Values
from cnnviz.training.race.costs import NetworkCost, training_macs
from cnnviz.training.race.standings import (
    LearningCurves,
    SeedSpread,
    accuracy_after,
    common_epochs,
)

MIN_ACCURACY = 0.5  # that all runs must reach before costs are compared

_Curves = Mapping[str, Sequence[LearningCurves]]


@dataclass(frozen=True)
class Lead:
    """Winner and runner-up by one measure.

    Attributes:
        measure: "test", the accuracy after the last epoch that all runs have finished, or the cost
            of reaching the target: "digits", "seconds" or "GMAC".
        winner: key of the network with the best median.
        best: its values over its seeds; low and high of a cost include the whole interval in which
            the target was reached, since nothing is known within it.
        second: key of the runner-up.
        next_best: its values over its seeds.
        apart: whether every seed of the winner is ahead of every seed of all others.
        chance: probability that one of several equal networks is so far apart; None for one seed.
        passes: epochs after which the test accuracy was taken; 0 for a cost.
    """

    measure: str
    winner: str
    best: SeedSpread
    second: str
    next_best: SeedSpread
    apart: bool
    chance: float | None
    passes: int = 0


def race_leads(
    curves: _Curves, costs: Mapping[str, NetworkCost]
) -> tuple[float | None, list[Lead]]:
    """Return the target accuracy at which costs are compared, and the lead by each measure.

    The target is the highest accuracy, over the last training digits, that all runs have reached;
    None if it is below `MIN_ACCURACY`.

    Args:
        curves: by network, of the runs that count; a network without a run does not compete.
        costs: by network; unless all are there, multiply-accumulates are not compared.
    """
    competing = {model: runs for model, runs in curves.items() if runs}
    if len(competing) < 2:
        return None, []
    leads = [_accuracy_lead(competing)]
    target = _target(competing)
    if target is not None:
        leads += [_cost_lead(competing, measure, target) for measure in ("digits", "seconds")]
        if all(model in costs for model in competing):
            leads.append(_macs_lead(competing, costs, target))
    return target, [lead for lead in leads if lead is not None]


def crossing(x: Values, y: Values, target: float) -> SeedSpread:
    """Return where a curve first reaches a value: interpolated, and the points around it.

    Args:
        x, y: the curve, (n,); values of y that are not finite are left out.
        target: value of y to reach.

    Raises:
        ValueError: if the curve never reaches the target.
    """
    finite = np.isfinite(y)
    x, y = x[finite], y[finite]  # (m,), m of the n points
    above = np.flatnonzero(y >= target)  # ascending indices
    if not len(above):
        raise ValueError(f"target must be at most {max(y, default=0.0):.4g}, got {target:.4g}")
    first = int(above[0])
    if first == 0:
        return SeedSpread(float(x[0]), 0.0, float(x[0]))
    share = (target - y[first - 1]) / (y[first] - y[first - 1])  # of the step between, 0 to 1
    between = float(x[first - 1] + share * (x[first] - x[first - 1]))
    return SeedSpread(between, float(x[first - 1]), float(x[first]))


def separation_probability(seeds: Sequence[int]) -> float:
    """Return the probability that one of several equal networks beats all others with every seed.

    A permutation test: all orders of the runs are equally likely, and in one of "n over k" the k
    seeds of a network come first; the probabilities of the networks add up.

    Args:
        seeds: number of seeds of each network.
    """
    return sum(1 / math.comb(sum(seeds), count) for count in seeds)


def _target(curves: _Curves) -> float | None:
    best = [np.nanmax(run.accuracy, initial=0.0) for runs in curves.values() for run in runs]
    target = float(min(best))  # that the worst run reached, too
    return target if target >= MIN_ACCURACY else None


def _accuracy_lead(curves: _Curves) -> Lead | None:
    """Compare test accuracies after the last epoch that all runs have finished."""
    epochs = common_epochs(curves)
    accuracies = {model: accuracy_after(runs, epochs) for model, runs in curves.items()}
    spreads = {model: spread for model, spread in accuracies.items() if spread is not None}
    if len(spreads) < len(curves):
        return None
    first, *others = sorted(spreads, key=lambda model: -spreads[model].middle)  # highest accuracy
    apart = all(spreads[first].low > spreads[other].high for other in others)
    lead = _lead("test", spreads, [first, *others], apart, curves)
    return dataclasses.replace(lead, passes=epochs)


def _cost_lead(curves: _Curves, measure: str, target: float) -> Lead:
    """Compare the digits or seconds to the target."""
    spreads = {
        model: _over_seeds([crossing(getattr(run, measure), run.accuracy, target) for run in runs])
        for model, runs in curves.items()
    }
    return _cheapest(measure, spreads, curves)


def _macs_lead(curves: _Curves, costs: Mapping[str, NetworkCost], target: float) -> Lead:
    """Compare the multiply-accumulates to the target, in GMAC."""
    spreads = {}
    for model, runs in curves.items():
        gmac_per_digit = training_macs(costs[model].macs, 1) / 1e9  # forward and backward
        digits = _over_seeds([crossing(run.digits, run.accuracy, target) for run in runs])
        spreads[model] = SeedSpread(
            *(gmac_per_digit * count for count in (digits.middle, digits.low, digits.high))
        )
    return _cheapest("GMAC", spreads, curves)


def _over_seeds(points: Sequence[SeedSpread]) -> SeedSpread:
    middle = float(np.median([point.middle for point in points]))
    return SeedSpread(middle, min(point.low for point in points), max(p.high for p in points))


def _cheapest(measure: str, spreads: Mapping[str, SeedSpread], curves: _Curves) -> Lead:
    first, *others = sorted(spreads, key=lambda model: spreads[model].middle)  # lowest cost
    apart = all(spreads[first].high < spreads[other].low for other in others)
    return _lead(measure, spreads, [first, *others], apart, curves)


def _lead(
    measure: str,
    spreads: Mapping[str, SeedSpread],
    order: Sequence[str],
    apart: bool,
    curves: _Curves,
) -> Lead:
    seeds = [len(runs) for runs in curves.values()]
    return Lead(
        measure=measure,
        winner=order[0],
        best=spreads[order[0]],
        second=order[1],
        next_best=spreads[order[1]],
        apart=apart,
        chance=separation_probability(seeds) if min(seeds) > 1 else None,
    )
