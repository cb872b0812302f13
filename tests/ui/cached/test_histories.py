"""Histories of runs, read once for all sessions and with a limit in bytes."""

import json
import threading

import pytest

from cnnviz.system.sized_cache import memory_of
from cnnviz.training.runs.event_log import EventLog
from cnnviz.training.runs.records import RunError
from cnnviz.training.runs.store import Run
from cnnviz.ui.cached.histories import Histories
from tests.on_disk import epoch_row, interval_row, make_run, write_log

NORMS = {f"layer{number}": 0.25 for number in range(150)}
LOG = [interval_row(step, gradient_norms=dict(NORMS), dead=dict(NORMS)) for step in range(1, 501)]
MIB = 2**20


@pytest.fixture
def run() -> Run:
    numbers = {"step": 500, "total_steps": 500, "test_accuracy": 0.97}
    return make_run(log=[*LOG, epoch_row(1)], weights=0, **numbers)


def test_all_sessions_share_one_reading(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    histories, parsed, original = Histories(64 * MIB), [], EventLog.parse

    def count(self: EventLog, lines: list[bytes]) -> object:
        parsed.append(len(lines))
        return original(self, lines)

    monkeypatch.setattr(EventLog, "parse", count)
    everyone = threading.Barrier(30)
    read = []

    def look() -> None:
        everyone.wait()
        read.append(histories.read(run))

    sessions = [threading.Thread(target=look) for _ in range(30)]
    for session in sessions:
        session.start()
    for session in sessions:
        session.join(30)
    assert sum(parsed) == len(LOG) + 1
    assert [len(history.intervals) for history in read] == [len(LOG)] * 30
    parsed_rows = [json.loads(json.dumps(row)) for row in LOG]
    assert memory_of(read) < memory_of(parsed_rows) / 5  # of all thirty together
    assert histories.usage().size < MIB


def test_what_a_session_has_got_stays_when_the_log_grows_or_is_rewritten(run: Run) -> None:
    histories = Histories(64 * MIB)
    before = histories.read(run)
    write_log(run, [interval_row(1, loss=0.5)])
    assert [row["loss"] for row in histories.read(run).intervals] == [0.5]
    assert list(before.intervals) == LOG
    assert before.epochs == [epoch_row(1)]


def test_the_least_recently_used_history_goes(run: Run) -> None:
    one = Histories(64 * MIB)
    one.read(run)
    histories = Histories(one.usage().size * 5 // 2)  # room for two
    runs = [run, *(make_run(log=[*LOG, epoch_row(1)]) for _ in range(3))]
    for other in runs:
        assert len(histories.read(other).intervals) == len(LOG)
    assert histories.usage().entries == 2
    assert histories.usage().size <= histories.usage().limit
    histories.clear()
    assert histories.usage().size == 0
    assert len(histories.read(run).intervals) == len(LOG)


def test_a_damaged_log_is_an_error_at_each_look(run: Run) -> None:
    histories = Histories(64 * MIB)
    with run.log.path.open("a") as file:
        file.write("{\n")
    for _ in range(2):
        with pytest.raises(RunError, match="is damaged"):
            histories.read(run)
