import hashlib
import json
import shutil
from pathlib import Path

import pytest
import torch

from cnnviz.data.canvases import held_out_canvases
from cnnviz.data.mnist import load_digits
from cnnviz.models.catalog import CATALOG, architecture
from cnnviz.system.job_index import JobIndex
from cnnviz.system.paths import CHECKPOINTS
from cnnviz.training.engine.detection import Targets
from cnnviz.training.engine.settings import Settings
from cnnviz.training.engine.tasks import evaluate_detection
from cnnviz.training.runs import checkpoint, networks, snapshots
from cnnviz.training.runs.checkpoint import CheckpointError
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run
from cnnviz.training.ship import RECIPES
from tests.on_disk import make_run

PROMISED = {"mnist_cnn": 0.993, "mnist_fcn": 0.993, "lenet5": 0.988}

LEAST = 0.985  # of every other one
CLASSIFY = [n.architecture_key for n in networks.shipped() if n.task == "classify"]

shipped = pytest.mark.parametrize("key", CLASSIFY)


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped files to damage."""
    folder = tmp_path / "checkpoints"
    shutil.copytree(CHECKPOINTS, folder)
    monkeypatch.setattr(networks, "CHECKPOINTS", folder)
    return folder


def trained(seed: int, *, accuracy: float | None = 0.5) -> Run:
    """A run that has written weights."""
    settings = Settings(model="lenet5", seed=seed)
    tested = {"test_accuracy": accuracy, "tested_on": "20 test digits"}
    return make_run(settings, weights=seed, **tested)


# The shipped ones


def test_the_promised_networks_ship_in_the_catalogs_order() -> None:
    keys = [network.architecture_key for network in networks.shipped()]
    assert set(PROMISED) <= set(keys)
    assert keys == [key for key in CATALOG if key in keys]


@shipped
def test_a_shipped_network_keeps_its_promise(key: str) -> None:
    network = networks.find_network(f"shipped-{key}")
    assert network.accuracy is not None
    assert network.accuracy >= PROMISED.get(key, LEAST)
    assert network.tested_on == "the 10,000 test digits of MNIST"


@shipped
def test_a_shipped_network_is_as_good_as_its_card_says(key: str) -> None:
    network, digits = networks.find_network(f"shipped-{key}"), load_digits("embedded")
    row, model = architecture(key), networks.load_network(network).model
    frame = (row.input_size - 28) // 2
    x = torch.nn.functional.pad(torch.from_numpy(digits.test_images) / 255, [frame] * 4)
    with torch.inference_mode():
        answers = model((x - 0.1307) / 0.3081).argmax(dim=1).numpy()
    right = (answers == digits.test_labels).mean()
    # the arithmetic of another processor may decide a doubtful digit otherwise
    assert right == pytest.approx(networks.card(network)["accuracy_embedded"], abs=0.0011)


@shipped
def test_a_card_tells_how_to_make_the_network_again(key: str) -> None:
    card = networks.card(networks.find_network(f"shipped-{key}"))
    settings = Settings.from_dict(card["settings"])
    assert settings.model == key
    assert settings.spare_embedded_test
    assert {"python", "torch"} <= card["versions"].keys()
    content = (CHECKPOINTS / f"{key}.safetensors").read_bytes()
    assert card["sha256"] == hashlib.sha256(content).hexdigest()


def test_the_shipped_files_are_small() -> None:
    sizes = [path.stat().st_size for path in CHECKPOINTS.glob("*.safetensors")]
    assert max(sizes) < 3_000_000
    assert sum(sizes) < 25_000_000


def test_the_shipped_detector_finds_what_its_card_says() -> None:
    network, digits = networks.find_network("shipped-detr"), load_digits("embedded")
    card = networks.card(network)
    assert card["accuracy"] >= 0.93
    assert 2 / (1 / card["precision"] + 1 / card["recall"]) == pytest.approx(card["accuracy"])
    assert card["settings"] == RECIPES["detr"].to_dict()
    assert card["trained_on"].startswith("59,000 digits of MNIST, the 1,000 embedded test digits")
    drawn = held_out_canvases(digits)
    targets = Targets(torch.from_numpy(drawn.labels), torch.from_numpy(drawn.boxes))
    result = evaluate_detection(
        networks.load_network(network).model, torch.from_numpy(drawn.images), targets
    )
    # the arithmetic of another processor may decide a doubtful digit otherwise
    assert result.accuracy == pytest.approx(card["accuracy_embedded"], abs=0.002)
    readme = (CHECKPOINTS.parent / "README.md").read_text(encoding="utf-8")
    assert f"F1 of {network.accuracy:.2%}" in readme


def test_networks_are_listed_by_what_they_do() -> None:
    classify, detect = networks.networks("classify"), networks.networks("detect")
    assert {network.key for network in detect} == {"shipped-detr"}
    assert {*classify, *detect} == {*networks.networks()}


def test_a_loaded_network_is_ready_to_use() -> None:
    for network in networks.shipped():
        model = networks.load_network(network).model
        assert not any(module.training for module in model.modules())
        assert not any(parameter.requires_grad for parameter in model.parameters())


def test_a_shipped_file_with_a_flipped_bit_is_refused(copy: Path) -> None:
    path = copy / "lenet5.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"is missing, or not as it shipped\. Restore it"):
        networks.load_network(networks.find_network("shipped-lenet5"))


def test_another_file_in_place_of_the_shipped_one_is_refused(copy: Path) -> None:
    weights = architecture("lenet5").build().state_dict()
    checkpoint.save_checkpoint(copy / "lenet5.safetensors", weights, {})
    with pytest.raises(CheckpointError, match=r"is missing, or not as it shipped\. Restore it"):
        networks.load_network(networks.find_network("shipped-lenet5"))


def test_a_missing_shipped_file_is_named(copy: Path) -> None:
    (copy / "lenet5.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"lenet5\.safetensors is missing, or not"):
        networks.load_network(networks.find_network("shipped-lenet5"))


def test_without_a_card_a_network_is_not_offered(copy: Path) -> None:
    (copy / "lenet5.json").unlink()
    assert "shipped-lenet5" not in [network.key for network in networks.shipped()]


# Those that were trained here


def test_a_run_with_weights_is_offered_after_the_shipped_ones() -> None:
    run = trained(seed=1, accuracy=0.75)
    found = networks.networks()[-1]
    assert [network.key for network in networks.networks()] == [
        *(network.key for network in networks.shipped()),
        run.id,
    ]
    assert (found.title, found.architecture_key) == (run.title(), "lenet5")
    assert (found.accuracy, found.tested_on) == (0.75, "20 test digits")


def test_a_run_without_weights_is_not_offered() -> None:
    make_run(state="queued")
    assert networks.trained() == []


def test_a_runs_weights_are_loaded_as_they_were_saved() -> None:
    run = trained(seed=3)
    torch.manual_seed(3)
    expected = architecture("lenet5").build().state_dict()
    weights = networks.load_network(networks.find_network(run.id)).model.state_dict()
    assert all(torch.equal(weights[name], expected[name]) for name in expected)


def test_the_version_changes_with_the_weights() -> None:
    run = trained(seed=1)
    before = networks.find_network(run.id).version
    weights = architecture("lenet5").build().state_dict()
    checkpoint.save_checkpoint(run.path / "weights.safetensors", weights, {})
    assert networks.find_network(run.id).version != before


def test_weights_of_another_architecture_are_refused() -> None:
    run = trained(seed=1)
    weights = architecture("mnist_cnn").build().state_dict()
    checkpoint.save_checkpoint(run.path / "weights.safetensors", weights, {})
    with pytest.raises(ValueError, match="weights must match lenet5, got no "):
        networks.load_network(networks.find_network(run.id))


@pytest.mark.parametrize("key", ["", "shipped-vgg19", "20240101-120000-abcdef", "../lenet5"])
def test_an_unknown_network_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="network must be a shipped network or a run's id, got"):
        networks.find_network(key)


def test_one_network_is_found_without_reading_the_others(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained(1)
    (copy / "resnet20.json").write_text("{")
    monkeypatch.setattr(JobIndex, "entries", lambda *_: pytest.fail("all runs were read"))
    assert networks.find_network(run.id).title == run.title()
    assert networks.find_network("shipped-lenet5").weights == copy / "lenet5.safetensors"


# Snapshots of a training


@pytest.fixture
def run() -> Run:
    """A run of two passes of 10 steps with four snapshots, the last one damaged."""
    run = trained(seed=1)
    settings = Settings(model="lenet5", epochs=2).to_dict()
    config = json.loads((run.path / "config.json").read_text()) | {"settings": settings}
    (run.path / "config.json").write_text(json.dumps(config))
    (run.path / "moments").mkdir()
    for step in (0, 3, 10):
        torch.manual_seed(step)
        weights = checkpoint.compact(architecture("lenet5").build().state_dict())
        checkpoint.save_checkpoint(snapshots.snapshot_path(run.path, step), weights, {})
    snapshots.snapshot_path(run.path, 16).write_bytes(b"half of")
    confusion = [[1] * 10] * 10
    row = {"kind": "epoch", "epoch": 1, "step": 10, "seconds": 1.0, "took": 1.0, "test_loss": 0.5}
    row |= {"test_accuracy": 0.25, "confusion": confusion, "measures": {}}
    (run.path / "metrics.jsonl").write_text(json.dumps(row) + "\n")
    run.write_status(Status(state="stopped", total_steps=20, tested_on="20 test digits"))
    return run


def test_the_snapshots_of_a_run_are_networks_of_their_own(run: Run) -> None:
    snapshot_networks = networks.snapshots_of(networks.find_network(run.id))
    assert [network.key for network in snapshot_networks] == [
        f"{run.id}@{step}" for step in (0, 3, 10, 16)
    ]
    assert [network.step for network in snapshot_networks] == [0, 3, 10, 16]
    assert [network.accuracy for network in snapshot_networks] == [None, None, 0.25, None]
    assert snapshot_networks[1].title == f"{run.title()}, step 3 (epoch 0.3)"
    assert all(networks.find_network(network.key) == network for network in snapshot_networks)
    assert not {network.key for network in snapshot_networks} & {n.key for n in networks.networks()}


def test_a_snapshot_loads_as_it_was_to_eleven_bits(run: Run) -> None:
    model = networks.load_network(networks.find_network(f"{run.id}@3")).model
    torch.manual_seed(3)
    for key, weight in architecture("lenet5").build().state_dict().items():
        tensor = model.state_dict()[key]
        assert tensor.dtype == torch.float32
        assert torch.allclose(tensor, weight, rtol=2**-11, atol=2**-25)


def test_a_damaged_snapshot_is_refused_and_hides_no_other(run: Run) -> None:
    with pytest.raises(CheckpointError, match=r"16\.safetensors is damaged and was not loaded"):
        networks.load_network(networks.find_network(f"{run.id}@16"))
    assert len(networks.snapshots_of(networks.find_network(run.id))) == 4


@pytest.mark.parametrize(
    "step", ["", "5", "03", "-1", "3/../0", "../weights", "3@3", "3.safetensors", " 3", "\0", "²"]
)
def test_a_snapshot_that_does_not_exist_is_refused(run: Run, step: str) -> None:
    with pytest.raises(ValueError, match="network must be a shipped network or a run's id, got"):
        networks.find_network(f"{run.id}@{step}")


def test_a_shipped_network_and_a_deleted_run_have_no_snapshots(run: Run) -> None:
    network = networks.find_network(run.id)
    run.delete()
    assert networks.snapshots_of(network) == []
    assert networks.snapshots_of(networks.find_network("shipped-lenet5")) == []
    with pytest.raises(ValueError, match="network must be a shipped network or a run's id, got"):
        networks.find_network("shipped-lenet5@0")


def test_a_damaged_log_costs_only_the_accuracies(run: Run) -> None:
    (run.path / "metrics.jsonl").write_text('{"kind": "epoch", "step": [7]}\n')
    snapshot_networks = networks.snapshots_of(networks.find_network(run.id))
    assert [network.accuracy for network in snapshot_networks] == [None] * 4


def test_a_network_is_plain_data_that_a_cache_can_hash() -> None:
    first, second = networks.shipped()[0], networks.shipped()[0]
    assert isinstance(first, TrainedNetwork)
    assert hash(first) == hash(second)
    assert json.dumps(first.key)


@shipped
def test_the_readme_says_what_the_card_says(key: str) -> None:
    network = networks.find_network(f"shipped-{key}")
    parameters = sum(p.numel() for p in networks.load_network(network).model.parameters())
    row = f"| {network.title} | {parameters:,} | {network.accuracy:.2%} |"
    assert row in (CHECKPOINTS.parent / "README.md").read_text(encoding="utf-8")
