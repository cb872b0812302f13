"""Log and history of a run: as long as they may get, torn, lost, and of an earlier version."""

import hashlib
import json
import random
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from cnnviz.data.mnist import Digits
from cnnviz.training import worker
from cnnviz.training.engine import trainer as engine
from cnnviz.training.engine.events import IntervalEvent
from cnnviz.training.runs import checkpoint
from cnnviz.training.runs.event_writer import EventWriter, HistoryMark
from cnnviz.training.runs.history import History
from cnnviz.training.runs.recorder import Recorder
from cnnviz.training.runs.store import Run
from tests.training.engine.trainers import small, trainer
from tests.training.runs.sessions import (
    STEPS,
    act_at,
    assert_same_network,
    course,
    damage,
    made,
    state_of,
    stored_events,
    train,
)

FewDigits = Callable[..., Digits]
LONGEST = 150 * 2**20  # bytes of a history; a safetensors header holds at most 100 MB
FILES = ("metrics.jsonl", "history.jsonl")


def row(step: int, loss: float | None = 2.0) -> dict[str, Any]:
    return {"kind": "interval", "step": step, "loss": loss}


def text(*rows: dict[str, Any]) -> bytes:
    return "".join(f"{json.dumps(each)}\n" for each in rows).encode()


def written(folder: Path, count: int) -> tuple[HistoryMark, HistoryMark]:
    """Write so many rows with a checkpoint after half of them and one at the end."""
    writer = EventWriter(folder)
    writer.rewrite([])
    marks = []
    for step in range(1, count + 1):
        writer.publish(writer.stage(row(step, 1 / step)))
        if step in (count // 2, count):
            marks.append(writer.commit())
    writer.close()
    return marks[0], marks[1]


def test_a_mark_is_length_and_digest_of_the_rows_and_the_first_and_last_loss(
    tmp_path: Path,
) -> None:
    half, whole = written(tmp_path, 8)
    for mark, count in ((half, 4), (whole, 8)):
        content = text(*[row(step, 1 / step) for step in range(1, count + 1)])
        assert asdict(mark) == {
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "losses": [1.0, 1 / count],
        }
    assert {(tmp_path / name).read_bytes() for name in FILES} == {content}


def test_a_history_without_an_interval_has_no_losses(tmp_path: Path) -> None:
    writer = EventWriter(tmp_path)
    writer.rewrite([{"kind": "change", "step": 0}])
    assert writer.commit().losses == []


@pytest.mark.parametrize("name", FILES)
def test_either_file_replaces_the_other_wherever_it_is_torn(name: str, tmp_path: Path) -> None:
    _, whole = written(tmp_path, 6)
    content = (tmp_path / name).read_bytes()
    for size in range(0, len(content), 3):
        (tmp_path / name).write_bytes(content[:size])
        assert EventWriter(tmp_path).restore(whole)
        assert {(tmp_path / each).read_bytes() for each in FILES} == {content}


@pytest.mark.parametrize("name", FILES)
def test_either_file_replaces_the_other_whichever_bit_is_flipped(name: str, tmp_path: Path) -> None:
    _, whole = written(tmp_path, 4)
    content = (tmp_path / name).read_bytes()
    for bit in range(0, 8 * len(content), 37):
        wrong = bytearray(content)
        wrong[bit // 8] ^= 1 << bit % 8
        (tmp_path / name).write_bytes(wrong)
        assert EventWriter(tmp_path).restore(whole)
        assert {(tmp_path / each).read_bytes() for each in FILES} == {content}


def test_the_checkpoint_before_still_fits_after_the_next_one_was_cut_off(tmp_path: Path) -> None:
    half, whole = written(tmp_path, 6)
    first = text(*[row(step, 1 / step) for step in range(1, 4)])
    assert EventWriter(tmp_path).restore(whole)
    assert EventWriter(tmp_path).restore(half)
    assert {(tmp_path / name).read_bytes() for name in FILES} == {first}
    assert not EventWriter(tmp_path).restore(whole)
    assert {(tmp_path / name).read_bytes() for name in FILES} == {first}


def test_a_writer_that_is_restored_goes_on_as_one_that_never_stopped(tmp_path: Path) -> None:
    for folder in (tmp_path / "straight", tmp_path / "resumed"):
        folder.mkdir()
    _, straight = written(tmp_path / "straight", 8)
    half, _ = written(tmp_path / "resumed", 8)
    writer = EventWriter(tmp_path / "resumed")
    assert writer.restore(half)
    for step in range(5, 9):
        writer.publish(writer.stage(row(step, 1 / step)))
    assert writer.commit() == straight
    writer.close()
    for name in FILES:
        contents = {(tmp_path / run / name).read_bytes() for run in ("straight", "resumed")}
        assert len(contents) == 1


@pytest.mark.parametrize("name", ["fsync", "open"])
def test_rows_that_the_disk_refuses_stay_for_the_next_call(
    name: str, failing: Callable[..., Any], tmp_path: Path
) -> None:
    writer = EventWriter(tmp_path)
    writer.rewrite([row(1)])
    writer.stage(row(2))
    if name == "open":
        (tmp_path / "history.jsonl").rename(tmp_path / "away")
        with pytest.raises(FileNotFoundError):
            writer.commit()
        (tmp_path / "away").rename(tmp_path / "history.jsonl")
    else:
        with failing("fsync", 1), pytest.raises(OSError, match="No space left"):
            writer.commit()
    writer.stage(row(3))
    content = text(row(1), row(2), row(3))
    assert writer.commit().sha256 == hashlib.sha256(content).hexdigest()
    assert (tmp_path / "history.jsonl").read_bytes() == content


# In a run


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("seed", range(2))
def test_both_generations_fit_the_history_at_any_stop(seed: int) -> None:
    straight, run, draw = made(), made(), random.Random(seed)
    print(f"seed {seed}")
    train(straight)
    for step in sorted(draw.sample(range(1, STEPS), 3)):
        train(run, act_at(step, lambda: run.request("stop")))
        last = run.path / checkpoint.LAST
        if draw.random() < 0.5 and (run.path / checkpoint.PREVIOUS).exists():
            damage(last)
        if draw.random() < 0.5:
            damage(run.path / draw.choice(FILES))
        run.request("run")
    train(run)
    assert course(run) == course(straight)
    assert stored_events(run) == run.log.read()[0]
    assert_same_network(run, straight)


@pytest.mark.usefixtures("quick")
def test_events_that_are_damaged_in_both_files_are_a_sentence() -> None:
    run = made()
    train(run, act_at(10, lambda: run.request("stop")))
    for name in FILES:
        content = (run.path / name).read_bytes()
        (run.path / name).write_bytes(b"x" + content[1:])
    run.request("run")
    status = worker.execute_run(run)
    assert (status.state, status.message) == (
        "failed",
        f"the events of run {run.id} are damaged in metrics.jsonl and in history.jsonl: "
        "start a new training from one of its snapshots",
    )


def as_earlier_version(run: Run) -> None:
    """Give the checkpoints of a run the form in which they held the events themselves."""
    log = (run.path / "history.jsonl").read_bytes()
    for name in (checkpoint.LAST, checkpoint.PREVIOUS):
        tensors, metadata = checkpoint.load_checkpoint(run.path / name)
        rows = log[: metadata.pop("events")["bytes"]].splitlines()
        metadata["history"] = [json.loads(line) for line in rows]
        checkpoint.save_checkpoint(run.path / name, tensors, metadata)
    (run.path / "history.jsonl").unlink()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("damaged", [False, True])
def test_a_run_of_an_earlier_version_goes_on(damaged: bool) -> None:
    straight, run = made(), made()
    train(straight)
    train(run, act_at(10, lambda: run.request("stop")))
    as_earlier_version(run)
    if damaged:
        damage(run.path / checkpoint.LAST)
    for step in (12, None):
        run.request("run")
        train(run, act_at(step, lambda: run.request("stop")) if step else None)
    assert course(run) == course(straight)
    assert "history" not in state_of(run)[1]
    assert_same_network(run, straight)


def padded(step: int, size: int) -> IntervalEvent:
    """An interval whose line of the log is as long as that of a very deep network."""
    return IntervalEvent(step, step / 7, 1.0, 2.0, 0.5, 100.0, 0.01, {"x" * size: 1.0}, {})


def test_a_history_of_150_mb_is_saved_and_restored(few_digits: FewDigits) -> None:
    run, digits = made(), few_digits(100, 40)
    first = Recorder(run, trainer(digits, small(model="lenet5")), digits, threads=1)
    for step in range(1, 151):
        first.record(padded(step, 2**20), state="running")
    first.save_checkpoint()
    first.close()
    assert (run.path / "metrics.jsonl").stat().st_size > LONGEST
    with (run.path / "metrics.jsonl").open("ab") as log:
        log.write(b'{"kind": "inter')  # killed while it wrote
    second = Recorder(run, trainer(digits, small(model="lenet5")), digits, threads=1)
    second.close()
    assert [row["step"] for row in History(run).read().intervals] == list(range(1, 151))


@pytest.mark.skipif(sys.platform != "linux", reason="counts the bytes in /proc")
def test_a_save_reads_and_writes_as_much_after_a_long_history_as_at_its_start(
    few_digits: FewDigits,
) -> None:
    def io_bytes() -> int:
        lines = Path("/proc/self/io").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines[:2])  # read and written

    run, digits = made(), few_digits(100, 40)
    recorder = Recorder(run, trainer(digits, small(model="lenet5")), digits, threads=1)
    costs = []
    for step in range(1, 21):
        recorder.save_checkpoint()  # what lies before it
        recorder.record(padded(step, 10), state="running")
        before = io_bytes()
        recorder.save_checkpoint()
        costs.append(io_bytes() - before)
        recorder.record(padded(step, 2**20), state="running")
    recorder.close()
    assert max(costs[2:]) - min(costs[2:]) < 2_000  # bytes, of some 2 MB


@pytest.mark.usefixtures("quick")
def test_a_training_passes_the_size_that_a_checkpoint_can_hold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = engine.weight_gradient_norms
    name = "x" * 6 * 2**20  # bytes of one row
    monkeypatch.setattr(
        engine, "weight_gradient_norms", lambda model: original(model) | {name: 1.0}
    )
    run = made()
    train(run, act_at(STEPS - 2, lambda: run.request("stop")))
    assert (run.path / "history.jsonl").stat().st_size > 100_000_000
    run.request("run")
    assert worker.execute_run(run).state == "finished"
    assert [kind for kind, *_ in course(run)].count("interval") == STEPS
