"""Measure networks: `python -m cnnviz.bench --models mnist_cnn resnet8 --batch 1 64`.

The dashboard measures by the same means, in a process of its own; the results of both are kept
beside the runs. Only one measurement is made at a time.
"""

import argparse
import csv
import dataclasses
import io
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from cnnviz import launch
from cnnviz.catalogue import CATALOGUE
from cnnviz.command_line import Parser
from cnnviz.failures import sentence
from cnnviz.measure import measurements
from cnnviz.measure.findings import ENGINES, TRICKS_BATCH, Effect, Findings, LayerTimes, Plan
from cnnviz.measure.measurements import Measurement, Progress, Record
from cnnviz.measure.process import carry_out

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
        row |= {name: getattr(cost, name) for name in (*counted, "activation_peak", "saved")}
        row["training_bytes"] = cost.training_bytes(timing.batch)
        row |= timing.latency.summary() if timing.latency else {}
        rows.append(row | {"prepared_seconds": timing.prepared, "problem": timing.problem})
    return rows


def to_json(record: Record) -> str:
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


def to_csv(record: Record) -> str:
    """Return the timings, one a line."""
    rows = timings(record.findings)
    text = io.StringIO()
    heads = list(dict.fromkeys(name for row in rows for name in row))
    table = csv.DictWriter(text, heads, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()


def to_table(record: Record) -> str:
    """Return tables for the person at the screen."""
    found, about = record.findings, record.conditions
    lines = []
    if about:
        load = "" if about.load_before is None else f", load {about.load_before:.1f} before"
        load += "" if about.load_after is None else f", {about.load_after:.1f} after"
        lines = [f"{about.hardware}, torch {about.versions['torch']}{load}", ""]
    lines += _aligned(_HEADS, [_cells(row) for row in timings(found)])
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


_HEADS = (
    *("network", "engine", "batch", "threads", "parameters", "MMAC", "MB on disk", "MB to train"),
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
    size = f"{row['disk_float32'] / 1e6:.2f}", f"{row['training_bytes'] / 1e6:.1f}"
    counted = (f"{row['parameters']:,}", f"{row['macs'] / 1e6:,.1f}", *size)
    if row["problem"]:
        return (*names, *counted, row["problem"])
    ready = "" if row["prepared_seconds"] is None else f"{row['prepared_seconds']:.1f}"
    times = (f"{row[name]:.3f}" for name in ("cold", "p50", "p90", "p95", "iqr", "lecture"))
    last = (f"{row['images_per_second']:,.0f}", str(row["n"]), row["badge"] or "unknown")
    return (*names, *counted, ready, *times, *last)


def _trick_cells(effect: Effect, plan: Plan) -> tuple[str, ...]:
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


def _effect(effect: Effect) -> dict[str, Any]:
    row = {f.name: getattr(effect, f.name) for f in dataclasses.fields(effect)}
    for name in ("before", "after"):
        side = row[name]
        row[name] = side and {"label": side.label, "peak": side.peak, **side.latency.summary()}
    bounds = effect.ratio and (effect.ratio.low, effect.ratio.high)
    told = {"speedup": effect.speedup, "speedup_95": bounds, "verdict": effect.verdict}
    return row | told | {"memory": effect.memory, "kept": effect.kept}


def _aligned(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Return lines whose columns stand under each other; a short row's last cell may be long."""
    whole = [heads, *(row for row in rows if len(row) == len(heads))]
    widths = [max(len(row[i]) for row in whole) for i in range(len(heads))]
    short = [row for row in rows if len(row) < len(heads)]
    widths = [max([w, *(len(r[i]) for r in short if i < len(r) - 1)]) for i, w in enumerate(widths)]
    return [
        "  ".join(
            cell.ljust(widths[i]) if i < 2 or i == len(row) - 1 else cell.rjust(widths[i])
            for i, cell in enumerate(row)
        ).rstrip()
        for row in [heads, *rows]
    ]


FORMATS: Mapping[str, Callable[[Record], str]] = MappingProxyType(
    {"table": to_table, "csv": to_csv, "json": to_json}
)


# The command


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return the exit status: 0 only if it was measured to the end."""
    options = _parser().parse_args(arguments)
    try:
        made = measurements.create(_plan(options))
        _cancel_on_interrupt(made)
        record = carry_out(made, _show)
    except (ValueError, OSError) as error:
        print(f"cnnviz: {sentence(error)}", file=sys.stderr)
        return 2
    print(file=sys.stderr)
    print(FORMATS[options.format](record).rstrip())
    if record.state != "finished":
        print(f"cnnviz: {record.state}. {record.message}".strip(), file=sys.stderr)
    return int(record.state != "finished")


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
        tricks_batch=options.tricks_batch or TRICKS_BATCH[options.published],
        device=options.device,
    )


def _with_published() -> list[str]:
    return [key for key, row in CATALOGUE.items() if row.published]


def _cancel_on_interrupt(made: Measurement) -> None:
    """Let Ctrl-C end it with what was found, and a second one end it at once."""

    def stop(signum: int, frame: object) -> None:
        del signum, frame
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        made.cancel()

    signal.signal(signal.SIGINT, stop)


def _show(progress: Progress) -> None:
    print(f"\r{progress.share:4.0%}  {progress.doing}".ljust(78)[:79], end="", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m cnnviz.bench", description=__doc__)
    parser.add_argument("--models", nargs="+", metavar="MODEL", help=", ".join(CATALOGUE))
    parser.add_argument("--published", action="store_true", help="as their authors built them")
    parser.add_argument("--batch", nargs="+", type=int, default=[1], help="images in a call")
    parser.add_argument("--threads", nargs="+", type=int, default=[1])
    parser.add_argument("--engines", nargs="+", default=["torch"], help=", ".join(ENGINES))
    parser.add_argument("--seconds", type=float, default=2.0, help="for each line of the table")
    parser.add_argument("--calls", type=int, default=100, help="to stop after, 20 or more")
    parser.add_argument("--layers", action="store_true", help="time each layer too")
    parser.add_argument("--tricks", action="store_true", help="try each optimization too")
    parser.add_argument("--tricks-batch", type=int, help="images in a training step")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--format", choices=FORMATS, default="table")
    return parser


if __name__ == "__main__":
    os.environ.setdefault("GOMP_SPINCOUNT", launch.SPIN)  # before PyTorch is imported
    sys.exit(main())
