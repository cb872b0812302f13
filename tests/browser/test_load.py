"""Sessions without a browser that draw at the same time, as the benchmark of the load has them."""

import asyncio
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks import drawing_session
from benchmarks.drawing_session import Record
from benchmarks.load import Plan, visits
from tests.browser.conftest import Server

FAST = Plan(sessions=2, digits=1, think=0)


def record_of(url: str, plan: Plan) -> Record:
    """Return what sessions see, in a thread of its own: Playwright has a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, visits(url, plan)).result()


def test_each_of_two_sessions_is_answered_what_it_has_drawn(server: Server) -> None:
    record = record_of(server.url, FAST)
    assert not record.errors
    assert len(record.opened) == 2
    assert [say for _, say in record.answers] == [str(digit) for digit, _ in record.answers]
    assert len(record.answers) == 2
    assert len(record.round_trips) > 10  # several a second while the pen moves
    assert min(record.round_trips) > 0


def test_a_server_that_is_gone_is_an_error_of_each_session() -> None:
    with socket.socket() as probe:  # bound, but nobody listens
        probe.bind(("127.0.0.1", 0))
        record = record_of(f"http://127.0.0.1:{probe.getsockname()[1]}", FAST)
    assert len(record.errors) == 2
    assert not record.answers


def test_an_answer_that_is_not_the_digit_is_an_error(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing_session, "STROKES", {7: drawing_session.STROKES[1]})
    monkeypatch.setattr("benchmarks.load.STROKES", {7: ()})
    drawing_session.frames.cache_clear()
    try:
        record = record_of(server.url, Plan(sessions=1, digits=1, think=0))
    finally:
        drawing_session.frames.cache_clear()
    assert record.answers == [(7, "1")]
    assert record.errors == ["a 7 was answered by '1'"]


def test_messages_are_as_frequent_as_those_of_the_pad() -> None:
    script = Path("cnnviz/ui/drawing/frontend/newest_first.js").read_text(encoding="utf-8")
    stated = dict(re.findall(r"^const (\w+) = (\d+);", script, re.MULTILINE))  # ms
    assert int(stated["PAUSE"]) == pytest.approx(1000 * drawing_session.PAUSE)
    assert int(stated["MOST_REST"]) == pytest.approx(1000 * drawing_session.MOST_REST)
