"""The clock of a GPU on a GPU that is made up: what matters is the order of what it is told."""

import itertools

import pytest
import torch

from cnnviz.benchmark.timing.cuda_clock import CudaClock
from cnnviz.benchmark.timing.protocol import Budget, CanceledError, TimedCall, measure_latencies


class Device:
    """A device that works through its queue when it is waited for; each call takes it 2 ms."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.queue: list[Event | None] = []
        self.now = 0.0  # ms

    def synchronize(self) -> None:
        self.told.append("synchronize")
        for item in self.queue:
            if item is None:
                self.now += 2
            else:
                item.at = self.now
        self.queue.clear()

    def call(self) -> None:
        self.told.append("call")
        self.queue.append(None)


class Event:
    def __init__(self, device: Device) -> None:
        self.device, self.at = device, float("nan")

    def record(self) -> None:
        self.device.told.append("event")
        self.device.queue.append(self)

    def elapsed_time(self, end: "Event") -> float:
        assert not self.device.queue, "read before the queue was worked off"
        return end.at - self.at


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Device:
    fake = Device()
    monkeypatch.setattr(torch.cuda, "synchronize", fake.synchronize)
    monkeypatch.setattr(torch.cuda, "Event", lambda **_: Event(fake))
    return fake


def test_each_call_stands_between_its_events_and_is_read_after_one_wait(device: Device) -> None:
    seconds, cpu = CudaClock().times(device.call, 3)
    assert seconds == pytest.approx([0.002] * 3)
    assert cpu is None
    assert device.told == ["call", *["event", "call", "event"] * 3, "synchronize"]


def test_the_first_call_is_waited_for_before_and_after(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = itertools.count()

    def wall() -> float:
        device.told.append("clock")
        return float(next(ticks))

    monkeypatch.setattr("cnnviz.benchmark.timing.cuda_clock.time.perf_counter", wall)
    assert CudaClock().first(device.call) == 1.0
    assert device.told == ["synchronize", "clock", "call", "synchronize", "clock"]


def test_the_protocol_runs_on_it_with_turns_a_budget_and_no_contention(device: Device) -> None:
    budget = Budget(calls=20, warm_calls=10, warm_seconds=0)
    contestants = {name: TimedCall(device.call) for name in "ab"}
    latencies = measure_latencies(contestants, budget=budget, clock=CudaClock())
    for latency in latencies.values():
        assert latency.calls == (2.0,) * 20
        assert len(latency.warm) == 10
        assert (latency.contention, latency.badge) == (None, "")


def test_it_can_be_canceled(device: Device) -> None:
    def tick(share: float) -> None:
        if share:
            raise CanceledError

    with pytest.raises(CanceledError):
        measure_latencies(
            {"a": TimedCall(device.call)},
            budget=Budget(warm_calls=3, warm_seconds=0),
            clock=CudaClock(),
            tick=tick,
        )
    assert device.told.count("call") == 1 + (1 + 5) + (1 + 5)  # cold, warm, one turn
