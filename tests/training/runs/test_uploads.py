"""Weights trained elsewhere: which files are accepted, and what the network is tested on."""

import io
import json
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor

from cnnviz.data.mnist import Digits
from cnnviz.models.catalog import CATALOG, architecture
from cnnviz.training import launch, worker
from cnnviz.training.runs import networks, store
from cnnviz.training.runs.export import events_to_csv
from cnnviz.training.runs.history import History
from cnnviz.training.runs.origin import Upload
from cnnviz.training.runs.uploads import read_weights
from tests.on_disk import initial_weights
from tests.waiting import until

FewDigits = Callable[..., Digits]
LENET = architecture("lenet5")
NAN, INFINITY = float("nan"), float("inf")


def content(**changes: Tensor | None) -> bytes:
    """LeNet-5's initial weights of seed 3 as a file, some replaced or left out."""
    tensors = initial_weights("lenet5", 3) | {n.replace("__", "."): t for n, t in changes.items()}
    return safetensors.torch.save({name: t for name, t in tensors.items() if t is not None})


def with_header(header: object, data: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def overlapping() -> bytes:
    """All of LeNet-5's tensors in the same bytes: a small file that claims to be whole."""
    tensors = initial_weights("lenet5", 3)
    longest = max(4 * tensor.numel() for tensor in tensors.values())
    header = {
        name: {"dtype": "F32", "shape": list(t.shape), "data_offsets": [0, 4 * t.numel()]}
        for name, t in tensors.items()
    }
    return with_header(header, bytes(longest))


def saved_by_torch(*, old: bool) -> bytes:
    buffer = io.BytesIO()
    torch.save(initial_weights("lenet5", 3), buffer, _use_new_zipfile_serialization=not old)
    return buffer.getvalue()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_weights_of_any_float_type_are_read_as_the_architectures(dtype: torch.dtype) -> None:
    original = {name: t.to(dtype) for name, t in initial_weights("lenet5", 3).items()}
    weights = read_weights(safetensors.torch.save(original), LENET)
    assert weights.keys() == original.keys()
    for name, weight in weights.items():
        assert weight.dtype == torch.float32
        assert torch.equal(weight, original[name].float())


@pytest.mark.parametrize("key", CATALOG)
def test_the_weights_of_every_architecture_are_accepted(key: str) -> None:
    original = initial_weights(key, 1)
    weights = read_weights(safetensors.torch.save(original), CATALOG[key])
    assert all(torch.equal(weights[name], original[name]) for name in original)
    assert [t.dtype for t in weights.values()] == [t.dtype for t in original.values()]


FORMAT = "file must be in the safetensors format, got another one or a damaged file"
REFUSED: dict[str, tuple[bytes, str]] = {
    "a zip of torch.save": (saved_by_torch(old=False), "got one of torch.save, which can run code"),
    "a pickle": (saved_by_torch(old=True), "got one of torch.save, which can run code"),
    "empty": (b"", FORMAT),
    "no header": (b"\x00" * 200, FORMAT),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), FORMAT),
    "a list": (with_header([1, 2]), FORMAT),
    "half of it": (content()[:100_000], FORMAT),
    "one byte more": (content() + b"\x00", FORMAT),
    "another tensor": (
        content(extra=torch.zeros(2)),
        "weights must match LeNet-5, got another tensor extra",
    ),
    "a tensor less": (content(c3__bias=None), "weights must match LeNet-5, got no c3.bias"),
    "another shape": (
        content(c1__weight=torch.zeros(6, 1, 3, 3)),
        "weights must match LeNet-5, got c1.weight of shape (6, 1, 3, 3), not (6, 1, 5, 5)",
    ),
    "whole numbers": (
        content(c1__bias=torch.zeros(6, dtype=torch.int64)),
        "type of c1.bias must be one of F16, BF16, F32, F64, got I64",
    ),
    "NaN": (
        content(c1__bias=torch.full((6,), NAN)),
        "weights must be finite, got NaN or infinity in c1.bias",
    ),
    "infinity": (
        content(c1__bias=torch.full((6,), INFINITY)),
        "weights must be finite, got NaN or infinity in c1.bias",
    ),
    "more than float32 holds": (
        content(c1__bias=torch.full((6,), 1e300, dtype=torch.float64)),
        "weights must be finite, got NaN or infinity in c1.bias",
    ),
    "a claim of 37 GB": (
        with_header({"c1.weight": {"dtype": "F32", "shape": [10**10], "data_offsets": [0, 4]}}),
        "weights must match LeNet-5, got c1.weight of shape (10000000000,), not (6, 1, 5, 5)",
    ),
    "tensors that share bytes": (overlapping(), FORMAT),
    "a long name": (
        with_header({"x" * 300: {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, bytes(4)),
        FORMAT,
    ),
    "lists within lists": (
        (400_000).to_bytes(8, "little") + b'{"a":' + b"[" * 400_000,
        FORMAT,
    ),
    "too large": (
        bytes(2_000_000),
        "weights of LeNet-5 must have at most 1,493,648 bytes, got 2,000,000",
    ),
}


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_used_is_refused_with_the_first_reason(
    data: bytes, message: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        read_weights(data, LENET)


def test_no_pickle_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[object] = []
    monkeypatch.setattr(torch, "load", lambda *given, **_: loaded.append(given))
    with pytest.raises(ValueError, match="can run code"):
        read_weights(saved_by_torch(old=False), LENET)
    assert loaded == []


@pytest.fixture
def in_place(monkeypatch: pytest.MonkeyPatch, quick: None) -> None:
    """Uploads are tested here, on few digits, not in a process."""
    del quick

    def execute(path: object, runs: list[store.Run]) -> None:
        del path
        runs[0].change_state("queued")
        worker.execute_run(runs[0])

    monkeypatch.setattr(launch, "_launch", execute)


@pytest.mark.usefixtures("in_place")
def test_uploaded_weights_are_tested_once_on_the_test_digits(few_digits: FewDigits) -> None:
    run = launch.upload_weights(content(), "mine.safetensors", "lenet5", source="embedded")
    digits = few_digits(100, 40)
    model = LENET.build().eval()
    model.load_state_dict(initial_weights("lenet5", 3))
    x = torch.nn.functional.pad(torch.from_numpy(digits.test_images) / 255, [2] * 4)
    answers = model((x - 0.1307) / 0.3081).argmax(dim=1).numpy()
    confusion = np.zeros((10, 10), int)
    np.add.at(confusion, (digits.test_labels, answers), 1)
    status = run.status()
    assert status.test_accuracy == float((answers == digits.test_labels).mean())
    assert (status.state, status.tested_on) == ("finished", "40 test digits (embedded)")
    assert (status.trained_on, status.hardware, status.seconds) == ("", "", 0.0)
    [epoch] = History(run).read().epochs
    assert epoch["confusion"] == confusion.tolist()
    assert events_to_csv(run).startswith("kind,epoch,step")


@pytest.mark.usefixtures("in_place")
def test_an_upload_is_a_network_like_any_run_and_can_be_deleted() -> None:
    run = launch.upload_weights(content(), "my\x00 weights.safetensors", "lenet5")
    upload = run.upload()
    assert isinstance(upload, Upload)
    assert upload.file == "my weights.safetensors"
    assert run.title() == "LeNet-5 · my weights.safetensors"
    [network] = networks.trained()
    assert (network.key, network.title) == (run.id, run.title())
    assert network.accuracy == run.status().test_accuracy
    loaded = networks.load_network(networks.find_network(run.id)).model.state_dict()
    original = initial_weights("lenet5", 3)
    assert all(torch.equal(loaded[name], original[name]) for name in original)
    assert networks.snapshots_of(network) == []
    assert read_weights(run.weights.read_bytes(), LENET).keys() == original.keys()
    run.delete()
    assert store.runs() == networks.trained() == []


@pytest.mark.usefixtures("in_place")
def test_a_detector_is_tested_with_its_own_measures() -> None:
    file = safetensors.torch.save(initial_weights("detr", 1))
    run = launch.upload_weights(file, "detr.safetensors", "detr", source="embedded")
    assert run.status().tested_on == "40 canvases of test digits (embedded)"
    [epoch] = History(run).read().epochs
    assert set(epoch["measures"]) == {"precision", "recall"}


def test_a_refused_file_leaves_no_run() -> None:
    with pytest.raises(ValueError, match=r"got no c3\.bias"):
        launch.upload_weights(content(c3__bias=None), "a.safetensors", "lenet5")
    assert store.runs() == []


def test_a_process_tests_an_upload() -> None:
    run = launch.upload_weights(content(), "a.safetensors", "lenet5", source="embedded")
    until(lambda: not run.status().live)
    status: Any = run.status()
    assert status.state == "finished", status.message
    assert status.tested_on == "1,000 test digits (embedded)"
    assert 0 <= status.test_accuracy <= 1


@pytest.mark.usefixtures("quick")
def test_a_trainer_needs_no_more_than_the_folder_of_an_upload(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(launch, "_launch", Mock())
    run = launch.upload_weights(content(), "a.safetensors", "lenet5", source="embedded")
    monkeypatch.setenv("CNNVIZ_RUNS_DIR", str(tmp_path / "elsewhere"))  # as of a spare trainer
    worker.execute_run(run)
    status = run.recorded_status()
    assert status.state == "finished", status.message


@pytest.mark.usefixtures("in_place")
def test_the_name_of_a_file_is_kept_printable_and_short() -> None:
    name = "a\u202eb\x00\n" + "c" * 5000
    run = launch.upload_weights(content(), name, "lenet5", source="embedded")
    assert run.upload() == Upload("ab" + "c" * 98, sha256(content()).hexdigest())
