"""Logs of a race in little memory: what they hold, however they are read."""

import gc
import json
import tracemalloc
from collections.abc import Iterable
from typing import Any

import pytest

from cnnviz.system import files
from cnnviz.training.race import curve_log
from cnnviz.training.race.curve_log import INTERVAL_BYTES, CurveLogReader
from cnnviz.training.race.standings import learning_curves
from cnnviz.training.runs.store import Run
from tests.on_disk import make_run
from tests.training.race.histories import interval


def write_log(run: Run, rows: Iterable[dict[str, Any]]) -> None:
    content = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    files.replace(run.path / "metrics.jsonl", content)


def test_a_log_in_pieces_is_the_log_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run()
    epoch = {"kind": "epoch", "step": 20, "epoch": 1.0, "seconds": 2.5, "test_accuracy": 0.75}
    rows = [interval(step, accuracy=step / 100, images_per_second=step) for step in range(1, 41)]
    rows[29]["dead"] = {"a": 0.5, "b": 0.25}
    write_log(run, [*rows[:20], epoch | {"confusion": [[0] * 10] * 10}, *rows[20:]])
    monkeypatch.setattr(curve_log, "_READ_BYTES", 1_000)  # a few lines
    reader = CurveLogReader(run)
    assert reader.read()
    assert not reader.read()
    log = reader.log
    assert log.intervals.shape == (40, 4)
    assert log.intervals[:, 0].tolist() == list(range(1, 41))
    assert log.intervals[:, 3] == pytest.approx([step / 100 for step in range(1, 41)])
    assert log.epochs.tolist() == [[20, 2.5, 0.75]]
    assert log.speeds.tolist() == list(range(32, 41))  # the last nine
    assert log.dead == 0.375
    write_log(run, rows[:3])  # as a resumed run does
    assert reader.read()
    assert (reader.log.intervals[:, 0].tolist(), len(reader.log.epochs)) == ([1, 2, 3], 0)
    assert (reader.log.speeds.tolist(), reader.log.dead) == ([1, 2, 3], None)


@pytest.mark.parametrize("layers", [8, 100])
def test_a_session_holds_no_more_of_an_interval_than_the_bound(layers: int) -> None:
    run, intervals = make_run(), 10_000
    by_layer = {f"layers.{layer}": 0.25 for layer in range(layers)}
    write_log(run, (interval(step + 1, gradient_norms=by_layer) for step in range(intervals)))
    gc.collect()
    tracemalloc.start()
    try:
        reader = CurveLogReader(run)
        reader.read()
        curves = learning_curves(reader.log, batch_size=10, digits=1_000)
        gc.collect()
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held < INTERVAL_BYTES * intervals + 50_000  # for the log as a whole
    assert curves.steps.tolist() == list(range(1, intervals + 1))
