import sys
import types
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from cnnviz.system.sized_cache import SizedCache, memory_of, sized_cache

SMALL = 4096  # bytes of what Python keeps around the arrays


@dataclass(frozen=True, eq=False)
class Pair:
    first: NDArray[np.float32]
    second: object


class Slotted:
    __slots__ = ("values",)

    def __init__(self, values: object) -> None:
        self.values = values


def nobody(_: object) -> bool:
    return False


def array(kibibytes: int) -> NDArray[np.float32]:
    return np.zeros(kibibytes * 256, np.float32)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (array(100), 100),
        ([array(100), array(50)], 150),
        ({"a": array(100), "b": (array(20), {"c": array(30)})}, 150),
        (types.MappingProxyType({"a": array(100)}), 100),
        (Pair(array(100), Pair(array(20), None)), 120),
        (Slotted(array(100)), 100),
        (array(100)[::10], 100),  # a view keeps all of it
        (torch.zeros(25_600), 100),
        (torch.zeros(25_600).numpy(), 100),
        (torch.zeros(25_600)[:10].numpy(), 100),
        (np.array([array(100), None], dtype=object), 100),
        (b"x" * 102_400, 100),
        (np.frombuffer(b"x" * 102_400, np.uint8), 100),
    ],
)
def test_the_size_of_a_result_is_that_of_its_arrays(value: object, expected: int) -> None:
    assert expected * 1024 <= memory_of(value) <= expected * 1024 + SMALL


def test_what_is_referred_to_twice_counts_once() -> None:
    shared = array(100)
    assert memory_of([shared, shared, shared[:5], Pair(shared, shared)]) < 100 * 1024 + SMALL
    storage = torch.zeros(25_600)
    assert memory_of([storage, storage.numpy(), storage.view(160, 160)]) < 100 * 1024 + SMALL


def test_the_size_of_a_network_is_that_of_its_weights_and_buffers() -> None:
    model = nn.Sequential(nn.Conv2d(64, 64, 3), nn.BatchNorm2d(64), nn.Linear(512, 512))
    weights = sum(t.nbytes for t in (*model.parameters(), *model.buffers()))
    assert weights <= memory_of(model) <= weights + 64 * 1024


def test_a_cycle_ends_and_code_counts_nothing() -> None:
    cycle: list[object] = []
    cycle.append(cycle)
    assert memory_of(cycle) == sys.getsizeof(cycle)
    code = [np, pytest.raises, Pair]
    assert memory_of(code) == sys.getsizeof(code)


def test_the_least_recently_used_go_when_the_limit_is_exceeded() -> None:
    cache = SizedCache(100)
    for key in "abc":
        cache.put(key, key.upper(), 30, needed=nobody)
    assert cache["a"] == "A"  # used last now
    cache.put("d", "D", 30, needed=nobody)
    assert [key for key in "abcd" if key in cache] == ["a", "c", "d"]
    assert (cache.size, len(cache)) == (90, 3)
    cache.put("e", "E", 100, needed=nobody)
    assert [key for key in "abcde" if key in cache] == ["e"]


def test_a_value_that_is_replaced_or_dropped_gives_its_bytes_back() -> None:
    cache = SizedCache(100)
    cache.put("a", 1, 60, needed=nobody)
    cache.put("a", 2, 40, needed=nobody)
    assert (cache["a"], cache.size, len(cache)) == (2, 40, 1)
    cache.drop("a")
    cache.drop("a")
    assert (cache.size, len(cache)) == (0, 0)


def test_what_is_needed_stays_beyond_the_limit() -> None:
    cache = SizedCache(100)
    for key in "abc":
        cache.put(key, key, 60, needed=lambda key: key in "ac")
    assert [key for key in "abc" if key in cache] == ["a", "c"]
    assert cache.size == 120


def test_a_function_runs_again_only_for_results_that_no_longer_fit() -> None:
    calls: list[tuple[int, int]] = []

    @sized_cache(limit=100 * 1024 + SMALL)
    def zeros(kibibytes: int, copies: int = 1) -> NDArray[np.float32]:
        calls.append((kibibytes, copies))
        return array(kibibytes * copies)

    assert zeros(60) is zeros(60)
    assert zeros(30) is not zeros(15, copies=2)
    assert calls == [(60, 1), (30, 1), (15, 2)]  # together 120 KiB: the first is dropped
    zeros(30)
    zeros(15, copies=2)
    assert len(calls) == 3
    assert zeros(15, copies=1).nbytes == 15 * 1024
    calls.pop()
    zeros(60)
    assert calls[3:] == [(60, 1)]


def test_a_result_larger_than_the_limit_is_returned_and_drops_no_other() -> None:
    calls: list[int] = []

    @sized_cache(limit=50 * 1024)
    def zeros(kibibytes: int) -> NDArray[np.float32]:
        calls.append(kibibytes)
        return array(kibibytes)

    zeros(10)
    assert zeros(200).nbytes == 200 * 1024
    zeros(10)
    zeros(200)
    assert calls == [10, 200, 200]


def test_memory_is_counted_while_another_thread_imports_pytorch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "torch", types.ModuleType("torch"))  # nothing in it yet
    assert memory_of({"a": (1, 2)}) > 0
