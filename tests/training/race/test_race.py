"""What a race is, on disk and in numbers: the same digits in the same order for everybody."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from cnnviz.data.mnist import Digits
from cnnviz.models.catalogue import CATALOGUE, architecture
from cnnviz.models.structure.counts import count
from cnnviz.models.structure.trace import trace_architecture
from cnnviz.training.engine.settings import PRESETS, Settings
from cnnviz.training.engine.setup import build_network
from cnnviz.training.engine.trainer import Trainer
from cnnviz.training.race import race
from cnnviz.training.race.costs import NetworkCost, images_seen, training_macs
from cnnviz.training.race.plan import plan_race
from cnnviz.training.race.race import Race
from cnnviz.training.runs import store
from cnnviz.training.runs.records import RunError, Status
from tests.on_disk import make_race

FewDigits = Callable[..., Digits]


def made(models: tuple[str, ...] = ("mnist_cnn", "lenet5"), seeds: int = 2) -> Race:
    return make_race(models, seeds=seeds, state="stopped", step=3, total_steps=9)


def states(found: Race, *each: str) -> str:
    for one, state in zip(found.entries(), each, strict=True):
        one.run.write_status(Status(state=state))
    return found.state()


# The same for all


@pytest.mark.parametrize("preset", list(PRESETS))
def test_contestants_differ_in_network_seed_and_learning_rate_alone(preset: str) -> None:
    models = ["vit", "lenet5", "sprint_cnn", "mobilenet_v1"]
    plan = plan_race(models, preset=preset, seeds=[0, 1, 2], source="embedded")
    assert [(s.model, s.seed) for s in plan] == [(m, seed) for m in models for seed in (0, 1, 2)]
    own = {"model": "lenet5", "seed": 0, "learning_rate": 0.5}
    assert len({settings.replace(**own) for settings in plan}) == 1
    for settings in plan:
        assert settings.learning_rate == PRESETS[preset].settings(settings.model).learning_rate


@pytest.mark.parametrize("augmentation", [0.0, 1.0])
def test_two_networks_are_fed_the_same_batches_in_the_same_order(
    few_digits: FewDigits, augmentation: float
) -> None:
    plan = plan_race(["mnist_cnn", "resnet8", "lenet5"], preset="quick", seeds=[3], epochs=2)
    digits = few_digits(100)
    fed = [batches(s.replace(batch_size=32, augmentation=augmentation), digits) for s in plan]
    assert len(fed[0]) == 8  # two passes of 32, 32, 32 and 4
    for (x, labels), (other, same), (larger, too) in zip(*fed, strict=True):
        assert torch.equal(labels, same)
        assert torch.equal(labels, too)
        assert torch.equal(x, other)
        assert larger.shape[-1] == 32  # LeNet-5 reads the same pixels with a margin
    another = batches(plan[0].replace(seed=4, batch_size=32), digits)
    assert [len(labels) for _, labels in another] == [32, 32, 32, 4] * 2
    assert not all(torch.equal(a[1], b[1]) for a, b in zip(fed[0], another, strict=True))


def batches(settings: Settings, digits: Digits) -> list[tuple[Tensor, Tensor]]:
    """What the trainer learns from, step by step, read where it hands it to the network's loss."""
    trainer = Trainer(build_network(settings.replace(device="cpu")), digits, settings)
    seen: list[tuple[Tensor, Tensor]] = []
    original = trainer.task.batch

    def batch(*arguments: Any) -> Any:
        x, labels = original(*arguments)
        seen.append((x.clone(), labels.clone()))
        return x, labels

    trainer.task.batch = batch  # type: ignore[method-assign]
    for _ in trainer.events():
        pass
    return seen


@pytest.mark.parametrize(
    ("models", "seeds", "words"),
    [
        (["lenet5"], [0], "2 to 4"),
        (["lenet5", "lenet5"], [0], "2 to 4"),
        (["lenet5", "vgg11", "vgg16", "vit", "swin"], [0], "2 to 4"),
        (["lenet5", "vit"], [], "1 to 5"),
        (["lenet5", "vit"], [0, 1, 2, 3, 4, 5], "1 to 5"),
        (["lenet5", "vit"], [0, 0], "1 to 5"),
        (["lenet5", "detr"], [0], "same task, got classifiers and detectors"),
    ],
)
def test_what_cannot_race_is_refused(models: list[str], seeds: list[int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        plan_race(models, preset="quick", seeds=seeds)


# Numbers


def test_images_are_counted_with_the_smaller_last_batch() -> None:
    # 10 digits in batches of 4: 4, 8, 10, then the next pass
    counted = [images_seen(step, batch_size=4, digits=10) for step in range(8)]
    assert counted == [0, 4, 8, 10, 14, 18, 20, 24]


def test_training_takes_three_forward_passes_a_digit() -> None:
    # LeNet-5 by hand: 6 maps of 28x28 from 5x5; 16 of 10x10 from 6x5x5; 120 from 16x5x5; 84; 10
    forward = 6 * 28**2 * 25 + 16 * 10**2 * 6 * 25 + 120 * 16 * 25 + 120 * 84 + 84 * 10
    row = architecture("lenet5")
    assert count(trace_architecture(row, published=False)).macs == forward
    assert training_macs(forward, 1000) == 3 * forward * 1000


# On disk


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
    with pytest.raises(RunError, match="no such race"):
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


def test_every_classifier_can_race() -> None:
    keys = [key for key, row in CATALOGUE.items() if row.task == "classify"]
    for first, second in itertools.pairwise(keys):
        assert len(plan_race([first, second], preset="fast", seeds=[0])) == 2


def test_a_folder_tells_a_race_from_a_run() -> None:
    found = made()
    assert race.is_race(found.path)
    assert not race.is_race(found.entries()[0].run.path)
    assert not race.is_race(Path("nowhere"))
