"""A measurement as text: a table, CSV or JSON."""

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from cnnviz.benchmark.results.findings import Findings, LayerTimes
from cnnviz.benchmark.results.measurements import MeasurementRecord
from cnnviz.benchmark.results.optimization_effect import OptimizationEffect
from cnnviz.benchmark.results.plan import ENGINE_TITLES, Plan
from cnnviz.system.tables import csv_text

Cells = tuple[str, ...]


def timing_rows(findings: Findings) -> list[dict[str, Any]]:
    """Return a row per timing, together with the costs of its network."""
    costs = {cost.model: cost for cost in findings.costs}
    rows = []
    for timing in findings.timings:
        cost = costs[timing.model]
        names = ("model", "title", "engine", "batch", "threads")
        row = {name: getattr(timing, name) for name in names}
        counts = ("parameters", "macs", "flops", "disk_float32", "disk_float16")
        memory = ("activation_peak", "saved", "saved_once")
        row |= {name: getattr(cost, name) for name in (*counts, *memory)}
        row["training_bytes"] = cost.training_bytes(timing.batch)
        row |= timing.latency.summary() if timing.latency else {}
        rows.append(row | {"prepared_seconds": timing.prepared, "problem": timing.problem})
    return rows


def format_json(record: MeasurementRecord) -> str:
    """Return everything that was found, except the single calls."""
    findings = record.findings
    content = {
        "state": record.state,
        "badge": findings.badge,
        "conditions": record.conditions and dataclasses.asdict(record.conditions),
        "timings": timing_rows(findings),
        "layers": [row for times in findings.layers for row in _layer_rows(times)],
        "tricks": [_effect_row(effect) for effect in findings.effects],
    }
    return json.dumps(content, indent=1)


def format_csv(record: MeasurementRecord) -> str:
    """Return one line per timing, each with the conditions; "" without timings."""
    conditions = _condition_columns(record)
    rows = [row | conditions for row in timing_rows(record.findings)]
    return csv_text(rows) if rows else ""


def _condition_columns(record: MeasurementRecord) -> dict[str, Any]:
    conditions = record.conditions
    if conditions is None:
        return {"state": record.state}
    names = ("created", "host", "hardware", "cores", "load_before", "load_after")
    columns = {name: getattr(conditions, name) for name in names} | {"host": conditions.machine}
    versions = {f"{name}_version": version for name, version in conditions.versions.items()}
    return {"state": record.state, **columns, **versions}


def format_table(record: MeasurementRecord) -> str:
    """Return tables to read on a terminal; "" before anything was counted."""
    findings, plan = record.findings, record.plan
    if not findings.costs:
        return ""
    lines = [*_header(record), *_cost_table(findings, plan)]
    if rows := timing_rows(findings):
        lines += ["", *_aligned(_TIMING_HEADS, [_timing_cells(row) for row in rows]), *_NOTES]
    for times in findings.layers:
        lines += ["", *_layer_table(times)]
    if findings.effects:
        effects = [_effect_cells(effect, plan) for effect in findings.effects]
        lines += ["", *_aligned(_EFFECT_HEADS, effects)]
    return "\n".join(lines)


def _header(record: MeasurementRecord) -> Iterator[str]:
    """Yield the conditions, and a warning if there are more threads than cores."""
    conditions, plan = record.conditions, record.plan
    if conditions is None:
        return
    load = "" if conditions.load_before is None else f", load {conditions.load_before:.1f} before"
    load += "" if conditions.load_after is None else f", {conditions.load_after:.1f} after"
    yield f"{conditions.hardware}, torch {conditions.versions['torch']}{load}"
    yield ""
    most, cores = max(plan.threads), conditions.cores
    if most > cores and plan.device == "cpu":
        yield f"{most} threads on {cores} core{'s' if cores > 1 else ''}: they wait for each other."
        yield ""


def _cost_table(findings: Findings, plan: Plan) -> list[str]:
    """Return the table of counted costs, with the memory of training at each batch size."""
    heads = (*_COST_HEADS, *(f"MB to train, batch {batch}" for batch in plan.batches))
    rows = [
        (
            *(cost.title, f"{cost.parameters:,}", f"{cost.macs / 1e6:,.1f}"),
            *(f"{cost.flops / 1e6:,.1f}", f"{cost.disk_float32 / 1e6:.2f}"),
            *(f"{cost.activation_peak / 1e6:.3f}", f"{cost.saved / 1e6:.3f}"),
            *(f"{cost.training_bytes(batch) / 1e6:.1f}" for batch in plan.batches),
        )
        for cost in findings.costs
    ]
    return _aligned(heads, rows, left=1)


