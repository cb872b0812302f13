"""A bad argument of any command: one sentence on standard error, and the exit status 2."""

import pytest

from cnnviz.system.cli import Parser


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--epochs", "many"], "'many'"),
        (["--epochs"], "--epochs"),
        (["--epochs", "1", "--speed", "9"], "--speed 9"),
        ([], "--epochs"),
    ],
)
def test_a_bad_argument_is_one_sentence_and_exit_status_2(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = Parser()
    parser.add_argument("--epochs", type=int, required=True)
    with pytest.raises(SystemExit) as left:
        parser.parse_args(arguments)
    out, err = capsys.readouterr()
    assert (left.value.code, out) == (2, "")
    assert err.startswith("cnnviz: ")
    assert err.endswith("\n")
    assert err.count("\n") == 1
    assert named in err


def test_good_arguments_are_parsed_as_ever() -> None:
    parser = Parser()
    parser.add_argument("--epochs", type=int)
    assert parser.parse_args(["--epochs", "3"]).epochs == 3
