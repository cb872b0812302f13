"""The clock of calls on the CPU, driven by hand."""

from cnnviz.benchmark.timing.clocks import Clock


class Hands:
    """Wall and CPU time that a call moves."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def call(self) -> None:
        self.wall += 3
        self.cpu += 2


def test_each_call_is_timed_by_itself_and_cpu_time_adds_up() -> None:
    hands = Hands()
    clock = Clock(lambda: hands.wall, lambda: hands.cpu)
    assert clock.times(hands.call, 4) == ([3, 3, 3, 3], 8)
    assert clock.first(hands.call) == 3


def test_without_cpu_time_none_is_returned() -> None:
    hands = Hands()
    assert Clock(lambda: hands.wall, None).times(hands.call, 2) == ([3, 3], None)
