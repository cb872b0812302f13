"""The points of a sparkline, from short and long logs."""

import itertools
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cnnviz.training.runs.sparkline import POINTS, loss_sparkline
from tests.on_disk import epoch_row, interval_row


def write(path: Path, rows: list[dict[str, Any]], ending: str = "") -> Path:
    log = path / "metrics.jsonl"
    log.write_text("".join(json.dumps(row) + "\n" for row in rows) + ending)
    return log


def test_a_short_log_gives_each_loss(tmp_path: Path) -> None:
    rows = [interval_row(1, loss=2.5), interval_row(2, loss=None), epoch_row(1)]
    assert loss_sparkline(write(tmp_path, [*rows, interval_row(3, loss=0.5)])) == [2.5, 0.5]


def test_without_a_log_there_are_no_points(tmp_path: Path) -> None:
    assert loss_sparkline(tmp_path / "metrics.jsonl") == []


@pytest.mark.parametrize("layers", [0, 300])
@pytest.mark.parametrize("count", [400, 3000])
def test_a_long_log_gives_evenly_spread_losses(count: int, layers: int, tmp_path: Path) -> None:
    norms = {f"layer{number}": 0.125 for number in range(layers)}
    rows = [interval_row(step, loss=float(step), gradient_norms=norms) for step in range(count)]
    points = loss_sparkline(write(tmp_path, rows))
    assert POINTS - 5 <= len(points) <= POINTS
    assert points[0] == 0.0
    assert points[-1] >= count * (1 - 2 / POINTS)
    steps = [after - before for before, after in itertools.pairwise(points)]
    assert min(steps) > 0
    assert max(steps) <= 2 * count / POINTS


def test_a_long_log_is_not_decoded_completely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = write(tmp_path, [interval_row(step, loss=1.0) for step in range(10_000)])
    decoded, decoder = [], msgspec.json.Decoder

    class Counting:
        """Counts the lines that are decoded."""

        def __init__(self, kind: type) -> None:
            self._decode = decoder(kind).decode

        def decode(self, line: bytes) -> Any:
            decoded.append(line)
            return self._decode(line)

    monkeypatch.setattr(msgspec.json, "Decoder", Counting)
    assert len(loss_sparkline(log)) >= POINTS - 5
    assert len(decoded) <= POINTS


def test_lines_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    log = write(tmp_path, [interval_row(1, loss=2.0)], '{"kind": \n[]\n\xff\n{"kind": "interv')
    assert loss_sparkline(log) == [2.0]
