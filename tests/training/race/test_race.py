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
    new_race = made()
    assert race.races() == [new_race]
    assert race.find_race(new_race.id) == new_race
    assert new_race.models() == ["mnist_cnn", "lenet5"]
    assert new_race.title() == "MnistCNN, fully connected head · LeNet-5, 2 seeds"
    assert {run.id for run in store.runs()} == {entry.run.id for entry in new_race.entries()}
    first = new_race.entries()[0].run
    assert first.config()["race"] == new_race.id
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
    new_race = made()
    (new_race.path / "race.json").write_text(record)
    assert race.races() == []
    with pytest.raises(RunError):
        race.find_race(new_race.id)


def test_a_race_is_in_the_state_that_needs_the_user_most() -> None:
    new_race = made()
    assert states(new_race, "finished", "finished", "finished", "finished") == "finished"
    assert states(new_race, "finished", "diverged", "failed", "finished") == "finished"
    assert states(new_race, "finished", "stopped", "finished", "finished") == "stopped"
    assert states(new_race, "failed", "failed", "diverged", "failed") == "failed"
    assert (
        states(new_race, "running", "stopped", "finished", "finished") == "interrupted"
    )  # no lock
    assert not new_race.live()


def test_what_was_asked_for_shows_before_it_is_done() -> None:
    new_race = made(seeds=1)
    first, second = [entry.run for entry in new_race.entries()]
    with first.launching(), second.launching():
        first.write_status(Status(state="running"))
        second.write_status(Status(state="running"))
        assert new_race.state() == "running"
        first.request("pause")
        assert new_race.state() == "running"  # one of them, on its own page
        second.request("pause")
        assert new_race.state() == "pausing"
        first.write_status(Status(state="paused"))
        assert new_race.state() == "pausing"
        second.write_status(Status(state="paused"))
        assert new_race.state() == "paused"
        new_race.request("run")
        assert new_race.state() == "resuming"
        first.write_status(Status(state="running"))
        assert new_race.state() == "running"
        new_race.request("stop")
        assert new_race.state() == "stopping"


def test_a_wish_reaches_those_that_are_still_in_the_race() -> None:
    new_race = made()
    first, *others = [entry.run for entry in new_race.entries()]
    with first.launching():
        first.write_status(Status(state="running"))
        new_race.request("pause")
        assert first.control().want == "pause"
        assert {run.control().want for run in others} == {"run"}
        assert new_race.live()
        with pytest.raises(RunError, match="stop it first"):
            new_race.delete()


def test_deleting_a_race_takes_its_runs_with_it() -> None:
    new_race, other = made(), made(("vgg11", "lenet5"), 1)
    new_race.entries()[0].run.delete()
    assert len(new_race.present()) == 3
    new_race.delete()
    assert race.races() == [other]
    assert {run.id for run in store.runs()} == {entry.run.id for entry in other.entries()}


def test_a_race_whose_runs_were_deleted_is_still_there() -> None:
    new_race = made(seeds=1)
    for run in new_race.present():
        run.delete()
    assert (new_race.present(), new_race.state(), new_race.live()) == ([], "stopped", False)
    new_race.request("stop")
    new_race.delete()


def test_figures_are_there_once_they_have_been_written() -> None:
    new_race = made()
    assert new_race.network_costs() == ({}, 0)
    new_race.write_network_costs({"lenet5": NetworkCost(61_706, 416_520)}, 4000)
    assert new_race.network_costs() == ({"lenet5": NetworkCost(61_706, 416_520)}, 4000)
    (new_race.path / "figures.json").write_text(json.dumps({"networks": [1]}))
    assert new_race.network_costs() == ({}, 0)


def test_a_folder_tells_a_race_from_a_run() -> None:
    new_race = made()
    assert race.is_race(new_race.path)
    assert not race.is_race(new_race.entries()[0].run.path)
    assert not race.is_race(Path("nowhere"))
