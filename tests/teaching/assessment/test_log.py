import datetime
import re

import pytest

from cnnviz.teaching.assessment import log
from cnnviz.teaching.assessment.forms import QUESTIONS
from cnnviz.teaching.exercises.catalog import EXERCISES

DAY = datetime.date(2026, 1, 2)


def test_answers_come_back_as_they_were_written() -> None:
    code = log.new_code()
    log.append(code, "before", {QUESTIONS[0]: True, QUESTIONS[1]: False}, today=DAY)
    log.append(code, "after", {QUESTIONS[0]: True}, today=DAY)
    answers, damaged = log.read()
    assert damaged == 0
    assert [(a.learner, a.form, a.question, a.correct) for a in answers] == [
        (code, "before", QUESTIONS[0], True),
        (code, "before", QUESTIONS[1], False),
        (code, "after", QUESTIONS[0], True),
    ]


def test_the_log_holds_a_code_and_a_day_and_nothing_else() -> None:
    log.append(log.new_code(), "before", {QUESTIONS[0]: True}, today=DAY)
    (line,) = log.log_path().read_text().splitlines()
    assert re.fullmatch(
        r'\{"learner":"[a-z2-9]{8}","form":"before","question":"[a-z_-]+","correct":true,'
        r'"day":"2026-01-02"\}',
        line,
    )
    assert log.log_path().stat().st_mode & 0o077 == 0  # for nobody else on this machine


def test_codes_differ() -> None:
    assert len({log.new_code() for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    ("learner", "form", "correct", "message"),
    [
        ("abcd2345", "during", {QUESTIONS[0]: True}, "form must be one of before, after"),
        ("abcd2345", "before", {"x": True}, "questions must be among those of the test, got x"),
        ("Ada Lovelace", "before", {QUESTIONS[0]: True}, "code must have 8 letters and digits"),
        ("../../x2", "before", {QUESTIONS[0]: True}, "code must have 8 letters and digits"),
    ],
)
def test_what_does_not_belong_into_the_log_is_refused(
    learner: str, form: str, correct: dict[str, bool], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        log.append(learner, form, correct)
    assert not log.log_path().exists()


def test_a_torn_line_is_counted_and_the_others_are_read() -> None:
    log.append(log.new_code(), "before", {QUESTIONS[0]: True}, today=DAY)
    with log.log_path().open("ab") as file:
        file.write(b'{"learner":"ab\n{"learner":1}\n')
    answers, damaged = log.read()
    assert (len(answers), damaged) == (1, 2)


def test_a_full_log_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    log.append(log.new_code(), "before", {QUESTIONS[0]: True}, today=DAY)
    monkeypatch.setattr(log, "MOST_BYTES", 200)
    with pytest.raises(OSError, match="must be smaller than 200 bytes"):
        log.append(log.new_code(), "before", {QUESTIONS[0]: True}, today=DAY)


def test_the_questions_are_exercises() -> None:
    assert set(QUESTIONS) <= set(EXERCISES)
    assert len(set(QUESTIONS)) == len(QUESTIONS) >= 8
