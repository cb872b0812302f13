"""Train a network: `cnnviz train --model mnist_cnn --epochs 2`.

The run also appears in the dashboard. Ctrl-C saves a checkpoint and stops; `--resume RUN`
continues from it.
"""

import argparse
import contextlib
import dataclasses
import os
import signal
import sys
import threading
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cnnviz.models.catalog import CATALOG, architecture
from cnnviz.stats.percentages import percent
from cnnviz.system.cli import Parser
from cnnviz.system.processes import SPIN_COUNT
from cnnviz.system.versions import versions
from cnnviz.training import launch, worker
from cnnviz.training.admission import admission
from cnnviz.training.engine.events import EpochEvent, Event, IntervalEvent
from cnnviz.training.engine.settings import PRESETS, Settings, allowed_values
from cnnviz.training.runs.failures import error_message
from cnnviz.training.runs.records import PARKED, RESUMABLE, RunError, Status
from cnnviz.training.runs.store import Run, create_run, find_run

_BAR = 24  # characters


def main(arguments: list[str] | None = None) -> int:
    """Train with a progress bar, and return the exit status: 0 only for a finished run."""
    os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)  # before PyTorch is imported
    options = _parser().parse_args(arguments)
    with contextlib.ExitStack() as claims:
        try:
            run = _resumed(options.resume, claims) if options.resume else _new(options, claims)
            _stop_on_interrupt(run)
            print(f"Run {run.id}: {run.title()}", file=sys.stderr)
            status = worker.execute_run(run, _ProgressBar(run), claims=claims)
        except (ValueError, OSError) as error:
            print(f"cnnviz: {error_message(error)}", file=sys.stderr)
            return 2
    print(file=sys.stderr)
    return _report(run, status)


def _report(run: Run, status: Status) -> int:
    """Print the result of a training, and return the exit status."""
    if status.test_accuracy is not None:
        measure = architecture(run.settings().model).measure
        name, where = ("", "of") if measure == "accuracy" else (f"{measure} ", "on")
        score = f"{name}{percent(status.test_accuracy, 2)} {where} {status.tested_on}"
        print(f"{score} in {status.seconds:.1f} s")
    if status.warning:
        print(f"cnnviz: {status.warning}", file=sys.stderr)
    if status.state != "finished":
        state = "paused for long" if status.state == PARKED else status.state
        print(f"cnnviz: {state}. {status.message}".strip(), file=sys.stderr)
        print(f"Resume it with: python -m cnnviz train --resume {run.id}", file=sys.stderr)
        return 1
    return 0


def _stop_on_interrupt(run: Run) -> None:
    """Have Ctrl-C stop the run with a checkpoint, and a second one end the process at once."""

    def stop(signum: int, frame: object) -> None:
        del signum, frame
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        # not here: this thread may hold the lock under which requests are written
        threading.Thread(target=run.request, args=("stop",)).start()

    signal.signal(signal.SIGINT, stop)


class _ProgressBar:
    """Progress bar on standard error, redrawn at each interval."""

    def __init__(self, run: Run) -> None:
        self._epochs = run.settings().epochs

    def __call__(self, event: Event) -> None:
        if isinstance(event, IntervalEvent):
            done = event.epoch / self._epochs
            left = event.seconds / done - event.seconds
            bar = ("#" * round(done * _BAR)).ljust(_BAR, ".")
            line = (
                f"[{bar}] {done:4.0%}  epoch {event.epoch:5.2f}/{self._epochs}  "
                f"loss {event.loss:.4f}  train {percent(event.accuracy, 2):>7}  "
                f"{event.images_per_second:6,.0f} images/s  {left:4.0f} s left"
            )
            print(f"\r{line}", end="", file=sys.stderr, flush=True)
        elif isinstance(event, EpochEvent):
            print(
                f"\repoch {event.epoch}: test {percent(event.test_accuracy, 2)}, "
                f"loss {event.test_loss:.4f}, {event.took:.1f} s".ljust(110),
                file=sys.stderr,
            )


def _new(options: argparse.Namespace, claims: contextlib.ExitStack) -> Run:
    """Create a run under the same limits as one from a page."""
    names = {field.name for field in dataclasses.fields(Settings)}
    given: dict[str, Any] = {
        name: value for name, value in vars(options).items() if name in names and value is not None
    }
    model = given.pop("model")
    settings = PRESETS[options.preset].settings(model).replace(**given)
    preset = "" if given else options.preset
    resolved = launch.resolve_settings(settings)
    with admission():
        run = create_run(resolved, preset=preset, versions=versions())
        launch.claim([run], claims)
    return run


def _resumed(key: str, claims: contextlib.ExitStack) -> Run:
    """Claim an earlier run under the same limits as from a page."""
    run = find_run(key)
    state = run.status().state
    if state not in RESUMABLE and not run.parked():
        raise RunError(f"run must be {', '.join(RESUMABLE)} to be resumed, got {state}")
    with admission():
        launch.claim([run], claims, lambda run: run.request("run", launching=True))
    return run


_HELP: Mapping[str, str] = MappingProxyType(
    {
        "epochs": "passes over the training digits",
        "batch_size": "digits per step",
        "learning_rate": "constant, or peak learning rate of the schedule",
        "optimizer": "sgd has a momentum of 0.9",
        "schedule": "how the learning rate changes",
        "weight_decay": "decoupled for adamw, an L2 penalty otherwise",
        "dropout": "dropout probability (networks with dropout only)",
        "augmentation": "size of random rotations, shifts, scalings and shears",
        "seed": "sets the initial weights, the order of digits, dropout and augmentation",
        "precision": "auto is bfloat16 if the processor multiplies it natively",
        "channels_last": "store images with their channels innermost: the same result, faster",
        "pool_first": "pool before the preceding ReLU: the same function, faster",
        "device": "auto takes a GPU if there is one",
        "threads": "cores to use; 0 is all but one, -1 all",
        "source": "training digits; auto is the full MNIST if it is on this machine",
        "spare_embedded_test": "do not train on the 1,000 embedded test digits",
    }
)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="cnnviz train",
        description=__doc__,
        epilog="Settings that are not given come from the preset.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--model",
        default="mnist_cnn",
        metavar="ARCHITECTURE",
        help=f"default: %(default)s; one of {', '.join(CATALOG)}",
    )
    presets = "; ".join(f"{key}: {row.title}" for key, row in PRESETS.items()).replace("%", "%%")
    parser.add_argument(
        "--preset", default="lecture", choices=PRESETS, help=f"default: %(default)s; {presets}"
    )
    parser.add_argument(
        "--resume", metavar="RUN", help="continue a stopped or interrupted run, given by its id"
    )
    for field in dataclasses.fields(Settings):
        if field.name == "model":
            continue
        flag = f"--{field.name.replace('_', '-')}"
        choices = allowed_values(field.name)
        words = f"{_HELP[field.name]} ({choices})" if choices else _HELP[field.name]
        if isinstance(field.default, bool):
            action = argparse.BooleanOptionalAction
            parser.add_argument(flag, action=action, default=None, help=words)
        else:
            kind = type(field.default)
            metavar = {int: "N", float: "X", str: "NAME"}[kind]
            parser.add_argument(flag, type=kind, metavar=metavar, help=words)
    return parser
