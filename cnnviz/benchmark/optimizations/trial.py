"""Trying a trick on a network: time and memory before and after, and whether results agree.

Before and after take turns under the clock.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor

from cnnviz.benchmark.optimizations.catalogue import TRICKS
from cnnviz.benchmark.optimizations.workloads import Subject, Way
from cnnviz.benchmark.results.records import Effect, Side
from cnnviz.benchmark.timing.latency import Budget, Contestant, Stopwatch, measure
from cnnviz.benchmark.timing.memory import peak

_FEW = 8  # images to compare results on in float64: four parts of two, for batch norms

# twelve calls in turns of two are six pairs, the fewest that give 95% bounds; results and memory
# were taken before, so that everything is warm
PATIENCE = Budget(calls=100, seconds=2.0, least=12, warm_calls=1, warm_seconds=0.3, turn=2)

_Found = TypeVar("_Found")


def effect(
    key: str,
    subject: Subject,
    *,
    model: str,
    budget: Budget | None = None,
    obstacle: str = "",
    clock: Stopwatch | None = None,
    tick: Callable[[float], None] = lambda _: None,
) -> Effect:
    """Try a trick on a network: time and memory before and after, and whether results agree.

    Args:
        key: of `TRICKS`.
        subject: the network.
        model: key of the catalogue, for the record.
        budget: for each side; `PATIENCE` if none is given.
        obstacle: why not to try it, in one sentence, if something speaks against it already.
        clock: what times calls.
        tick: called with the share that is done; it may raise to stop.
    """
    trick = TRICKS[key]
    told = partial(
        Effect, model=model, trick=key, title=trick.title, what=trick.what, measured=trick.measured
    )
    if obstacle := obstacle or trick.obstacle(subject):
        return told(before=None, after=None, problem=obstacle)
    ways = trick.ways(subject)
    promise = trick.promise(subject)
    difference = _difference(*_each(ways, lambda way: way.results(), tick))
    finer = trick.ways(_finer(subject)) if promise else ()
    exact = _difference(*_each(finer, lambda way: way.results(), tick)) if promise else None
    peaks = _each(ways, lambda way: peak(way.call), tick)
    contestants = {str(i): Contestant(way.call, way.images) for i, way in enumerate(ways)}
    times = measure(contestants, budget=budget or PATIENCE, clock=clock, tick=tick).values()
    before, after = (
        Side(way.label, latency, held)
        for way, latency, held in zip(ways, times, peaks, strict=True)
    )
    found = told(before=before, after=after, promise=promise, difference=difference)
    return replace(found, exact_difference=exact)


def _finer(subject: Subject) -> Subject:
    """Return a subject in float64, where rounding does not hide whether two sides are the same.

    In float32 an untrained network with batch norms may blow rounding up to per cents.
    """
    model = copy.deepcopy(subject.model).double()
    return Subject(model, subject.size, min(subject.batch, _FEW), torch.float64)


def _difference(first: Mapping[str, Tensor], second: Mapping[str, Tensor]) -> float:
    """Return the largest difference as a share of the largest number."""
    if set(first) != set(second):
        raise ValueError("both sides of a trick must have results of the same names")
    largest = max(float(t.abs().max()) for t in first.values())
    apart = max(float((first[name] - second[name]).abs().max()) for name in first)
    return apart / largest if largest else apart


def _each(
    ways: Sequence[Way], act: Callable[[Way], _Found], tick: Callable[[float], None]
) -> list[_Found]:
    """Return what comes of each way; at published size each may take a minute."""
    found = []
    for way in ways:
        found.append(act(way))
        tick(0.0)
    return found
