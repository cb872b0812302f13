"""Slow motion: a pace that spaces the steps, obeys at once, and changes nothing that is learned."""

import functools
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from cnnviz.data.mnist import Digits
from cnnviz.training.engine.events import Event, StepEvent
from cnnviz.training.runs.records import Control
from cnnviz.training.runs.store import Run
from tests.training.engine.trainers import intervals, small, train_to, trainer
from tests.training.runs.sessions import (
    STEPS,
    Observer,
    act_at,
    assert_same_network,
    course,
    made,
    train,
)

pytestmark = pytest.mark.usefixtures("quick")

FewDigits = Callable[..., Digits]
SOON = 0.3  # seconds within which a request must be obeyed


class Clock:
    """Notes when each step ended, and asks for something a moment after one of them."""

    def __init__(self, step: int = 0, ask: Callable[[], None] | None = None) -> None:
        self.ends: dict[int, float] = {}
        self.asked = 0.0
        self._step, self._ask = step, ask

    def __call__(self, event: Event) -> None:
        if isinstance(event, StepEvent):
            self.ends[event.step] = time.perf_counter()
            if event.step == self._step:
                threading.Timer(0.1, self._speak).start()

    def _speak(self) -> None:
        assert self._ask is not None
        self.asked = time.perf_counter()
        self._ask()


def slow(pace: float) -> Run:
    run = made()
    run.request(pace=pace)
    return run


def together(*observers: Observer) -> Observer:
    def observe(event: Event) -> None:
        for observer in observers:
            observer(event)

    return observe


def pace_at(run: Run, step: int, pace: float) -> Observer:
    return act_at(step, functools.partial(run.request, pace=pace))


def stop_at(run: Run, step: int) -> Observer:
    return act_at(step, functools.partial(run.request, "stop"))


def test_a_pace_spaces_the_steps_and_leaves_results_bit_identical() -> None:
    straight, run, clock = made(), slow(20.0), Clock()
    train(straight)
    status = train(run, clock)
    between = (clock.ends[STEPS] - clock.ends[2]) / (STEPS - 2)
    assert 1 / 20 - 0.003 < between < 1 / 20 + 0.03
    assert status.seconds < 0.8 * (clock.ends[STEPS] - clock.ends[1])  # waiting is not training
    assert course(run) == course(straight)
    assert_same_network(run, straight)
    assert run.settings() == straight.settings()


@pytest.mark.parametrize("faster", [0.0, 10.0])
def test_a_faster_pace_counts_within_the_wait_for_a_step(faster: float) -> None:
    run = made()
    clock = Clock(5, functools.partial(run.request, pace=faster))
    train(run, together(clock, pace_at(run, 4, 1.0), stop_at(run, 8)))
    assert clock.ends[6] - clock.asked < SOON
    assert clock.ends[6] - clock.ends[5] < 0.1 + SOON


def test_a_slower_pace_counts_from_the_next_step() -> None:
    run, clock = made(), Clock()
    train(run, together(clock, pace_at(run, 5, 2.0), stop_at(run, 8)))
    assert clock.ends[8] - clock.ends[6] == pytest.approx(2 / 2.0, abs=0.25)


def test_a_stop_counts_within_the_wait_for_a_step() -> None:
    run = slow(1.0)
    clock = Clock(2, functools.partial(run.request, "stop"))
    status = train(run, clock)
    assert time.perf_counter() - clock.asked < SOON
    assert (status.state, status.step) == ("stopped", 2)


@pytest.mark.parametrize(("request_", "step"), [({"want": "pause"}, 2), ({"single_step": True}, 3)])
def test_pause_and_single_step_count_within_the_wait(request_: dict[str, Any], step: int) -> None:
    run = slow(1.0)
    seen: list[tuple[str, int]] = []

    def look() -> None:
        seen.append((run.recorded_status().state, run.recorded_status().step))
        run.request("stop")

    def ask() -> None:
        run.request(**request_)
        threading.Timer(SOON, look).start()

    status = train(run, Clock(2, ask))
    assert seen == [("paused", step)]
    assert (status.state, status.step) == ("stopped", step)


def test_every_step_of_slow_motion_is_measured_at_its_own_speed(few_digits: FewDigits) -> None:
    training = trainer(few_digits(100, 40), small(model="lenet5"), every=0.2)
    events = train_to(2, training)
    measured = []
    for event in events:
        if isinstance(event, StepEvent):
            if event.step == 6:
                break
            began = time.perf_counter()
            time.sleep(0.25)
            training.exclude_wait(time.perf_counter() - began)
        else:
            measured.append(event)
    steps = [row.step for row in intervals(iter(measured))]
    assert steps == [4, 5, 6]
    # 16 digits in the time of one step, not in the quarter of a second that was waited
    assert all(row.images_per_second > 16 / 0.25 * 1.5 for row in intervals(iter(measured)))
    assert training.seconds < 0.6


def test_a_record_of_an_older_version_means_full_speed() -> None:
    run = made()
    (run.path / "control.json").write_text('{"want": "run", "single_steps": 2}')
    assert run.control() == Control(single_steps=2, pace=0.0, augmentation=None)


@pytest.mark.parametrize("pace", [-1.0, 1001.0, float("nan")])
def test_a_pace_out_of_range_is_refused(pace: float) -> None:
    run = made()
    message = f"pace in steps a second must be 0 to 1000, got {pace:.10g}"
    with pytest.raises(ValueError, match=message):
        run.request(pace=pace)
    assert run.control() == Control()
