"""Train a network from the command line: `python -m cnnviz train --model mnist_cnn --epochs 2`.

The run appears in the dashboard like any other; Ctrl-C stops it with a checkpoint, and
`--resume RUN` goes on with it.
"""

import argparse
import dataclasses
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from cnnviz.models.catalogue import CATALOGUE, architecture
from cnnviz.system.cli import Parser
from cnnviz.system.processes import SPIN
from cnnviz.system.versions import versions
from cnnviz.training import launch, worker
from cnnviz.training.engine.settings import PRESETS, Settings, allowed_values
from cnnviz.training.runs.failures import error_message
from cnnviz.training.runs.records import RESUMABLE, RunError
from cnnviz.training.runs.store import Run, create_run, find_run

if TYPE_CHECKING:
    from cnnviz.training.engine.trainer import Event

_BAR = 24  # characters


def main(arguments: list[str] | None = None) -> int:
    """Train, show a progress bar, and return the exit status: 0 only for a finished run."""
    os.environ.setdefault("GOMP_SPINCOUNT", SPIN)  # before PyTorch is imported
    options = _parser().parse_args(arguments)
    try:
        run = _resumed(options.resume) if options.resume else _new(options)
    except (ValueError, OSError) as error:
        print(f"cnnviz: {error_message(error)}", file=sys.stderr)
        return 2
    _stop_on_interrupt(run)
    print(f"Run {run.id}: {run.title()}", file=sys.stderr)
    try:
        status = worker.execute_run(run, _Progress(run))
    except (RunError, OSError) as error:
        print(f"cnnviz: {error_message(error)}", file=sys.stderr)
        return 2
    print(file=sys.stderr)
    if status.test_accuracy is not None:
        measure = architecture(run.settings().model).measure
        name, where = ("", "of") if measure == "accuracy" else (f"{measure} ", "on")
        score = f"{name}{status.test_accuracy:.2%} {where} {status.tested_on}"
        print(f"{score} in {status.seconds:.1f} s")
    if status.state != "finished":
        print(f"cnnviz: {status.state}. {status.message}".strip(), file=sys.stderr)
        print(f"Go on with: python -m cnnviz train --resume {run.id}", file=sys.stderr)
        return 1
    return 0


def _stop_on_interrupt(run: Run) -> None:
    """Let Ctrl-C stop the run with a checkpoint, and a second one end it at once."""

    def stop(signum: int, frame: object) -> None:
        del signum, frame
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        run.request("stop")

    signal.signal(signal.SIGINT, stop)


class _Progress:
    """Redraw one line on standard error at each interval."""

    def __init__(self, run: Run) -> None:
        self._epochs = run.settings().epochs

    def __call__(self, event: "Event") -> None:
        from cnnviz.training.engine.trainer import EpochEvent, IntervalEvent

        if isinstance(event, IntervalEvent):
            done = event.epoch / self._epochs
            left = event.seconds / done - event.seconds
            bar = ("#" * round(done * _BAR)).ljust(_BAR, ".")
            line = (
                f"[{bar}] {done:4.0%}  epoch {event.epoch:5.2f}/{self._epochs}  "
                f"loss {event.loss:.4f}  train {event.accuracy:6.2%}  "
                f"{event.images_per_second:6,.0f} images/s  {left:4.0f} s left"
            )
            print(f"\r{line}", end="", file=sys.stderr, flush=True)
        elif isinstance(event, EpochEvent):
            print(
                f"\repoch {event.epoch}: test {event.test_accuracy:.2%}, "
                f"loss {event.test_loss:.4f}, {event.took:.1f} s".ljust(110),
                file=sys.stderr,
            )


def _new(options: argparse.Namespace) -> Run:
    names = {field.name for field in dataclasses.fields(Settings)}
    given: dict[str, Any] = {
        name: value for name, value in vars(options).items() if name in names and value is not None
    }
    model = given.pop("model")
    settings = PRESETS[options.preset].settings(model).replace(**given)
    preset = "" if given else options.preset
    return create_run(launch.resolve_settings(settings), preset=preset, versions=versions())


def _resumed(key: str) -> Run:
    run = find_run(key)
    state = run.status().state
    if state not in RESUMABLE:
        raise RunError(f"run {key} is {state}: only {', '.join(RESUMABLE)} runs can be resumed")
    run.request("run")
    return run


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="cnnviz train", description=__doc__)
    parser.add_argument("--model", default="mnist_cnn", help=", ".join(CATALOGUE))
    parser.add_argument("--preset", default="lecture", choices=PRESETS)
    parser.add_argument("--resume", metavar="RUN", help="id of a stopped or interrupted run")
    for field in dataclasses.fields(Settings):
        if field.name == "model":
            continue
        flag = f"--{field.name.replace('_', '-')}"
        if isinstance(field.default, bool):
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=None)
        else:
            kind = type(field.default)
            parser.add_argument(
                flag, type=kind, metavar=kind.__name__, help=allowed_values(field.name)
            )
    return parser
