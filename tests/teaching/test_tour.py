import itertools

import pytest

from cnnviz.teaching.tour import TOUR


def test_a_tour_takes_five_to_twelve_minutes() -> None:
    assert 5 <= TOUR.minutes <= 12


def test_steps_lead_to_each_other() -> None:
    keys = list(TOUR.steps)
    assert TOUR.neighbors(keys[0])[0] is None
    assert TOUR.neighbors(keys[-1])[1] is None
    for first, second in itertools.pairwise(keys):
        assert TOUR.neighbors(first)[1] is TOUR.steps[second]
        assert TOUR.neighbors(second)[0] is TOUR.steps[first]
        assert TOUR.position(second) == TOUR.position(first) + 1


@pytest.mark.parametrize("key", TOUR.steps)
def test_a_step_says_what_to_understand_and_what_to_do(key: str) -> None:
    step = TOUR.steps[key]
    assert step.key == key
    assert step.text.endswith((".", "?"))
    assert step.task.endswith((".", "?"))
