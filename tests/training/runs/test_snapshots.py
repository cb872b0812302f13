"""Which snapshots of a training are saved, and that resuming removes later ones."""

from pathlib import Path

import pytest

from cnnviz.training.runs import snapshots
from cnnviz.training.runs.snapshots import MAX_BYTES, MAX_COUNT, planned_steps

SMALL = 1000  # bytes


def test_a_pass_is_kept_at_its_doublings_and_its_end() -> None:
    assert sorted(planned_steps(40, 40, size=SMALL)) == [0, 1, 2, 4, 8, 16, 32, 40]


def test_the_end_of_each_pass_is_kept() -> None:
    assert sorted(planned_steps(21, 7, size=SMALL)) == [0, 1, 2, 4, 7, 8, 14, 16, 21]


def test_a_long_training_keeps_its_passes_and_thins_the_doublings() -> None:
    steps = planned_steps(9380, 938, size=SMALL)  # ten passes over MNIST at 64 a batch
    assert steps >= {0, 1, 4096, 8192, *range(938, 9381, 938)}
    assert len(steps) == MAX_COUNT


@pytest.mark.parametrize("epochs", [1, 2, 5, 11, 12, 13, 50, 100])
@pytest.mark.parametrize("per_epoch", [1, 5, 469, 60_000])
@pytest.mark.parametrize("size", [1, MAX_BYTES // 10, MAX_BYTES // 2, MAX_BYTES, MAX_BYTES + 1])
def test_a_training_keeps_no_more_than_fits_and_always_its_end(
    epochs: int, per_epoch: int, size: int
) -> None:
    total = epochs * per_epoch
    steps = planned_steps(total, per_epoch, size=size)
    assert len(steps) <= MAX_COUNT
    assert len(steps) * size <= MAX_BYTES
    assert all(0 <= step <= total for step in steps)
    assert (total in steps) == (size <= MAX_BYTES)


def test_going_back_forgets_what_lay_ahead_and_what_is_half_written(tmp_path: Path) -> None:
    (tmp_path / snapshots.FOLDER).mkdir()
    for step in (0, 1, 2, 16, 128):
        snapshots.snapshot_path(tmp_path, step).write_bytes(b"")
    (tmp_path / snapshots.FOLDER / ".4.safetensors-0123abcd").write_bytes(b"torn")
    snapshots.remove_after(tmp_path, 2)
    assert sorted(p.name for p in (tmp_path / snapshots.FOLDER).iterdir()) == [
        f"{step}.safetensors" for step in (0, 1, 2)
    ]


def test_only_files_that_a_trainer_names_are_snapshots(tmp_path: Path) -> None:
    assert snapshots.snapshot_steps(tmp_path) == []
    (tmp_path / snapshots.FOLDER).mkdir()
    for name in ("7", "10", "007", "-1", "1e3", "²", "..", "9" * 10, " 8"):
        (tmp_path / snapshots.FOLDER / f"{name}.safetensors").write_bytes(b"")
    assert snapshots.snapshot_steps(tmp_path) == [7, 10]
