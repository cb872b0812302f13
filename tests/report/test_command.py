"""The command that writes a report, and each refusal as one sentence."""

from pathlib import Path

import pytest

from cnnviz.report.command import main
from cnnviz.training.engine.settings import Settings
from tests.report.material import finished_run
from tests.report.reading import Page


def test_the_command_writes_both_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = ["shipped-sprint_cnn", "--against", "shipped-lenet5", "--criterion", "size"]
    html, markdown = tmp_path / "a.html", tmp_path / "a.md"
    assert main([*common, "-o", str(html)]) == 0
    assert main([*common, "-o", str(markdown)]) == 0  # the ending tells the format
    capsys.readouterr()
    assert main([*common, "--format", "markdown", "-o", str(markdown)]) == 0
    assert capsys.readouterr().err == f"cnnviz: replaced {markdown}\n"
    assert main([*common, "--format", "html", "-o", str(markdown)]) == 2
    assert main([*common, "-o", str(tmp_path / "report.txt")]) == 2
    assert not (tmp_path / "report.txt").exists()
    assert Page.read(html.read_text(encoding="utf-8")).open == []
    text = markdown.read_text(encoding="utf-8")
    assert "By size, SprintCNN ranks first of 2" in text
    assert " ".join(["python -m cnnviz report", *common[:1], "--criterion size"]) in text
    assert "--against shipped-lenet5 --format html" in text


@pytest.mark.parametrize("key", ["shipped-nothing", "fresh-lenet5", "../../etc"])
def test_an_unknown_key_is_one_sentence(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([key]) == 2
    told = capsys.readouterr().err
    assert told.startswith(
        f"cnnviz: network must be a shipped network or a run's id, got '{key}': "
    )
    assert "choose shipped-" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("key", ["shipped-lenet", "lenet5", "shipped-lenet-5"])
def test_a_key_that_is_nearly_right_is_suggested(
    key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([key]) == 2
    assert "did you mean shipped-lenet5" in capsys.readouterr().err


def test_a_damaged_run_is_called_so(capsys: pytest.CaptureFixture[str]) -> None:
    run = finished_run(Settings(model="lenet5"))
    run.weights.with_name("config.json").write_text("{}")
    assert main([run.key]) == 2
    assert capsys.readouterr().err.endswith("another version of cnnviz, or is damaged\n")


def test_a_folder_that_is_not_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["shipped-sprint_cnn", "--against", "-o", str(tmp_path / "no" / "a.html")]) == 2
    assert capsys.readouterr().err == f"cnnviz: output folder must exist, got {tmp_path / 'no'}\n"
