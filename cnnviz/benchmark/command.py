"""Measure latency and memory: `cnnviz bench --models mnist_cnn resnet8 --batch 1 64`.

The results also appear in the dashboard, which measures with the same code in a process of its own.
Only one measurement runs at a time on a machine.
"""

import argparse
import csv
import dataclasses
import io
import json
import os
import signal
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from cnnviz.benchmark.process import run_measurement
from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.measurements import Measurement, MeasurementRecord, Progress
from cnnviz.benchmark.results.records import (
    ENGINES,
    OPTIMIZATION_BATCH,
    Findings,
    LayerTimes,
    OptimizationEffect,
    Plan,
)
from cnnviz.models.catalogue import CATALOGUE
from cnnviz.system.cli import Parser
from cnnviz.training.runs.failures import error_message

# What is printed


def timings(findings: Findings) -> list[dict[str, Any]]:
    """Return a row for each timing, with what its network takes."""
    costs = {cost.model: cost for cost in findings.costs}
    rows = []
    for timing in findings.timings:
        cost = costs[timing.model]
        names = ("model", "title", "engine", "batch", "threads")
        row = {name: getattr(timing, name) for name in names}
        counted = ("parameters", "macs", "flops", "disk_float32", "disk_float16")
        memory = ("activation_peak", "saved", "saved_once")
        row |= {name: getattr(cost, name) for name in (*counted, *memory)}
        row["training_bytes"] = cost.training_bytes(timing.batch)
        row |= timing.latency.summary() if timing.latency else {}
        rows.append(row | {"prepared_seconds": timing.prepared, "problem": timing.problem})
    return rows


def format_json(record: MeasurementRecord) -> str:
    """Return all that was found, single calls apart."""
    found = record.findings
    whole = {
        "state": record.state,
        "badge": found.badge,
        "conditions": record.conditions and dataclasses.asdict(record.conditions),
        "timings": timings(found),
        "layers": [layer for times in found.layers for layer in _layers(times)],
        "tricks": [_effect(effect) for effect in found.effects],
    }
    return json.dumps(whole, indent=1)


