"""The command line as one types it; what each command does is tested beside it."""

import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.web import cli

from cnnviz.__main__ import COMMANDS, main

ROOT = Path(__file__).parents[1]


@pytest.fixture
def passed_on(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Streamlit's own command is given, in place of starting a server."""
    words: list[str] = []

    def run(arguments: list[str], **_: object) -> int:
        words.extend(arguments)
        return 0

    monkeypatch.setattr(cli, "main", run)
    return words


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ([], []),
        (["dashboard"], []),
        (["--server.port", "8502"], ["--server.port", "8502"]),
        (["dashboard", "--server.port=8502"], ["--server.port=8502"]),
    ],
)
def test_the_dashboard_is_run_by_streamlit_with_the_options_that_follow(
    words: list[str], options: list[str], passed_on: list[str]
) -> None:
    assert main(words) == 0
    assert passed_on == ["run", str(ROOT / "dashboard.py"), *options]


def test_help_of_the_program_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[0] for line in lines if line and line[0] in COMMANDS] == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_under_its_own_name(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([name, "--help"])
    assert capsys.readouterr().out.startswith(f"usage: cnnviz {name} [-h]")


def test_an_unknown_command_is_answered_with_the_ones_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["fly"])
    answer = capsys.readouterr().err
    assert answer.startswith("cnnviz: ")
    assert answer.count("\n") == 1  # one sentence
    assert "'fly'" in answer
    assert all(name in answer for name in COMMANDS)


def test_a_command_gets_the_words_behind_its_name_and_its_status_is_that_of_the_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words: list[str] = []

    def train(arguments: list[str]) -> int:
        words.extend(arguments)
        return 7

    monkeypatch.setattr("cnnviz.training.command.main", train)
    assert main(["train", "--epochs", "3", "--", "--help"]) == 7
    assert words == ["--epochs", "3", "--", "--help"]


def test_the_module_is_the_same_program() -> None:
    command = [sys.executable, "-m", "cnnviz", "--version"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout == "cnnviz 0.1.0\n"
