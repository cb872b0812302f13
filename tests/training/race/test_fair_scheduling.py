"""Taking turns on a clock of the test's own: nobody gets more than a fair share."""

import random
from collections.abc import Callable

import pytest

from cnnviz.training.race.fair_scheduling import TIME_SLICE, run_fairly


class Player:
    """Works in steps of some length until it has had enough, and remembers its turns."""

    def __init__(self, name: str, step: float, need: float, diary: list["Player"]) -> None:
        self.name, self.step, self.need, self.diary = name, step, need, diary
        self.seconds, self.longest = 0.0, 0.0
        self.paused = self.done = False
        self.watch: Callable[[], None] = lambda: None

    def run_slice(self) -> None:
        if self.paused:
            return
        took = 0.0
        while took < TIME_SLICE and not self.done:
            took += self.step
            self.done = self.seconds + took >= self.need
        self.seconds += took
        self.longest = max(self.longest, took)
        self.diary.append(self)
        self.watch()


def players(*steps: float, need: float = 60.0) -> list[Player]:
    diary: list[Player] = []
    return [Player(str(step), step, need, diary) for step in steps]


def never() -> None:
    pytest.fail("somebody could have played")


def test_players_of_equal_steps_take_turns_in_order() -> None:
    runs = players(0.05, 0.05, 0.05, need=1.0)
    run_fairly(runs, never)
    diary = runs[0].diary
    assert diary[:6] == [*runs, *runs]
    assert [diary.count(p) for p in runs] == [len(diary) // 3] * 3


@pytest.mark.parametrize("steps", [(0.001, 0.3), (0.01, 1.7, 0.2), (0.25, 0.26, 0.9, 5.0)])
def test_seconds_never_differ_by_more_than_the_longest_turn(steps: tuple[float, ...]) -> None:
    runs = players(*steps)
    seen = []

    def compare() -> None:
        if not any(player.done for player in runs):
            spans = [player.seconds for player in runs]
            seen.append(max(spans) - min(spans))
            assert seen[-1] <= max(player.longest for player in runs) + 1e-9

    for player in runs:
        player.watch = compare
    run_fairly(runs, never)
    assert len(seen) > 10
    assert all(player.done for player in runs)


def test_one_that_has_arrived_leaves_its_share_to_the_others() -> None:
    short, long = players(0.1, 0.1)
    short.need = 1.0
    run_fairly([short, long], never)
    assert short.seconds == pytest.approx(1.0)
    assert long.seconds == pytest.approx(60.0, abs=0.11)  # a step that has begun is finished
    assert set(long.diary[-20:]) == {long}


def test_the_paused_do_not_play_and_catch_up_later() -> None:
    runs, two = players(0.1, 0.1, need=20.0)
    two.paused = True

    def wake() -> None:
        two.paused = runs.seconds < 5

    runs.watch = wake
    run_fairly([runs, two], never)
    first = runs.diary.index(two)
    ahead = sum(player is runs for player in runs.diary[:first])
    assert runs.diary[first : first + ahead - 1] == [two] * (ahead - 1)
    assert runs.seconds == pytest.approx(two.seconds)


def test_when_all_are_paused_one_waits() -> None:
    runs = players(0.1, 0.1, need=1.0)
    for player in runs:
        player.paused = True
    waits = []

    def idle() -> None:
        waits.append(1)
        runs[0].paused = runs[1].paused = len(waits) < 3

    run_fairly(runs, idle)
    assert len(waits) == 3
    assert all(player.done for player in runs)


def test_with_random_steps_the_shares_are_equal_to_a_hundredth() -> None:
    runs = players(0.02, 0.2, 0.4, need=100.0)
    generator = random.Random(5)
    shares = []

    def note() -> None:
        for player in runs:
            player.step = generator.uniform(0.01, 0.5)
        if not any(player.done for player in runs):
            shares[:] = [player.seconds / sum(p.seconds for p in runs) for player in runs]

    for player in runs:
        player.watch = note
    run_fairly(runs, never)
    assert shares == pytest.approx([1 / 3] * 3, abs=0.01)
