"""Measured effects of optimizations as rows of a CSV file."""

from collections.abc import Sequence

from cnnviz.benchmark.results.findings import Conditions, Findings
from cnnviz.benchmark.results.optimization_effect import OptimizationEffect

TableRow = dict[str, str | float | int | None]


def optimization_rows(
    effects: Sequence[OptimizationEffect], conditions: Conditions
) -> list[TableRow]:
    """Return one row per optimization in full precision, with the conditions of the measurement.

    Args:
        effects: with both sides measured.
        conditions: under which they were measured.
    """
    return [_row(effect) | _conditions(effect, conditions) for effect in effects]


def result_text(effect: OptimizationEffect) -> str:
    """Return whether an optimization keeps the results: "the same", "NOT the same" or how far."""
    if effect.kept is None:
        return f"differ by up to {effect.difference or 0:.1%}"
    return "the same" if effect.kept else "NOT the same"


def _row(effect: OptimizationEffect) -> TableRow:
    assert effect.before
    assert effect.after
    bounds = effect.ratio
    return {
        "optimization": effect.title,
        "measured": effect.measured,
        "without_p50_ms": effect.before.latency.p50,
        "with_p50_ms": effect.after.latency.p50,
        "images_per_second_ratio": effect.speedup,
        "ratio_low": bounds.low if bounds else None,
        "ratio_high": bounds.high if bounds else None,
        "conclusion": effect.verdict,
        "without_peak_bytes": effect.before.peak,
        "with_peak_bytes": effect.after.peak,
        "results": result_text(effect),
    }


def _conditions(effect: OptimizationEffect, conditions: Conditions) -> TableRow:
    return {
        "host_badge": Findings(effects=(effect,)).badge,
        "machine": conditions.machine,
        "hardware": conditions.hardware,
        "cores": conditions.cores,
        "measured_at": conditions.created,
        "torch": conditions.versions.get("torch", ""),
        "load_before": conditions.load_before,
        "load_after": conditions.load_after,
    }
