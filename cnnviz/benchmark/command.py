"""Measure latency and memory: `cnnviz bench --models mnist_cnn resnet8 --batch 1 64`.

The results also appear in the dashboard, which measures with the same code in a process of its own.
Only one measurement runs at a time on a machine.
"""

import argparse
import os
import signal
import sys
import textwrap

from cnnviz.benchmark.output import FORMATS
from cnnviz.benchmark.process import run_measurement
from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.measurements import Measurement, Progress
from cnnviz.benchmark.results.plan import ENGINE_TITLES, OPTIMIZATION_BATCH, Plan
from cnnviz.models.catalog import CATALOG
from cnnviz.system.cli import Parser
from cnnviz.training.runs.failures import error_message

_SIGNALS = (signal.SIGINT, signal.SIGTERM)  # Ctrl-C and `kill`


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return the exit status: 0 only if the measurement was finished."""
    options = _parser().parse_args(arguments)
    try:
        plan = _plan(options)
        _check_device(plan)
        measurement = measurements.create_measurement(plan)
        _cancel_on_interrupt(measurement)
        record = run_measurement(measurement, _show)
    except (ValueError, OSError) as error:
        print(f"cnnviz: {error_message(error)}", file=sys.stderr)
        return 2
    print(file=sys.stderr)
    _print(FORMATS[options.format](record).rstrip())
    if record.state != "finished":
        state = "canceled" if record.state == measurements.CANCELED else record.state
        print(f"cnnviz: {state}. {record.message}".strip(), file=sys.stderr)
    return int(record.state != "finished")


def _check_device(plan: Plan) -> None:
    """Raise an error if the device is missing, before anything is written."""
    if plan.device != "cpu":
        from cnnviz.system import hardware

        hardware.pick_device(plan.device)


def _print(text: str) -> None:
    """Print, unless the reader has closed the pipe, as `head` does."""
    try:
        if text:
            print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at the end


def _plan(options: argparse.Namespace) -> Plan:
    models = options.models or (list(CATALOG) if not options.published else _with_published())
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
    return [key for key, row in CATALOG.items() if row.published]


def _cancel_on_interrupt(measurement: Measurement) -> None:
    """Cancel the measurement on the first Ctrl-C or `kill`; the second one ends the process."""

    def stop(signum: int, frame: object) -> None:
        del signum, frame
        for interrupt in _SIGNALS:
            signal.signal(interrupt, signal.SIG_DFL)
        measurement.cancel()

    for interrupt in _SIGNALS:
        signal.signal(interrupt, stop)


def _show(progress: Progress) -> None:
    print(f"\r{progress.share:4.0%}  {progress.doing}".ljust(78)[:79], end="", file=sys.stderr)


_EPILOG = (
    "The lecture's mean averages the first 100 calls after the very first, warm-up included; all "
    "other times are measured after warm-up, with networks taking turns. Memory is "
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
    _add_networks(parser)
    _add_conditions(parser)
    _add_limits(parser)
    add = parser.add_argument
    add("--layers", action="store_true", help="also measure the time of each layer")
    # --tricks and --tricks-batch are the former names
    add(
        *("--optimizations", "--tricks"),
        dest="tricks",
        action="store_true",
        help="also measure each optimization",
    )
    add(
        *("--optimization-batch", "--tricks-batch"),
        dest="tricks_batch",
        type=int,
        metavar="N",
        help="images per training step of the optimizations",
    )
    add("--format", choices=FORMATS, default="table", help="default: table")
    return parser


def _add_networks(parser: argparse.ArgumentParser) -> None:
    names = f"any of {', '.join(CATALOG)}"
    parser.add_argument("--models", nargs="+", metavar="ARCHITECTURE", help=names)
    parser.add_argument(
        "--published", action="store_true", help="measure the full-size published networks"
    )


def _add_conditions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--batch",
        nargs="+",
        type=int,
        default=[1],
        metavar="N",
        help="images per call, and per step for the memory of training; default: 1",
    )
    parser.add_argument(
        "--threads",
        nargs="+",
        type=int,
        default=[1],
        metavar="N",
        help="PyTorch threads; more than the number of cores is slower; default: 1",
    )
    parser.add_argument(
        "--engines",
        nargs="+",
        default=["torch"],
        metavar="ENGINE",
        help=f"any of {', '.join(ENGINE_TITLES)}; default: torch",
    )
    parser.add_argument("--device", default="cpu", help="cpu or cuda; default: cpu")


def _add_limits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seconds",
        type=float,
        default=2.0,
        metavar="X",
        help="maximum seconds per row; default: 2",
    )
    parser.add_argument(
        "--calls",
        type=int,
        default=100,
        metavar="N",
        help="maximum calls per row, 20 or more; default: 100",
    )