def _layer_table(times: LayerTimes) -> list[str]:
    heads = (f"{times.title}, layer by layer", "kind", "MMAC", "ms", "GFLOP/s")
    rows = [
        (x.name, x.kind, f"{x.macs / 1e6:.2f}", f"{x.milliseconds:.3f}", f"{x.gflops:.1f}")
        for x in times.layers
    ]
    return _aligned(heads, [*rows, ("between", "", "", f"{times.between:.3f}", "")])


_COST_HEADS = (
    *("network", "parameters", "MMAC", "MFLOP", "MB on disk", "MB of activations"),
    "MB saved for backward",
)
_TIMING_HEADS = (
    *("network", "engine", "batch", "threads", "ready s", "cold ms", "p50", "p90", "p95", "IQR"),
    *("lecture's mean", "images/s", "calls", "host"),
)
_EFFECT_HEADS = (
    *("optimization", "network", "measured", "before ms", "after ms", "images/s (95%)"),
    *("MB before", "MB after", "same", "verdict on time", "host"),
)
_NOTES = (
    "Times in ms. The lecture's mean is over as many calls as stand in brackets, warm-up included,",
    "after the very first one; all other times are of calls in turns.",
)


def _timing_cells(row: Mapping[str, Any]) -> Cells:
    names = (row["title"], ENGINE_TITLES[row["engine"]], str(row["batch"]), str(row["threads"]))
    if row["problem"]:
        return (*names, row["problem"])
    ready = "" if row["prepared_seconds"] is None else f"{row['prepared_seconds']:.1f}"
    times = (f"{row[name]:.3f}" for name in ("cold", "p50", "p90", "p95", "iqr"))
    lecture = f"{row['lecture']:.3f} ({row['lecture_n']})"
    rest = (f"{row['images_per_second']:,.0f}", str(row["n"]), row["badge"] or "unknown")
    return (*names, ready, *times, lecture, *rest)


def _effect_cells(effect: OptimizationEffect, plan: Plan) -> Cells:
    names = (effect.title, plan.title(effect.model), effect.measured)
    if effect.before is None or effect.after is None:
        return (*names, effect.problem)
    sides = (effect.before, effect.after)
    times = (f"{side.latency.p50:.3f}" for side in sides)
    memory = (f"{side.peak / 1e6:.2f}" for side in sides)
    same = {True: "yes", False: "NO", None: f"within {effect.difference or 0:.1%}"}[effect.kept]
    host = Findings(effects=(effect,)).badge
    speedup = f"× {effect.speedup:.2f}"
    if (bounds := effect.ratio) is not None:
        speedup += f" ({bounds.low:.2f} to {bounds.high:.2f})"
    return (*names, *times, speedup, *memory, same, effect.verdict, host)


def _layer_rows(times: LayerTimes) -> list[dict[str, Any]]:
    return [
        {"model": times.model, **dataclasses.asdict(layer), "gflops": layer.gflops}
        for layer in times.layers
    ]


def _effect_row(effect: OptimizationEffect) -> dict[str, Any]:
    row = {field.name: getattr(effect, field.name) for field in dataclasses.fields(effect)}
    for name in ("before", "after"):
        side = row[name]
        row[name] = side and {"label": side.label, "peak": side.peak, **side.latency.summary()}
    bounds = effect.ratio and (effect.ratio.low, effect.ratio.high)
    speedup = {"speedup": effect.speedup, "speedup_95": bounds, "verdict": effect.verdict}
    return row | speedup | {"memory": effect.memory, "kept": effect.kept}


def _aligned(heads: Cells, rows: Sequence[Cells], *, left: int = 2) -> list[str]:
    """Return lines with aligned columns; the last cell of a short row may be long.

    The first `left` columns are flush left, and if these are several, so is the last column.
    """
    complete = [heads, *(row for row in rows if len(row) == len(heads))]
    short = [row for row in rows if len(row) < len(heads)]
    widths = [max(len(row[i]) for row in complete) for i in range(len(heads))]
    widths = [
        max([width, *(len(row[i]) for row in short if i < len(row) - 1)])
        for i, width in enumerate(widths)
    ]
    return [
        "  ".join(
            cell.ljust(widths[i])
            if i < left or (left > 1 and i == len(row) - 1)
            else cell.rjust(widths[i])
            for i, cell in enumerate(row)
        ).rstrip()
        for row in [heads, *rows]
    ]


FORMATS: Mapping[str, Callable[[MeasurementRecord], str]] = MappingProxyType(
    {"table": format_table, "csv": format_csv, "json": format_json}
)
