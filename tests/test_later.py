import threading
from concurrent.futures import Future

import pytest

from cnnviz.ui.later import Later


def test_a_call_is_made_once_for_all_who_ask() -> None:
    later, calls = Later(), []
    futures = [later.ask("key", lambda: calls.append(1) or "found") for _ in range(3)]
    assert [future.result(10) for future in futures] == ["found"] * 3
    assert calls == [1]


def test_calls_come_in_their_order_and_one_at_a_time() -> None:
    later, order, gate = Later(), [], threading.Event()
    first = later.ask(0, lambda: (gate.wait(10), order.append(0)))
    others = [later.ask(number, lambda number=number: order.append(number)) for number in (1, 2)]
    assert not first.done()
    gate.set()
    for future in (first, *others):
        future.result(10)
    assert order == [0, 1, 2]


def test_what_is_no_longer_wanted_is_not_begun_and_can_be_asked_for_again() -> None:
    later, gate = Later(), threading.Event()
    later.ask("first", lambda: gate.wait(10))
    dropped: Future[int] = later.ask("second", lambda: 1)
    assert dropped.cancel()
    again = later.ask("second", lambda: 2)
    gate.set()
    assert again.result(10) == 2


def test_an_error_is_raised_where_the_result_is_asked_for() -> None:
    later = Later()

    def fail() -> None:
        raise ValueError("no ink")

    with pytest.raises(ValueError, match="no ink"):
        later.ask("key", fail).result(10)
    assert later.ask("next", lambda: 3).result(10) == 3


def test_the_thread_goes_when_there_is_nothing_to_do() -> None:
    later = Later()
    later.ask("key", lambda: None).result(10)
    for thread in threading.enumerate():
        if thread.name == "later":
            thread.join(10)
            assert not thread.is_alive()