def format_csv(record: MeasurementRecord) -> str:
    """Return the timings, one a line, each with the circumstances; nothing if there are none."""
    about = _circumstances(record)
    rows = [row | about for row in timings(record.findings)]
    if not rows:
        return ""
    text = io.StringIO()
    heads = list(dict.fromkeys(name for row in rows for name in row))
    table = csv.DictWriter(text, heads, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()


def _circumstances(record: MeasurementRecord) -> dict[str, Any]:
    """Return when, where and with what was measured."""
    about = record.conditions
    if about is None:
        return {"state": record.state}
    names = ("created", "host", "hardware", "cores", "load_before", "load_after")
    told = {name: getattr(about, name) for name in names}
    return {"state": record.state, **told, **{f"{k}_version": v for k, v in about.versions.items()}}


def format_table(record: MeasurementRecord) -> str:
    """Return tables for the person at the screen; nothing before something was counted."""
    found, about = record.findings, record.conditions
    lines = []
    if not found.costs:
        return ""
    if about:
        load = "" if about.load_before is None else f", load {about.load_before:.1f} before"
        load += "" if about.load_after is None else f", {about.load_after:.1f} after"
        lines = [f"{about.hardware}, torch {about.versions['torch']}{load}", ""]
        lines += [*_warnings(record.plan, about.cores)]
    lines += _costs(found, record.plan)
    if timed := timings(found):
        lines += ["", *_aligned(_HEADS, [_cells(row) for row in timed]), *_NOTES]
    for times in found.layers:
        heads = (f"{times.title}, layer by layer", "kind", "MMAC", "ms", "GFLOP/s")
        layers = [
            (x.name, x.kind, f"{x.macs / 1e6:.2f}", f"{x.milliseconds:.3f}", f"{x.gflops:.1f}")
            for x in times.layers
        ]
        lines += ["", *_aligned(heads, [*layers, ("between", "", "", f"{times.between:.3f}", "")])]
    if found.effects:
        lines += [
            "",
            *_aligned(
                _TRICK_HEADS, [_trick_cells(effect, record.plan) for effect in found.effects]
            ),
        ]
    return "\n".join(lines)


def _warnings(plan: Plan, cores: int) -> Iterator[str]:
    """Say why times are not what they might be."""
    if (most := max(plan.threads)) > cores and plan.device == "cpu":
        yield f"{most} threads on {cores} core{'s' if cores > 1 else ''}: they wait for each other."
        yield ""


def _costs(found: Findings, plan: Plan) -> list[str]:
    """Return the table of what is counted, with the memory of training at each batch size."""
    heads = (*_COST_HEADS, *(f"MB to train, batch {batch}" for batch in plan.batches))
    rows = [
        (
            *(cost.title, f"{cost.parameters:,}", f"{cost.macs / 1e6:,.1f}"),
            *(f"{cost.flops / 1e6:,.1f}", f"{cost.disk_float32 / 1e6:.2f}"),
            *(f"{cost.activation_peak / 1e6:.3f}", f"{cost.saved / 1e6:.3f}"),
            *(f"{cost.training_bytes(batch) / 1e6:.1f}" for batch in plan.batches),
        )
        for cost in found.costs
    ]
    return _aligned(heads, rows, left=1)


_COST_HEADS = (
    *("network", "parameters", "MMAC", "MFLOP", "MB on disk", "MB of activations"),
    "MB saved for backward",
)
_NOTES = (
    "Times in ms. All but the lecture's mean are of the calls in turns; that mean is of the first "
    "so many calls",
    "(in brackets) after the very first one, warm-up included.",
)
_HEADS = (
    *("network", "engine", "batch", "threads"),
    *(
        "ready s",
        "cold ms",
        "p50",
        "p90",
        "p95",
        "IQR",
        "lecture's mean",
        "images/s",
        "calls",
        "host",
    ),
)
_TRICK_HEADS = (
    *("trick", "network", "measured", "before ms", "after ms", "images/s (95%)", "MB before"),
    *("MB after", "same", "verdict on time", "host"),
)


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    names = (row["title"], ENGINES[row["engine"]], str(row["batch"]), str(row["threads"]))
    if row["problem"]:
        return (*names, row["problem"])
    ready = "" if row["prepared_seconds"] is None else f"{row['prepared_seconds']:.1f}"
    times = (f"{row[name]:.3f}" for name in ("cold", "p50", "p90", "p95", "iqr"))
    lecture = f"{row['lecture']:.3f} ({row['lecture_n']})"
    last = (f"{row['images_per_second']:,.0f}", str(row["n"]), row["badge"] or "unknown")
    return (*names, ready, *times, lecture, *last)


def _trick_cells(effect: OptimizationEffect, plan: Plan) -> tuple[str, ...]:
    names = (effect.title, plan.title(effect.model), effect.measured)
    if effect.before is None or effect.after is None:
        return (*names, effect.problem)
    sides = (effect.before, effect.after)
    times = (f"{side.latency.p50:.3f}" for side in sides)
    memory = (f"{side.peak / 1e6:.2f}" for side in sides)
    same = {True: "yes", False: "NO", None: f"within {effect.difference or 0:.1%}"}[effect.kept]
    badges = Findings(effects=(effect,)).badge
    gain = f"× {effect.speedup:.2f}"
    if (found := effect.ratio) is not None:
        gain += f" ({found.low:.2f} to {found.high:.2f})"
    return (*names, *times, gain, *memory, same, effect.verdict, badges)


def _layers(times: LayerTimes) -> list[dict[str, Any]]:
    return [
        {"model": times.model, **dataclasses.asdict(layer), "gflops": layer.gflops}
        for layer in times.layers
    ]


def _effect(effect: OptimizationEffect) -> dict[str, Any]:
    row = {f.name: getattr(effect, f.name) for f in dataclasses.fields(effect)}
    for name in ("before", "after"):
        side = row[name]
        row[name] = side and {"label": side.label, "peak": side.peak, **side.latency.summary()}
    bounds = effect.ratio and (effect.ratio.low, effect.ratio.high)
    told = {"speedup": effect.speedup, "speedup_95": bounds, "verdict": effect.verdict}
    return row | told | {"memory": effect.memory, "kept": effect.kept}


def _aligned(heads: tuple[str, ...], rows: list[tuple[str, ...]], *, left: int = 2) -> list[str]:
    """Return lines whose columns stand under each other; a short row's last cell may be long.

    The first columns, so many as `left`, and the last one of other tables are words.
    """
    whole = [heads, *(row for row in rows if len(row) == len(heads))]
    widths = [max(len(row[i]) for row in whole) for i in range(len(heads))]
    short = [row for row in rows if len(row) < len(heads)]
    widths = [max([w, *(len(r[i]) for r in short if i < len(r) - 1)]) for i, w in enumerate(widths)]
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


# The command

_ENDS = (signal.SIGINT, signal.SIGTERM)  # Ctrl-C and `kill`


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return the exit status: 0 only if it was measured to the end."""
    options = _parser().parse_args(arguments)
    try:
        plan = _plan(options)
        _refuse_device(plan)
        made = measurements.create_measurement(plan)
        _cancel_on_interrupt(made)
        record = run_measurement(made, _show)
    except (ValueError, OSError) as error:
        print(f"cnnviz: {error_message(error)}", file=sys.stderr)
        return 2
    print(file=sys.stderr)
    _print(FORMATS[options.format](record).rstrip())
    if record.state != "finished":
        print(f"cnnviz: {record.state}. {record.message}".strip(), file=sys.stderr)
    return int(record.state != "finished")


def _refuse_device(plan: Plan) -> None:
    """Refuse a device that is not there, before anything is written."""
    if plan.device != "cpu":
        from cnnviz.system import hardware

        hardware.pick_device(plan.device)


def _print(text: str) -> None:
    """Print, unless whoever reads has heard enough, as `head` has."""
    try:
        if text:
            print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at the end


def _plan(options: argparse.Namespace) -> Plan:
    models = options.models or (list(CATALOGUE) if not options.published else _with_published())
    return Plan(
        models=tuple(models),
        published=options.published,
        batches=tuple(options.batch),
        threads=tuple(options.threads),
        engines=tuple(options.engines),
        seconds=options.seconds,
        calls=options.calls,
        layers=options.layers,
        tricks=options.tricks,
        tricks_batch=options.tricks_batch or OPTIMIZATION_BATCH[options.published],
        device=options.device,
    )


def _with_published() -> list[str]:
    return [key for key, row in CATALOGUE.items() if row.published]


def _cancel_on_interrupt(made: Measurement) -> None:
    """Let Ctrl-C, or a wish to end it, end it with what was found; a second one ends it at once."""

    def stop(signum: int, frame: object) -> None:
        del signum, frame
        for each in _ENDS:
            signal.signal(each, signal.SIG_DFL)
        made.cancel()

    for each in _ENDS:
        signal.signal(each, stop)


def _show(progress: Progress) -> None:
    print(f"\r{progress.share:4.0%}  {progress.doing}".ljust(78)[:79], end="", file=sys.stderr)


_EPILOG = (
    "The lecture's mean is that of the first 100 calls after the very first one. It includes the "
    "warm-up; the other times are measured afterwards, the networks taking turns. Memory is "
    "computed from the sizes of the tensors: that of activations and that saved for backward for "
    "one image, that of training with Adam for a whole batch."
)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="cnnviz bench",
        description=__doc__,
        epilog=textwrap.fill(_EPILOG, 80),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--models", nargs="+", metavar="ARCHITECTURE", help=f"any of {', '.join(CATALOGUE)}")
    add("--published", action="store_true", help="the published networks instead of ours")
    add(
        "--batch",
        nargs="+",
        type=int,
        default=[1],
        metavar="N",
        help="images per call, and per step for the memory of training; default: 1",
    )
    add(
        "--threads",
        nargs="+",
        type=int,
        default=[1],
        metavar="N",
        help="of PyTorch; more than the machine has cores are slower; default: 1",
    )
    add(
        "--engines",
        nargs="+",
        default=["torch"],
        metavar="ENGINE",
        help=f"any of {', '.join(ENGINES)}; default: torch",
    )
    add("--seconds", type=float, default=2.0, metavar="X", help="at most, per row; default: 2")
    add(
        "--calls",
        type=int,
        default=100,
        metavar="N",
        help="at most, per row, 20 or more; default: 100",
    )
    add("--layers", action="store_true", help="also measure the time of each layer")
    add("--tricks", action="store_true", help="also measure each optimization")
    add(
        "--tricks-batch",
        type=int,
        metavar="N",
        help="images per training step of the optimizations",
    )
    add("--device", default="cpu", help="cpu or cuda; default: cpu")
    add("--format", choices=FORMATS, default="table", help="default: table")
    return parser
