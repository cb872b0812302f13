import builtins
import csv
import io
from pathlib import Path
from typing import Any

import pytest

from cnnviz.training.runs import export
from cnnviz.training.runs.export import TensorBoard
from cnnviz.training.runs.store import Run
from tests.on_disk import make_run, write_log

ROWS: list[dict[str, Any]] = [
    {"kind": "interval", "step": 1, "loss": 2.5, "dead": {"relu1": 0.25, "relu2": 0.0}},
    {"kind": "interval", "step": 2, "loss": None, "dead": {"relu1": None, "relu2": 0.5}},
    {"kind": "epoch", "step": 2, "test_accuracy": 0.75, "confusion": [[1, 0], [0, 1]]},
]


@pytest.fixture
def run() -> Run:
    return make_run(log=ROWS)


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """What TensorBoard itself reads from the event files of a run."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder / "tensorboard"), size_guidance={"scalars": 0})
    events.Reload()
    return {
        tag: [(event.step, event.value) for event in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
    }


# CSV


def test_csv_has_a_line_per_event_and_a_column_per_number(run: Run) -> None:
    text = export.events_to_csv(run)
    assert text.splitlines()[0] == "kind,step,loss,dead/relu1,dead/relu2,test_accuracy"
    first, second, third = csv.DictReader(io.StringIO(text))
    assert (first["loss"], first["dead/relu1"], first["test_accuracy"]) == ("2.5", "0.25", "")
    assert (second["loss"], second["dead/relu2"]) == ("", "0.5")
    assert (third["kind"], third["test_accuracy"]) == ("epoch", "0.75")


def test_csv_gives_back_every_digit_of_a_number(run: Run) -> None:
    write_log(run, [{"kind": "interval", "step": 1, "loss": 0.1 + 0.2}])
    [row] = csv.DictReader(io.StringIO(export.events_to_csv(run)))
    assert float(row["loss"]) == 0.1 + 0.2


def test_a_run_without_events_is_an_empty_table() -> None:
    assert export.events_to_csv(make_run()).strip() == ""


# TensorBoard


def test_tensorboard_reads_every_number_back(run: Run) -> None:
    board = TensorBoard(run.path)
    board.write(ROWS[:2])
    board.write(ROWS[2:])
    board.close()
    assert scalars(run.path) == {
        "interval/loss": [(1, 2.5)],
        "interval/dead/relu1": [(1, 0.25)],
        "interval/dead/relu2": [(1, 0.0), (2, 0.5)],
        "epoch/test_accuracy": [(2, 0.75)],
    }


def test_a_resumed_run_leaves_neither_gaps_nor_duplicates(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = TensorBoard(run.path)
    first.write([*ROWS, {"kind": "interval", "step": 3, "loss": 9.0}])  # no checkpoint has this
    first.close()
    monkeypatch.setattr("time.time", lambda start=2e9: start)  # its file is named by the second
    second = TensorBoard(run.path)
    second.write([*ROWS, {"kind": "interval", "step": 4, "loss": 1.5}])
    second.close()
    assert len(list((run.path / "tensorboard").iterdir())) == 2
    assert scalars(run.path)["interval/loss"] == [(1, 2.5), (4, 1.5)]
    assert scalars(run.path)["epoch/test_accuracy"] == [(2, 0.75)]


def test_without_tensorboard_nothing_is_written(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def refuse(name: str, *arguments: Any, **options: Any) -> Any:
        if name.startswith("torch.utils.tensorboard"):
            raise ImportError(name)
        return original(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", refuse)
    board = TensorBoard(run.path)
    board.write(ROWS)
    board.close()
    assert not (run.path / "tensorboard").exists()
