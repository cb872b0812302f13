"""Races on disk: found again, in the state that matters most, asked, deleted."""

import json
import re
from pathlib import Path

import pytest

from cnnviz.training.race import race
from cnnviz.training.race.costs import NetworkCost
from cnnviz.training.race.race import Race
from cnnviz.training.runs import store
from cnnviz.training.runs.records import RunError, Status
from tests.on_disk import make_race


def made(models: tuple[str, ...] = ("mnist_cnn", "lenet5"), seeds: int = 2) -> Race:
    return make_race(models, seeds=seeds, state="stopped", step=3, total_steps=9)


def states(found: Race, *each: str) -> str:
    for one, state in zip(found.entries(), each, strict=True):
        one.run.write_status(Status(state=state))
    return found.state()


def test_a_race_is_found_again_and_its_runs_are_runs_like_any_other() -> None:
    found = made()
    assert race.races() == [found]
    assert race.find_race(found.id) == found
    assert found.models() == ["mnist_cnn", "lenet5"]
    assert found.title() == "MnistCNN, fully connected head · LeNet-5, 2 seeds"
    assert {run.id for run in store.runs()} == {one.run.id for one in found.entries()}
    first = found.entries()[0].run
    assert first.config()["race"] == found.id
    assert first.title() == "MnistCNN, fully connected head · race, seed 0"
    assert first.settings().epochs == 1


@pytest.mark.parametrize("key", ["", "..", "../x", "20250101-000000-000000", "/etc/passwd"])
def test_anything_but_a_known_id_is_refused(key: str) -> None:
    with pytest.raises(
        RunError, match=re.escape(f"race must exist, got {key!r}: it may have been deleted")
    ):
        race.find_race(key)


@pytest.mark.parametrize(
    "record",
    [
        "{",
        "[]",
        "{}",
        '{"contestants": []}',
        '{"contestants": [{"model": "nothing", "seed": 0, "run": "20250101-000000-000000"}]}',
        '{"contestants": [{"model": "lenet5", "seed": 0, "run": "../../etc"}], "created": "x"}',
    ],
)
def test_a_damaged_record_is_not_listed(record: str) -> None:
    found = made()
    (found.path / "race.json").write_text(record)
    assert race.races() == []
    with pytest.raises(RunError):
        race.find_race(found.id)


def test_a_race_is_in_the_state_that_needs_the_user_most() -> None:
    found = made()
    assert states(found, "finished", "finished", "finished", "finished") == "finished"
    assert states(found, "finished", "diverged", "failed", "finished") == "finished"
    assert states(found, "finished", "stopped", "finished", "finished") == "stopped"
    assert states(found, "failed", "failed", "diverged", "failed") == "failed"
    assert states(found, "running", "stopped", "finished", "finished") == "interrupted"  # no lock
    assert not found.live()


def test_what_was_asked_for_shows_before_it_is_done() -> None:
    found = made(seeds=1)
    first, second = [one.run for one in found.entries()]
    with first.launching(), second.launching():
        first.write_status(Status(state="running"))
        second.write_status(Status(state="running"))
        assert found.state() == "running"
        first.request("pause")
        assert found.state() == "running"  # one of them, on its own page
        second.request("pause")
        assert found.state() == "pausing"
        first.write_status(Status(state="paused"))
        assert found.state() == "pausing"
        second.write_status(Status(state="paused"))
        assert found.state() == "paused"
        found.request("run")
        assert found.state() == "resuming"
        first.write_status(Status(state="running"))
        assert found.state() == "running"
        found.request("stop")
        assert found.state() == "stopping"


def test_a_wish_reaches_those_that_are_still_in_the_race() -> None:
    found = made()
    first, *others = [one.run for one in found.entries()]
    with first.launching():
        first.write_status(Status(state="running"))
        found.request("pause")
        assert first.control().want == "pause"
        assert {run.control().want for run in others} == {"run"}
        assert found.live()
        with pytest.raises(RunError, match="stop it first"):
            found.delete()


def test_deleting_a_race_takes_its_runs_with_it() -> None:
    found, other = made(), made(("vgg11", "lenet5"), 1)
    found.entries()[0].run.delete()
    assert len(found.present()) == 3
    found.delete()
    assert race.races() == [other]
    assert {run.id for run in store.runs()} == {one.run.id for one in other.entries()}


def test_a_race_whose_runs_were_deleted_is_still_there() -> None:
    found = made(seeds=1)
    for run in found.present():
        run.delete()
    assert (found.present(), found.state(), found.live()) == ([], "stopped", False)
    found.request("stop")
    found.delete()


def test_figures_are_there_once_they_have_been_written() -> None:
    found = made()
    assert found.network_costs() == ({}, 0)
    found.write_network_costs({"lenet5": NetworkCost(61_706, 416_520)}, 4000)
    assert found.network_costs() == ({"lenet5": NetworkCost(61_706, 416_520)}, 4000)
    (found.path / "figures.json").write_text(json.dumps({"networks": [1]}))
    assert found.network_costs() == ({}, 0)


def test_a_folder_tells_a_race_from_a_run() -> None:
    found = made()
    assert race.is_race(found.path)
    assert not race.is_race(found.entries()[0].run.path)
    assert not race.is_race(Path("nowhere"))
