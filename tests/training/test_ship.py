import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from cnnviz.data.mnist import Digits
from cnnviz.training import ship
from cnnviz.training.engine.settings import PRESETS, Settings
from cnnviz.training.engine.setup import build_network
from cnnviz.training.engine.tasks import TASKS
from cnnviz.training.runs import checkpoint, networks
from cnnviz.training.runs.store import Run
from tests.on_disk import make_run

FewDigits = Callable[..., Digits]
RECIPE = Settings(model="detr", seed=3, source="full", spare_embedded_test=True)


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where this test's networks ship to."""
    for module in (ship, networks):
        monkeypatch.setattr(module, "CHECKPOINTS", tmp_path)
    monkeypatch.setattr(ship, "RECIPES", {"detr": RECIPE})
    return tmp_path


def finished(settings: Settings, state: str = "finished") -> Run:
    return make_run(settings, state=state, weights=settings.seed, seconds=12.34)


def test_a_finished_run_of_the_recipe_ships_its_own_weights(
    folder: Path, few_digits: FewDigits
) -> None:
    digits, embedded = few_digits(30, 40), few_digits(30, 20)
    ship.ship_run(finished(RECIPE), digits, embedded)
    card = json.loads((folder / "detr.json").read_text())
    [network] = networks.shipped()
    model, expected = networks.load_network(network).model, build_network(RECIPE)
    for name, tensor in expected.state_dict().items():
        assert torch.equal(model.state_dict()[name], tensor)
    assert (card["seconds"], card["settings"]) == (12.3, RECIPE.to_dict())
    for name, given in (("accuracy", digits), ("accuracy_embedded", embedded)):
        task = TASKS["detect"](RECIPE, given, torch.device("cpu"))
        assert card[name] == task.evaluate(expected).accuracy
    assert {"precision", "recall"} <= card.keys()


def test_a_row_without_a_recipe_ships_by_its_fast_preset_in_half_precision(
    folder: Path, few_digits: FewDigits
) -> None:
    settings = ship.recipe("lenet5")
    assert settings.spare_embedded_test
    fast = PRESETS["fast"].settings("lenet5")
    assert settings.replace(source=fast.source, spare_embedded_test=False) == fast
    digits, embedded = few_digits(30, 40), few_digits(30, 20)
    ship.ship_run(finished(settings), digits, embedded)
    stored, _ = checkpoint.load_checkpoint(folder / "lenet5.safetensors")
    assert {tensor.dtype for tensor in stored.values()} == {torch.float16}
    [network] = networks.shipped()
    model, exact = networks.load_network(network).model, build_network(settings).state_dict()
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, exact[name].half().float())
    task = TASKS["classify"](settings, digits, torch.device("cpu"))
    assert network.accuracy == task.evaluate(model).accuracy  # of what is stored


@pytest.mark.parametrize(
    ("settings", "state"),
    [(RECIPE, "stopped"), (RECIPE.replace(epochs=1), "finished"), (Settings(), "finished")],
)
def test_another_run_does_not_ship(
    settings: Settings, state: str, folder: Path, few_digits: FewDigits
) -> None:
    digits = few_digits(30, 20)
    with pytest.raises(
        ValueError, match="run must be finished, with the settings of the recipe of"
    ):
        ship.ship_run(finished(settings, state), digits, digits)
    assert not list(folder.glob("*.safetensors"))
