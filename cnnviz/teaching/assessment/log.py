"""The log of test answers on this machine: one JSON object a line, without names or addresses."""

import os
import secrets
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

import msgspec

from cnnviz.system.paths import runs_dir
from cnnviz.teaching.assessment.forms import FORMS, QUESTIONS

_CODE_LENGTH = 8  # of 31 letters and digits, 40 bits: two learners hardly ever share a code
MOST_BYTES = 50_000_000  # of the log


class TestAnswer(msgspec.Struct, frozen=True):
    """One answer.

    Attributes:
        learner: random code that the learner keeps; nothing else identifies anyone.
        form: "before" or "after".
        question: key of the exercise.
        correct: whether the answer was correct.
        day: ISO 8601, without the time of day.
    """

    learner: str
    form: Literal["before", "after"]
    question: str
    correct: bool
    day: str


def new_code() -> str:
    """Return a random code for a learner, such as "k3v7q2xa"."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"  # without letters and digits that look alike
    return "".join(secrets.choice(alphabet) for _ in range(_CODE_LENGTH))


def log_path() -> Path:
    """Return the file of the log, which need not exist."""
    return runs_dir() / "lessons" / "answers.jsonl"


def append(learner: str, form: str, correct: dict[str, bool], *, today: date | None = None) -> None:
    """Add a learner's answers to a form of the test; all of them are written, or none.

    Args:
        learner: code from `new_code`.
        form: "before" or "after".
        correct: whether each question was answered correctly, by key.
        today: for tests; None for the date in UTC.

    Raises:
        ValueError: if the form or a question is unknown, or the code is not one of `new_code`'s.
        OSError: if the log cannot be written, or is full.
    """
    if form not in FORMS:
        raise ValueError(f"form must be one of {', '.join(FORMS)}, got {form!r}")
    if unknown := sorted(set(correct) - set(QUESTIONS)):
        raise ValueError(f"questions must be among those of the test, got {', '.join(unknown)}")
    if not (learner.isascii() and learner.isalnum() and len(learner) == _CODE_LENGTH):
        raise ValueError(f"code must have {_CODE_LENGTH} letters and digits, got {learner!r}")
    day = (today or datetime.now(UTC).date()).isoformat()
    rows = [
        {"learner": learner, "form": form, "question": key, "correct": right, "day": day}
        for key, right in correct.items()
    ]
    content = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
    path = log_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size + len(content) > MOST_BYTES:
        raise OSError(f"the log must be smaller than {MOST_BYTES:,} bytes: move {path.name} away")
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, content)  # one call, so that lines of two learners do not mix
        os.fsync(handle)
    finally:
        os.close(handle)


def read(path: Path | None = None) -> tuple[list[TestAnswer], int]:
    """Return all answers, and the number of lines that cannot be read.

    Args:
        path: of a log; None for this machine's.
    """
    file = path or log_path()
    if not file.exists():
        return [], 0
    answers, damaged = [], 0
    for line in file.read_bytes().splitlines():
        try:
            answers.append(msgspec.json.decode(line, type=TestAnswer))
        except (msgspec.ValidationError, msgspec.DecodeError):
            damaged += 1
    return answers, damaged
