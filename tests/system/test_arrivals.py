"""The queue in a folder: order of arrival, and who dies in it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz.system.arrivals import ArrivalQueue

ROOT = Path(__file__).parents[2]


def test_who_arrived_first_has_nobody_ahead(tmp_path: Path) -> None:
    first, second, third = (ArrivalQueue(tmp_path / "queue") for _ in range(3))
    for place in (first, second, third):
        place.join()
        place.join()  # once is enough
    assert [place.ahead() for place in (first, second, third)] == [0, 1, 2]
    assert first.length() == 3
    first.leave()
    assert [place.ahead() for place in (second, third)] == [0, 1]
    first.join()  # at the end
    assert [place.ahead() for place in (first, second, third)] == [2, 0, 1]
    for place in (first, second, third):
        place.leave()
        place.leave()
    assert (third.length(), list((tmp_path / "queue").iterdir())) == (0, [])


def test_outside_the_queue_nobody_is_ahead_and_nothing_is_created(tmp_path: Path) -> None:
    place = ArrivalQueue(tmp_path / "queue")
    assert (place.ahead(), place.length()) == (0, 0)
    place.leave()
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_is_killed_leaves_the_queue(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from cnnviz.system.arrivals import ArrivalQueue;"
        "place = ArrivalQueue(Path(sys.argv[1])); place.join(); print(1, flush=True); input()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline()
        place = ArrivalQueue(tmp_path)
        place.join()
        assert place.ahead() == 1
        process.kill()
        process.wait()
        assert place.ahead() == 0
    assert len(list(tmp_path.iterdir())) == 1  # its own: that of the dead process is removed
    place.leave()


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps what another process has open")
def test_a_place_that_was_removed_is_taken_anew(tmp_path: Path) -> None:
    place, other = ArrivalQueue(tmp_path), ArrivalQueue(tmp_path)
    place.join()
    other.join()
    for path in tmp_path.iterdir():
        path.unlink()
    other.join()
    place.join()
    assert (other.ahead(), place.ahead()) == (0, 1)
    place.leave()
    other.leave()
