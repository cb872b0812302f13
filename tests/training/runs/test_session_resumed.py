"""Going on where a training stopped, paused or was changed: bit equal to never stopping."""

import functools
import json
import os
import random

import pytest
import torch

from cnnviz.training.runs import session
from cnnviz.training.runs.session import Session
from tests.training.runs.sessions import (
    RATE,
    STEPS,
    FreeSlot,
    act_at,
    assert_same_network,
    course,
    made,
    train,
)

pytestmark = pytest.mark.usefixtures("quick")

SITTINGS = {
    "adamw": {},
    "sgd, one-cycle": {"optimizer": "sgd", "learning_rate": 0.02, "schedule": "one-cycle"},
    "dropout, augmentation": {"model": "mnist_cnn", "dropout": 0.3, "augmentation": 1.0},
    "bfloat16": {"precision": "bfloat16"},
}


@pytest.mark.parametrize("changes", SITTINGS.values(), ids=SITTINGS)
def test_stopping_at_random_steps_is_bit_equal_to_never_stopping(
    changes: dict[str, object],
) -> None:
    straight = made(**changes)
    train(straight)
    draw = random.Random(str(changes))
    for stops in (sorted(draw.sample(range(1, STEPS), 2)), [7], [20, 21]):
        run = made(**changes)
        for step in stops:
            run.request("run")
            status = train(run, act_at(step, functools.partial(run.request, "stop")))
            assert (status.state, status.step) == ("stopped", step)
            torch.manual_seed(99)  # the next process has other random numbers
        run.request("run")
        assert train(run).state == "finished"
        assert course(run) == course(straight)
        assert_same_network(run, straight)


def test_a_pause_and_single_steps_change_nothing_that_is_learned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    straight, run, slot = made(), made(), FreeSlot()
    train(straight)
    seen: list[tuple[str, int]] = []
    acts = [
        *[functools.partial(run.request, single_step=True)] * 3,
        functools.partial(run.request, learning_rate=RATE),
        functools.partial(run.request, "run"),
    ]

    def sleep(seconds: float) -> None:
        del seconds
        seen.append((run.recorded_status().state, run.recorded_status().step))
        acts.pop(0)()

    monkeypatch.setattr(session.time, "sleep", sleep)
    status = train(run, act_at(5, functools.partial(run.request, "pause")), slot)
    assert status.state == "finished"
    assert seen == [("paused", step) for step in (5, 6, 7, 8, 8)]
    assert slot.calls == [*["release"] * 4, "acquire"]
    assert course(run) == course(straight)
    assert_same_network(run, straight)


def test_single_step_pauses_a_running_training_one_step_on(monkeypatch: pytest.MonkeyPatch) -> None:
    run, seen = made(), []

    def sleep(seconds: float) -> None:
        del seconds
        seen.append(run.recorded_status().step)
        run.request("stop")

    monkeypatch.setattr(session.time, "sleep", sleep)
    status = train(run, act_at(5, functools.partial(run.request, single_step=True)))
    assert seen == [6]
    assert (status.state, status.step) == ("stopped", 6)


def test_a_run_stopped_while_it_waits_for_its_place_learns_nothing_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, slot = made(), FreeSlot()
    monkeypatch.setattr(session.time, "sleep", lambda *_: run.request("run"))
    monkeypatch.setattr(slot, "try_acquire", lambda: run.request("stop"))
    status = train(run, act_at(5, functools.partial(run.request, "pause")), slot)
    assert (status.state, status.step) == ("stopped", 5)


def test_the_learning_rate_can_be_changed_while_it_trains() -> None:
    run = made()
    train(run, act_at(5, functools.partial(run.request, learning_rate=0.01)))
    rates = [row["learning_rate"] for row in run.log.read()[0] if row["kind"] == "interval"]
    assert rates == [RATE] * 5 + [0.01] * (STEPS - 5)
    assert run.recorded_status().learning_rate == 0.01


def test_a_learning_rate_given_on_resume_counts_from_the_first_step() -> None:
    run = made()
    train(run, act_at(5, functools.partial(run.request, "stop")))
    run.request("run", learning_rate=0.01)
    train(run)
    rates = [row["learning_rate"] for row in run.log.read()[0] if row["kind"] == "interval"]
    assert rates == [RATE] * 5 + [0.01] * (STEPS - 5)


def test_two_wishes_within_one_tick_of_the_clock_are_both_heard() -> None:
    run = made()

    def hurry() -> None:
        run.request("run")
        before = (run.path / "control.json").stat().st_mtime_ns
        training._read_control()
        run.request("stop")
        os.utime(run.path / "control.json", ns=(before, before))

    training = Session(run, FreeSlot(), act_at(5, hurry))
    assert (training.train().step, run.recorded_status().state) == (5, "stopped")


def test_the_log_is_rewritten_from_the_checkpoint_without_gaps_or_duplicates() -> None:
    straight, run = made(), made()
    train(straight)
    train(run, act_at(10, functools.partial(run.request, "stop")))
    log = run.path / "metrics.jsonl"
    torn = {"kind": "interval", "step": 11, "loss": 1.0}
    log.write_bytes(log.read_bytes() + json.dumps(torn).encode() + b'\n{"kind": "epo')
    run.request("run")
    train(run)
    assert course(run) == course(straight)


@pytest.mark.parametrize("lost", ["delete", "truncate"])
def test_a_lost_log_comes_back_from_the_checkpoint(lost: str) -> None:
    run = made()
    train(run, act_at(10, functools.partial(run.request, "stop")))
    before = course(run)
    if lost == "delete":
        (run.path / "metrics.jsonl").unlink()
    else:
        os.truncate(run.path / "metrics.jsonl", 700)
    run.request("run")
    train(run)
    assert course(run)[: len(before)] == before
    assert [row[1] for row in course(run) if row[0] == "interval"] == list(range(1, STEPS + 1))


def test_a_long_pause_gives_up_the_process_and_goes_on_as_if_it_had_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    straight, run, slot = made(), made(), FreeSlot()
    train(straight)
    monkeypatch.setattr(session, "PARK_AFTER", 0.05)
    status = train(run, act_at(5, functools.partial(run.request, "pause")), slot)
    assert (status.state, run.status().state, status.step) == ("parked", "paused", 5)
    assert slot.calls == ["release"]
    run.request(single_step=True, launching=True)
    assert train(run).step == 6  # one step, and paused again
    run.request("run", launching=True)
    assert train(run).state == "finished"
    assert course(run) == course(straight)
    assert_same_network(run, straight)


def test_a_wish_at_the_last_moment_keeps_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    run, looks = made(), []

    def long_paused(_: Session) -> bool:
        looks.append(run.recorded_status().state)
        run.request("run")  # after the last look at the requests
        return True

    monkeypatch.setattr(Session, "long_paused", long_paused)
    status = train(run, act_at(5, functools.partial(run.request, "pause")))
    assert looks[0] == "paused"
    assert (status.state, status.step) == ("finished", STEPS)


def test_a_run_paused_again_while_it_waits_for_its_place_trains_no_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, slot, seen = made(), FreeSlot(), []
    acts = ["run", "pause", "stop"]

    def sleep(_: float) -> None:
        seen.append((run.recorded_status().state, run.recorded_status().step))
        run.request(acts.pop(0))

    monkeypatch.setattr(session.time, "sleep", sleep)
    monkeypatch.setattr(slot, "try_acquire", lambda: False)
    status = train(run, act_at(5, functools.partial(run.request, "pause")), slot)
    assert seen == [("paused", 5), ("queued", 5), ("paused", 5)]
    assert (status.state, status.step) == ("stopped", 5)
