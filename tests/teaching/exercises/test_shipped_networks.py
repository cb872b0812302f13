"""All exercises about every kind of classifier that ships with cnnviz."""

import pytest

from cnnviz.data.digit_sample import DigitSample
from cnnviz.teaching.exercises import race, train, why
from cnnviz.teaching.exercises.catalog import EXERCISES
from tests.kinds import KINDS
from tests.teaching.exercises.scenes import sample_of, scene_of


@pytest.fixture(scope="module")
def sample() -> DigitSample:
    return sample_of(10)


@pytest.mark.parametrize("network", KINDS)
def test_each_exercise_has_one_right_answer_or_does_not_apply(
    network: str, sample: DigitSample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(race, "_fastest", lambda _, calls: [1.0, 2.0][: len(calls)])
    monkeypatch.setattr(train, "_STEPS", 1)
    monkeypatch.setattr(train, "_BATCH", 4)
    monkeypatch.setattr(why, "_CHOICES", 20)
    shown = scene_of(network, sample)
    posed = 0
    for row in EXERCISES.values():
        if row.page == "detect":
            continue
        question = row.pose(shown)
        if question is None:
            continue
        texts = [option.text for option in question.options]
        assert texts.count(question.answer) == 1, row.key
        assert len(set(texts)) == len(texts), row.key
        assert "nan" not in f"{question.stem} {question.explanation} {texts}", row.key
        posed += 1
    assert posed >= 40
