"""What TensorBoard raises, in its constructor or its thread, ends no training."""

import errno
import os
from collections.abc import Callable
from typing import Any

import pytest
from tensorboard.summary.writer import event_file_writer
from torch.utils import tensorboard

from cnnviz.training import worker
from tests.training.runs.sessions import assert_same_network, course, made, train
from tests.training.runs.test_export import scalars

pytestmark = [
    pytest.mark.usefixtures("quick"),
    # the writer's thread reports its error twice
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]

INCOMPLETE = (
    "The event files for TensorBoard are incomplete: {}. The training itself is not affected."
)


def refusing(call: Callable[..., Any], error: Exception, *, calls: int = 0) -> Callable[..., Any]:
    """A function that raises an error after so many calls."""
    made: list[object] = []

    def refuse(*arguments: Any, **options: Any) -> Any:
        made.append(arguments)
        if len(made) > calls:
            raise error
        return call(*arguments, **options)

    return refuse


PLACES = {
    "constructor": (tensorboard, "SummaryWriter", 0),
    "event": (tensorboard.SummaryWriter, "add_scalar", 5),
    "flush": (tensorboard.SummaryWriter, "flush", 1),
    "thread": (event_file_writer.RecordWriter, "write", 3),
    "flush of the thread": (event_file_writer.RecordWriter, "flush", 2),
}
ERRORS = {
    os.strerror(errno.ENOSPC): OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    "Descriptors cannot be created directly": TypeError("Descriptors cannot be created directly"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("reason", ERRORS)
def test_an_error_of_tensorboard_costs_its_files_and_nothing_else(
    reason: str, place: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    straight, run = made(epochs=2), made(epochs=2)
    train(straight)
    owner, name, calls = PLACES[place]
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, refusing(getattr(owner, name), ERRORS[reason], calls=calls))
        status = worker.execute_run(run)
    assert (status.state, status.message) == ("finished", "")
    assert run.status().warning == status.warning == INCOMPLETE.format(reason)
    assert "Traceback" in capfd.readouterr().err
    assert course(run) == course(straight)
    assert_same_network(run, straight)
    assert straight.status().warning == ""


def test_a_resumed_run_writes_its_event_files_again(monkeypatch: pytest.MonkeyPatch) -> None:
    run = made(epochs=1)
    with monkeypatch.context() as patch:
        patch.setattr(tensorboard, "SummaryWriter", refusing(print, OSError("no")))
        train(run)
    assert run.status().warning
    run.change_state("interrupted")
    assert train(run).state == "finished"
    assert run.status().warning == ""
    losses = [(row["step"], row["loss"]) for row in run.log.read()[0] if row["kind"] == "interval"]
    read = scalars(run.path)["interval/loss"]
    assert [step for step, _ in read] == [step for step, _ in losses]
    assert [loss for _, loss in read] == pytest.approx([loss for _, loss in losses])


def test_a_log_that_tensorboard_cannot_be_told_ends_no_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = made(epochs=1)
    monkeypatch.setattr(
        "cnnviz.training.runs.recorder.EventReader.read", refusing(print, OSError(5, "I/O error"))
    )
    assert train(run).state == "finished"
    assert run.status().warning == INCOMPLETE.format("I/O error")
