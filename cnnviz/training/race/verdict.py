"""Who won a race in which respect, by how much, and whether the seeds make it believable."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.stats.seed_bands import Values
from cnnviz.training.race.race import NetworkCost, training_macs
from cnnviz.training.race.standings import (
    LearningCurves,
    SeedSpread,
    common_epochs,
    test_accuracy_after,
)

MIN_ACCURACY = 0.5  # accuracy that all must have reached: below it nobody has learned much


@dataclass(frozen=True)
class Lead:
    """The winner in one respect, and who came second.

    Attributes:
        measure: "test", the accuracy after the last pass that all have done, or what it took to
            reach the target: "digits", "seconds" or "GMAC".
        winner: key of the network whose median is best.
        best: its figure over its seeds; of a cost, low and high include the interval in which the
            target was reached, since nothing is known in between.
        second: key of the next.
        next_best: the figure of that.
        apart: whether every seed of the winner is ahead of every seed of all others.
        chance: of equals, how often one of them would be so far apart by luck; None for one seed.
        passes: after how many of them the test accuracy was taken; 0 for a cost.
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
    tracks: Mapping[str, Sequence[LearningCurves]], figures: Mapping[str, NetworkCost]
) -> tuple[float | None, list[Lead]]:
    """Return the accuracy that costs are compared at, and who won in each respect.

    The target is the highest accuracy, over the last digits learned from, that every seed of every
    network has reached; None where that is not worth comparing.

    Args:
        tracks: by network, those of its seeds that count; a network without one does not compete.
        figures: by network; without those of all nothing is said of multiply-accumulates.
    """
    there = {model: each for model, each in tracks.items() if each}
    if len(there) < 2:
        return None, []
    found = [_tested(there)]
    target = _target(there)
    if target is not None:
        found += [_costs(there, measure, target) for measure in ("digits", "seconds")]
        if all(model in figures for model in there):
            found.append(_multiplied(there, figures, target))
    return target, [lead for lead in found if lead is not None]


def crossing(x: Values, y: Values, target: float) -> SeedSpread:
    """Return where a curve first reaches a value: on its straight line, and the points around it.

    Raises:
        ValueError: if it never does.
    """
    known = np.isfinite(y)
    x, y = x[known], y[known]
    above = np.flatnonzero(y >= target)
    if not len(above):
        raise ValueError(f"the curve never reaches {target}")
    last = int(above[0])
    if last == 0:
        return SeedSpread(float(x[0]), 0.0, float(x[0]))
    share = (target - y[last - 1]) / (y[last] - y[last - 1])
    between = float(x[last - 1] + share * (x[last] - x[last - 1]))
    return SeedSpread(between, float(x[last - 1]), float(x[last]))


def separation_probability(seeds: Sequence[int]) -> float:
    """Return how often, of networks that are equal, one has all its seeds ahead of all others.

    All orders of the seeds are then alike likely, and one in "n over k" has a network's k seeds in
    the first places: the permutation test, for any of the networks.

    Args:
        seeds: how many each network has.
    """
    return sum(1 / math.comb(sum(seeds), each) for each in seeds)


def _target(tracks: Mapping[str, Sequence[LearningCurves]]) -> float | None:
    best = [np.nanmax(t.accuracy, initial=0.0) for each in tracks.values() for t in each]
    target = float(min(best))
    return target if target >= MIN_ACCURACY else None


def _tested(tracks: Mapping[str, Sequence[LearningCurves]]) -> Lead | None:
    """Compare the test accuracies after the last pass that every seed has done."""
    passes = common_epochs(tracks)
    found = {model: test_accuracy_after(each, passes) for model, each in tracks.items()}
    spreads = {model: each for model, each in found.items() if each is not None}
    if len(spreads) < len(tracks):
        return None
    first, *others = sorted(spreads, key=lambda model: -spreads[model].middle)
    apart = all(spreads[first].low > spreads[other].high for other in others)
    lead = _lead("test", spreads, [first, *others], apart, tracks)
    return dataclasses.replace(lead, passes=passes)


def _costs(tracks: Mapping[str, Sequence[LearningCurves]], measure: str, target: float) -> Lead:
    spreads = {
        model: _together([crossing(getattr(t, measure), t.accuracy, target) for t in each])
        for model, each in tracks.items()
    }
    return _cheapest(measure, spreads, tracks)


def _multiplied(
    tracks: Mapping[str, Sequence[LearningCurves]],
    figures: Mapping[str, NetworkCost],
    target: float,
) -> Lead:
    spreads = {}
    for model, each in tracks.items():
        giga = training_macs(figures[model].macs, 1) / 1e9  # of one digit
        cost = _together([crossing(t.digits, t.accuracy, target) for t in each])
        spreads[model] = SeedSpread(giga * cost.middle, giga * cost.low, giga * cost.high)
    return _cheapest("GMAC", spreads, tracks)


def _together(costs: Sequence[SeedSpread]) -> SeedSpread:
    middle = float(np.median([cost.middle for cost in costs]))
    return SeedSpread(middle, min(cost.low for cost in costs), max(cost.high for cost in costs))


def _cheapest(
    measure: str, spreads: Mapping[str, SeedSpread], tracks: Mapping[str, Sequence[LearningCurves]]
) -> Lead:
    first, *others = sorted(spreads, key=lambda model: spreads[model].middle)
    apart = all(spreads[first].high < spreads[other].low for other in others)
    return _lead(measure, spreads, [first, *others], apart, tracks)


def _lead(
    measure: str,
    spreads: Mapping[str, SeedSpread],
    order: Sequence[str],
    apart: bool,
    tracks: Mapping[str, Sequence[LearningCurves]],
) -> Lead:
    seeds = [len(each) for each in tracks.values()]
    return Lead(
        measure=measure,
        winner=order[0],
        best=spreads[order[0]],
        second=order[1],
        next_best=spreads[order[1]],
        apart=apart,
        chance=separation_probability(seeds) if min(seeds) > 1 else None,
    )
