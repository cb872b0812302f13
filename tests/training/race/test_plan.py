"""Settings of a race: the same digits in the same order for every network."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from cnnviz.data.mnist import Digits
from cnnviz.models.catalog import CATALOG
from cnnviz.training.engine.settings import PRESETS, Settings
from cnnviz.training.engine.setup import build_network
from cnnviz.training.engine.trainer import Trainer
from cnnviz.training.race.plan import plan_race

FewDigits = Callable[..., Digits]


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


def test_every_classifier_can_race() -> None:
    keys = [key for key, row in CATALOG.items() if row.task == "classify"]
    for first, second in itertools.pairwise(keys):
        assert len(plan_race([first, second], preset="fast", seeds=[0])) == 2
