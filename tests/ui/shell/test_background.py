import gc
import threading
import time
import weakref
from collections import Counter
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from cnnviz.ui.shell import background as module
from cnnviz.ui.shell.background import BackgroundQueue, Calls

MIB = 2**20


class Clock:
    """A clock that stands until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_call_is_made_once_for_all_who_ask() -> None:
    queue, calls = BackgroundQueue(MIB), []
    promises = [
        queue.request(who, {"key": lambda: calls.append(1) or "found"})["key"] for who in "abc"
    ]
    assert [promise.result(10) for promise in promises] == ["found"] * 3
    assert calls == [1]


def test_one_visitors_calls_come_in_their_order_and_visitors_take_turns() -> None:
    queue, order, gate = BackgroundQueue(MIB), [], threading.Event()
    queue.request("first", {"gate": lambda: gate.wait(10)})
    wanted = {
        who: queue.request(
            who, {f"{who}{n}": lambda w=f"{who}{n}": order.append(w) for n in (1, 2, 3)}
        )
        for who in "ab"
    }
    late = queue.request("c", {"c1": lambda: order.append("c1")})
    gate.set()
    for promises in (*wanted.values(), late):
        for promise in promises.values():
            promise.result(10)
    assert order == ["a1", "b1", "c1", "a2", "b2", "a3", "b3"]


def test_what_is_no_longer_wanted_is_not_begun_and_can_be_asked_for_again() -> None:
    queue, gate, made = BackgroundQueue(MIB), threading.Event(), []
    queue.request("gate", {"gate": lambda: gate.wait(10)})
    queue.request("a", {"dropped": lambda: made.append("dropped"), "kept": lambda: None})
    promises = queue.request("a", {"kept": lambda: made.append("kept")})
    gate.set()
    promises["kept"].result(10)
    assert made == ["kept"]
    queue.request("a", {"dropped": lambda: made.append("again")})["dropped"].result(10)
    assert made == ["kept", "again"]


def test_what_one_has_left_is_still_done_for_another() -> None:
    queue, gate = BackgroundQueue(MIB), threading.Event()
    queue.request("gate", {"gate": lambda: gate.wait(10)})
    for who in "ab":
        both = queue.request(who, {"shared": lambda: "done"})
    queue.request("a", {})
    gate.set()
    assert both["shared"].result(10) == "done"


def test_who_has_closed_the_page_is_served_last_and_then_not_at_all() -> None:
    clock = Clock()
    queue, order = BackgroundQueue(MIB, clock=clock), []
    gate, begun = threading.Event(), threading.Event()
    queue.request("gate", {"gate": lambda: begun.set() or gate.wait(10)})
    assert begun.wait(10)  # before the clock goes on
    queue.request("long gone", {"never": lambda: order.append("never")})
    clock.now = module._GONE - 10
    away = queue.request("away", {"away": lambda: order.append("away")})
    clock.now = module._GONE + 1
    here = queue.request("here", {"here": lambda: order.append("here")})
    assert queue.others("here") == 0  # nobody else looks
    gate.set()
    for promise in (*away.values(), *here.values()):
        promise.result(10)
    assert order == ["here", "away"]


def test_others_are_those_who_wait_for_something_else() -> None:
    queue, gate = BackgroundQueue(MIB), threading.Event()
    queue.request("gate", {"gate": lambda: gate.wait(10)})
    while queue.others("a"):  # until that is begun, and waits no more
        pass
    queue.request("a", {1: lambda: None})
    queue.request("b", {1: lambda: None})
    queue.request("c", {2: lambda: None})
    assert queue.others("a") == 1
    assert queue.others("c") == 2
    gate.set()


def test_a_call_that_yields_tells_what_it_has() -> None:
    queue, seen, gate = BackgroundQueue(MIB), threading.Event(), threading.Event()

    def parts() -> Iterator[int]:
        yield 1
        seen.set()
        gate.wait(10)
        yield 2

    promise = queue.request("a", {"key": parts})["key"]
    assert seen.wait(10)
    assert (promise.done(), promise.partial) == (False, 1)
    gate.set()
    assert promise.result(10) == 2


def test_an_error_is_told_once_and_the_call_made_again() -> None:
    queue = BackgroundQueue(MIB)

    def fail() -> None:
        raise ValueError("no ink")

    with pytest.raises(ValueError, match="no ink"):
        queue.request("a", {"key": fail})["key"].result(10)
    told = queue.request("a", {"key": lambda: 3})["key"]
    assert str(told.exception(10)) == "no ink"
    assert queue.request("a", {"key": lambda: 3})["key"].result(10) == 3


def test_the_thread_goes_when_there_is_nothing_to_do() -> None:
    queue = BackgroundQueue(MIB)
    queue.request("a", {"key": lambda: None})["key"].result(10)
    for thread in threading.enumerate():
        if thread.name == "background":
            thread.join(10)
            assert not thread.is_alive()


@pytest.mark.parametrize("who", ["a", "one who is there, while a has left"])
def test_a_call_that_yields_is_given_up_when_nobody_waits_for_it(who: str) -> None:
    clock = Clock()
    queue, begun, gate = BackgroundQueue(MIB, clock=clock), threading.Event(), threading.Event()
    parts: list[int] = []

    def endless() -> Iterator[int]:
        while True:
            parts.append(len(parts))
            yield len(parts)
            begun.set()
            gate.wait(10)

    queue.request("a", {"endless": endless})
    assert begun.wait(10)
    clock.now = module._ACTIVE
    next_one = queue.request(who, {"next": lambda: "done"})["next"]
    gate.set()
    assert next_one.result(10) == "done"
    queue.request("a", {})
    queue.request("b", {"after": lambda: None})["after"].result(10)
    assert queue.request("a", {"endless": lambda: "anew"})["endless"].result(10) == "anew"


def array(kibibytes: int) -> NDArray[np.uint8]:
    return np.zeros(kibibytes * 1024, np.uint8)


def finish(queue: BackgroundQueue, name: str, calls: Calls) -> list[object]:
    """Ask again and again, as a page does, until all is there."""
    while True:
        promises = queue.request(name, calls)
        if all(promise.done() for promise in promises.values()):
            return [promise.result() for promise in promises.values()]
        time.sleep(0.005)


def test_results_stay_within_the_limit_and_the_least_recently_used_go() -> None:
    queue, made = BackgroundQueue(MIB), []

    def call(number: int) -> NDArray[np.uint8]:
        made.append(number)
        return array(300)

    for number in (1, 2, 3, 1, 4):  # the fourth does not fit, and 2 was used longest ago
        finish(queue, "a", {number: partial(call, number)})
    assert (made, queue.usage().entries) == ([1, 2, 3, 4], 3)
    assert 3 * array(300).nbytes <= queue.usage().size <= queue.usage().limit == MIB
    for number in (1, 3, 4, 2):
        finish(queue, "a", {number: partial(call, number)})
    assert made == [1, 2, 3, 4, 2]


def test_what_a_waiting_session_has_got_stays_beyond_the_limit_until_it_has_all() -> None:
    queue, made = BackgroundQueue(MIB), []

    def call(number: int) -> NDArray[np.uint8]:
        made.append(number)
        return array(500)

    wanted = {number: partial(call, number) for number in range(8)}  # four times the limit
    assert len(finish(queue, "a", wanted)) == 8
    assert made == list(range(8))
    assert queue.usage().size <= MIB  # it has them all


def test_a_page_that_asks_in_two_steps_beyond_the_limit_gets_all() -> None:
    queue, made = BackgroundQueue(MIB), []

    def call(number: int) -> NDArray[np.uint8]:
        made.append(number)
        return array(500)

    first = {number: partial(call, number) for number in range(2)}
    both = {number: partial(call, number) for number in range(6)}
    for _ in range(2000):
        queue.request("a", first, more=True)
        promises = queue.request("a", both)
        if all(promise.done() for promise in promises.values()):
            break
        time.sleep(0.005)
    assert made == list(range(6))
    assert queue.usage().size <= MIB


def test_a_page_that_asks_in_two_steps_keeps_its_turn() -> None:
    queue, order, go = BackgroundQueue(MIB), list[str](), threading.Semaphore(0)

    def call(name: str) -> None:
        assert go.acquire(timeout=10)
        order.append(name)

    def calls(*names: str) -> Calls:
        return {name: partial(call, name) for name in names}

    def ask_in_two_steps() -> None:
        queue.request("c", {"first": lambda: None}, more=True)
        queue.request("c", {"first": lambda: None, **calls("c1", "c2")})

    finish(queue, "c", {"first": lambda: None})
    queue.request("a", calls("a1", "a2", "a3", "a4"))
    queue.request("b", calls("b1", "b2", "b3", "b4"))
    for done in range(1, 11):
        ask_in_two_steps()  # as often as the page polls: while each call runs
        go.release()
        while len(order) < done:
            time.sleep(0.005)
    assert order == ["a1", "b1", "c1", "a2", "b2", "c2", "a3", "b3", "a4", "b4"]


def test_sessions_that_want_more_than_the_limit_together_are_all_served() -> None:
    queue, made = BackgroundQueue(MIB), Counter[object]()

    def call(key: object) -> NDArray[np.uint8]:
        made[key] += 1
        return array(400)

    def visit(name: str) -> None:
        keys = ["shared", *(f"{name}{number}" for number in range(6))]
        finish(queue, name, {key: partial(call, key) for key in keys})

    visitors = [threading.Thread(target=visit, args=(name,)) for name in "abc"]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join(30)
        assert not visitor.is_alive()
    assert sum(made[f"{name}{number}"] for name in "abc" for number in range(6)) == 18
    assert queue.usage().size <= MIB


def test_a_session_that_is_gone_keeps_nothing_beyond_the_limit() -> None:
    clock = Clock()
    queue, gate, begun = BackgroundQueue(MIB, clock=clock), threading.Event(), threading.Event()
    got = {number: partial(array, 500) for number in range(4)}
    promises = queue.request("a", {**got, "gate": lambda: begun.set() or gate.wait(10)})
    assert begun.wait(10)
    assert all(promises[number].done() for number in got)
    assert queue.usage().size > 2 * MIB * 0.9
    clock.now = module._GONE + 1
    queue.request("b", {})
    assert queue.usage().size <= MIB
    gate.set()


def test_the_error_of_a_call_keeps_none_of_its_arrays() -> None:
    queue, kept = BackgroundQueue(MIB), []

    def fail() -> None:
        large = array(800)
        kept.append(weakref.ref(large))
        raise ValueError("no ink")

    with pytest.raises(ValueError, match="no ink"):
        queue.request("a", {"key": fail})["key"].result(10)
    gc.collect()
    assert kept[0]() is None


def test_calls_that_nobody_wants_any_more_are_forgotten() -> None:
    queue, gate = BackgroundQueue(MIB), threading.Event()
    queue.request("a", {"gate": lambda: gate.wait(10)})
    for number in range(50):
        queue.request("b", {number: lambda: None})
    assert len(queue._pending) <= 3
    gate.set()


def test_a_call_that_was_running_when_all_was_forgotten_is_made_again() -> None:
    queue, gate, begun, made = BackgroundQueue(MIB), threading.Event(), threading.Event(), []

    def call() -> int:
        made.append(len(made))
        begun.set()
        gate.wait(10)
        return len(made)

    first = queue.request("a", {"key": call})["key"]
    assert begun.wait(10)
    queue.clear()
    gate.set()
    assert first.result(10) == 1
    assert queue.request("a", {"key": call})["key"].result(10) == 2


def test_thirty_sessions_with_48_calls_each_all_finish_and_no_call_is_repeated() -> None:
    queue, made = BackgroundQueue(MIB), Counter[object]()

    def call(key: object) -> NDArray[np.uint8]:
        made[key] += 1
        return array(8)  # 30 x 48 of them are eleven times the limit

    def visit(name: str) -> None:
        keys = [(name, number) for number in range(48)]
        calls = {key: partial(call, key) for key in keys}
        while not all(promise.done() for promise in queue.request(name, calls).values()):
            time.sleep(0.25)  # as a page polls

    visitors = [threading.Thread(target=visit, args=(f"visitor {i}",)) for i in range(30)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join(60)
        assert not visitor.is_alive()
    assert (len(made), set(made.values())) == (30 * 48, {1})
    assert queue.usage().size <= MIB


def test_a_session_with_1300_calls_does_not_starve_one_with_5() -> None:
    queue, order = BackgroundQueue(MIB), list[str]()
    gate = threading.Event()

    def call(name: str) -> None:
        gate.wait(10)
        order.append(name)

    queue.request("many", {number: partial(call, "many") for number in range(1300)})
    few = queue.request("few", {f"few{number}": partial(call, "few") for number in range(5)})
    gate.set()
    for promise in few.values():
        promise.result(10)
    assert order.index("few") <= 2
    assert order[: 2 * 5 + 1].count("few") == 5
    queue.request("many", {})
