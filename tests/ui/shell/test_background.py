import threading
from collections.abc import Iterator

import pytest

from cnnviz.ui.shell import background as module
from cnnviz.ui.shell.background import Later


class Clock:
    """A clock that stands until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_call_is_made_once_for_all_who_ask() -> None:
    later, calls = Later(), []
    promises = [
        later.want(who, {"key": lambda: calls.append(1) or "found"})["key"] for who in "abc"
    ]
    assert [promise.result(10) for promise in promises] == ["found"] * 3
    assert calls == [1]


def test_one_visitors_calls_come_in_their_order_and_visitors_take_turns() -> None:
    later, order, gate = Later(), [], threading.Event()
    later.want("first", {"gate": lambda: gate.wait(10)})
    wanted = {
        who: later.want(
            who, {f"{who}{n}": lambda w=f"{who}{n}": order.append(w) for n in (1, 2, 3)}
        )
        for who in "ab"
    }
    late = later.want("c", {"c1": lambda: order.append("c1")})
    gate.set()
    for promises in (*wanted.values(), late):
        for promise in promises.values():
            promise.result(10)
    assert order == ["a1", "b1", "c1", "a2", "b2", "a3", "b3"]


def test_what_is_no_longer_wanted_is_not_begun_and_can_be_asked_for_again() -> None:
    later, gate, made = Later(), threading.Event(), []
    later.want("gate", {"gate": lambda: gate.wait(10)})
    later.want("a", {"dropped": lambda: made.append("dropped"), "kept": lambda: None})
    promises = later.want("a", {"kept": lambda: made.append("kept")})
    gate.set()
    promises["kept"].result(10)
    assert made == ["kept"]
    later.want("a", {"dropped": lambda: made.append("again")})["dropped"].result(10)
    assert made == ["kept", "again"]


def test_what_one_has_left_is_still_done_for_another() -> None:
    later, gate = Later(), threading.Event()
    later.want("gate", {"gate": lambda: gate.wait(10)})
    for who in "ab":
        both = later.want(who, {"shared": lambda: "done"})
    later.want("a", {})
    gate.set()
    assert both["shared"].result(10) == "done"


def test_who_has_closed_the_page_is_served_last_and_then_not_at_all() -> None:
    clock = Clock()
    later, order, gate, begun = Later(clock=clock), [], threading.Event(), threading.Event()
    later.want("gate", {"gate": lambda: begun.set() or gate.wait(10)})
    assert begun.wait(10)  # before the clock goes on
    later.want("long gone", {"never": lambda: order.append("never")})
    clock.now = module._GONE - 10
    away = later.want("away", {"away": lambda: order.append("away")})
    clock.now = module._GONE + 1
    here = later.want("here", {"here": lambda: order.append("here")})
    assert later.others("here") == 0  # nobody else looks
    gate.set()
    for promise in (*away.values(), *here.values()):
        promise.result(10)
    assert order == ["here", "away"]


def test_others_are_those_who_wait_for_something_else() -> None:
    later, gate = Later(), threading.Event()
    later.want("gate", {"gate": lambda: gate.wait(10)})
    while later.others("a"):  # until that is begun, and waits no more
        pass
    later.want("a", {1: lambda: None})
    later.want("b", {1: lambda: None})
    later.want("c", {2: lambda: None})
    assert later.others("a") == 1
    assert later.others("c") == 2
    gate.set()


def test_a_call_that_yields_tells_what_it_has() -> None:
    later, seen, gate = Later(), threading.Event(), threading.Event()

    def parts() -> Iterator[int]:
        yield 1
        seen.set()
        gate.wait(10)
        yield 2

    promise = later.want("a", {"key": parts})["key"]
    assert seen.wait(10)
    assert (promise.done(), promise.so_far) == (False, 1)
    gate.set()
    assert promise.result(10) == 2


def test_an_error_is_told_once_and_the_call_made_again() -> None:
    later = Later()

    def fail() -> None:
        raise ValueError("no ink")

    with pytest.raises(ValueError, match="no ink"):
        later.want("a", {"key": fail})["key"].result(10)
    told = later.want("a", {"key": lambda: 3})["key"]
    assert str(told.exception(10)) == "no ink"
    assert later.want("a", {"key": lambda: 3})["key"].result(10) == 3


def test_the_thread_goes_when_there_is_nothing_to_do() -> None:
    later = Later()
    later.want("a", {"key": lambda: None})["key"].result(10)
    for thread in threading.enumerate():
        if thread.name == "later":
            thread.join(10)
            assert not thread.is_alive()


@pytest.mark.parametrize("who", ["a", "one who is there, while a has left"])
def test_a_call_that_yields_is_given_up_when_nobody_waits_for_it(who: str) -> None:
    clock = Clock()
    later, begun, gate = Later(clock=clock), threading.Event(), threading.Event()
    parts: list[int] = []

    def endless() -> Iterator[int]:
        while True:
            parts.append(len(parts))
            yield len(parts)
            begun.set()
            gate.wait(10)

    later.want("a", {"endless": endless})
    assert begun.wait(10)
    clock.now = module._THERE
    next_one = later.want(who, {"next": lambda: "done"})["next"]
    gate.set()
    assert next_one.result(10) == "done"
    later.want("a", {})
    later.want("b", {"after": lambda: None})["after"].result(10)
    assert later.want("a", {"endless": lambda: "anew"})["endless"].result(10) == "anew"
