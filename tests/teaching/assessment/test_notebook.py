import json
from pathlib import Path

import pytest

from cnnviz.teaching.assessment import log
from cnnviz.teaching.assessment.forms import QUESTIONS

NOTEBOOK = Path(__file__).parents[3] / "docs" / "learning_gain.ipynb"


def test_the_notebook_runs_and_prints_the_gain(capsys: pytest.CaptureFixture[str]) -> None:
    for learner, (before, after) in {"aaaaaaaa": (2, 6), "bbbbbbbb": (4, 8)}.items():
        for form, count in (("before", before), ("after", after)):
            log.append(learner, form, {key: i < count for i, key in enumerate(QUESTIONS)})
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    variables: dict[str, object] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), variables)
    printed = capsys.readouterr().out
    assert "2 learners, 0 with one form only" in printed
    assert "correct: 30% before, 70% after" in printed
    assert "gain: +40.0% (+40.0% to +40.0%)" in printed
    assert list(variables["by_question"].columns) == ["before", "after", "gain"]  # type: ignore[attr-defined]
