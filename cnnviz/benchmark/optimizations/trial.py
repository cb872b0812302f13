"""Measure an optimization: time and memory without and with it, and whether results agree."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor

from cnnviz.benchmark.optimizations.catalog import OPTIMIZATIONS
from cnnviz.benchmark.optimizations.workloads import Variant, Workload
from cnnviz.benchmark.results.optimization_effect import OptimizationEffect, Side
from cnnviz.benchmark.timing.clocks import Stopwatch
from cnnviz.benchmark.timing.memory import peak_memory
from cnnviz.benchmark.timing.protocol import Budget, TimedCall, measure_latencies

_EXACT_BATCH = 8  # images to compare results on in float64: four parts of two, for batch norms

# Twelve calls in turns of two are six pairs, the fewest that give 95% bounds. One warm-up call is
# enough, since results and memory are measured before.
TRIAL_BUDGET = Budget(calls=100, seconds=2.0, least=12, warm_calls=1, warm_seconds=0.3, turn=2)

_Result = TypeVar("_Result")


def try_optimization(
    key: str,
    workload: Workload,
    *,
    model: str,
    budget: Budget | None = None,
    obstacle: str = "",
    clock: Stopwatch | None = None,
    tick: Callable[[float], None] = lambda _: None,
) -> OptimizationEffect:
    """Measure a workload without an optimization and with it.

    Both take turns, so that changes of the machine affect both alike.

    Args:
        key: of `OPTIMIZATIONS`.
        workload: to optimize.
        model: key of the network in the catalog, for the record.
        budget: for each of the two; `TRIAL_BUDGET` by default.
        obstacle: a reason known beforehand not to try it, in one sentence.
        clock: that times calls.
        tick: called with the completed share, 0 to 1; it may raise to stop.
    """
    optimization = OPTIMIZATIONS[key]
    effect = partial(
        OptimizationEffect,
        model=model,
        trick=key,
        title=optimization.title,
        what=optimization.what,
        measured=optimization.measured,
    )
    if obstacle := obstacle or optimization.obstacle(workload):
        return effect(before=None, after=None, problem=obstacle)
    variants = optimization.variants(workload)
    promise = optimization.promise(workload)  # whether the results should agree
    difference = _difference(variants, tick)  # relative, in the workload's own precision
    exact = _difference(optimization.variants(_in_float64(workload)), tick) if promise else None
    peaks = _for_each(variants, lambda variant: peak_memory(variant.call), tick)  # bytes
    calls = {str(i): TimedCall(variant.call, variant.images) for i, variant in enumerate(variants)}
    latencies = measure_latencies(calls, budget=budget or TRIAL_BUDGET, clock=clock, tick=tick)
    before, after = (
        Side(variant.label, latency, peak)
        for variant, latency, peak in zip(variants, latencies.values(), peaks, strict=True)
    )
    measured = effect(before=before, after=after, promise=promise, difference=difference)
    return replace(measured, exact_difference=exact)


def _in_float64(workload: Workload) -> Workload:
    """Return a workload in float64, where rounding does not hide whether two results are equal.

    In float32, an untrained network with batch norms may amplify rounding errors to percents.
    """
    model = copy.deepcopy(workload.model).double()
    return Workload(model, workload.size, min(workload.batch, _EXACT_BATCH), torch.float64)


def _difference(variants: Sequence[Variant], tick: Callable[[float], None]) -> float:
    """Return the largest difference of two variants' results over the largest result."""
    first, second = _for_each(variants, lambda variant: variant.results(), tick)
    return _relative_difference(first, second)


def _relative_difference(first: Mapping[str, Tensor], second: Mapping[str, Tensor]) -> float:
    if set(first) != set(second):
        raise ValueError(
            "both variants must have results of the same names, got "
            f"{', '.join(first)} and {', '.join(second)}"
        )
    largest = max(float(tensor.abs().max()) for tensor in first.values())  # of any result
    difference = max(float((first[name] - second[name]).abs().max()) for name in first)
    return difference / largest if largest else difference


def _for_each(
    variants: Sequence[Variant], act: Callable[[Variant], _Result], tick: Callable[[float], None]
) -> list[_Result]:
    """Apply a function to both variants; between them it may be stopped, as each can take long."""
    results = []
    for variant in variants:
        results.append(act(variant))
        tick(0.0)
    return results
