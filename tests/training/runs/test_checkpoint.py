import contextlib
import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from cnnviz.training.runs import checkpoint
from cnnviz.training.runs.checkpoint import CheckpointError

Failing = Callable[[str, int], AbstractContextManager[list[int]]]

METADATA = {"step": 7, "history": [{"loss": 0.1 + 0.2, "note": 'Größe "28" \\ 1'}], "none": None}
TENSORS = {
    "weight": torch.arange(12, dtype=torch.float32).reshape(3, 4) / 7,
    "step": torch.tensor(7.0),
    "bfloat16": torch.tensor([1 / 3, -0.0]).to(torch.bfloat16),
    "float16": torch.tensor([65504.0, 6e-8]).half(),
    "float64": torch.tensor([1e-300], dtype=torch.float64),
    "int64": torch.tensor([[-(2**63), 2**63 - 1]]),
    "bool": torch.tensor([True, False, True]),
    "uint8": torch.arange(256).to(torch.uint8),
    "empty": torch.empty(0, 3),
    "unusual": torch.tensor([torch.nan, torch.inf, -torch.inf, 1e-45]),
}


def test_a_compact_copy_halves_matrices_and_leaves_what_float16_cannot_hold() -> None:
    compacted = checkpoint.compact(
        {
            "matrix": torch.tensor([[1 / 3, -2.0]]),
            "huge": torch.tensor([[65_504.0, 1.0]]),
            "wild": torch.tensor([[torch.nan, 1.0]]),
            "variance": torch.tensor([1 / 3]),
            "count": torch.tensor(7),
            "index": torch.tensor([[7]]),
        }
    )
    types = {"matrix": torch.float16, "count": torch.int64, "index": torch.int64}
    assert {n: t.dtype for n, t in compacted.items()} == dict.fromkeys(
        compacted, torch.float32
    ) | types
    assert compacted["matrix"].tolist() == [[0.333251953125, -2.0]]


def generation(number: int) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and metadata that can be told from those of another generation."""
    return {"weight": torch.full((50, 50), float(number))}, {"number": number}


def loaded_number(folder: Path) -> int:
    tensors, metadata = checkpoint.load_generation(folder)
    number = int(metadata["number"])
    assert torch.equal(tensors["weight"], generation(number)[0]["weight"])
    return number


def flip(path: Path, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def test_tensors_and_metadata_come_back_exactly(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    checkpoint.save_checkpoint(path, TENSORS, METADATA)
    tensors, metadata = checkpoint.load_checkpoint(path)
    assert metadata == METADATA
    assert tensors.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert (tensors[name].dtype, tensors[name].shape) == (tensor.dtype, tensor.shape)
        bits = [t.reshape(-1).view(torch.uint8) for t in (tensors[name], tensor)]  # NaN included
        assert torch.equal(*bits)


def test_metadata_that_json_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        checkpoint.save_checkpoint(tmp_path / "a", {}, {"loss": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"gone\.safetensors cannot be read: No such file"):
        checkpoint.load_checkpoint(tmp_path / "gone.safetensors")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xff" * 64, b"\x00" * 64])
def test_what_is_no_checkpoint_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"a\.safetensors is damaged and was not loaded"):
        checkpoint.load_checkpoint(path)


def test_a_safetensors_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import save

    path = tmp_path / "a.safetensors"
    path.write_bytes(save({"weight": torch.ones(3)}))
    with pytest.raises(CheckpointError):
        checkpoint.load_checkpoint(path)


def test_every_flipped_bit_of_a_small_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    small = {name: TENSORS[name] for name in ("step", "bfloat16", "bool")}
    checkpoint.save_checkpoint(path, small, {"step": 7})
    whole = path.read_bytes()
    loaded = []
    for bit in range(8 * len(whole)):
        byte = whole[bit // 8] ^ 1 << bit % 8
        path.write_bytes(whole[: bit // 8] + bytes([byte]) + whole[bit // 8 + 1 :])
        try:
            checkpoint.load_checkpoint(path)
            loaded.append(bit)
        except CheckpointError:
            continue
    assert loaded == []


def test_300_flipped_bits_and_100_truncations_of_a_large_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    draw = random.Random(0)
    checkpoint.save_checkpoint(path, TENSORS | {"large": torch.rand(100, 100)}, METADATA)
    whole = path.read_bytes()
    for _ in range(300):
        path.write_bytes(whole)
        flip(path, draw.randrange(8 * len(whole)))
        with pytest.raises(CheckpointError):
            checkpoint.load_checkpoint(path)
    for _ in range(100):
        path.write_bytes(whole[: draw.randrange(len(whole))])
        with pytest.raises(CheckpointError):
            checkpoint.load_checkpoint(path)


@pytest.mark.parametrize("name", ["fsync", "replace", "open"])
def test_whichever_call_fails_the_old_or_the_new_checkpoint_loads(
    name: str, failing: Failing, tmp_path: Path
) -> None:
    for nth in range(1, 20):
        folder = tmp_path / str(nth)
        folder.mkdir()
        checkpoint.save_generation(folder, *generation(1))
        checkpoint.save_generation(folder, *generation(2))
        with failing(name, nth) as calls, contextlib.suppress(OSError):
            checkpoint.save_generation(folder, *generation(3))
        assert loaded_number(folder) in (2, 3)
        assert {path.name for path in folder.iterdir()} == {checkpoint.LAST, checkpoint.PREVIOUS}
        if len(calls) < nth:  # there is no nth call: it has passed
            break
    assert loaded_number(folder) == 3
    assert nth > 2  # both generations were written


def test_the_generation_before_is_kept(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        checkpoint.save_generation(tmp_path, *generation(number))
    assert loaded_number(tmp_path) == 3
    assert checkpoint.load_checkpoint(tmp_path / checkpoint.PREVIOUS)[1] == {"number": 2}


@pytest.mark.parametrize("damage", ["flip", "truncate", "delete"])
def test_the_generation_before_is_used_when_the_newest_is_damaged(
    damage: str, tmp_path: Path
) -> None:
    for number in (1, 2):
        checkpoint.save_generation(tmp_path, *generation(number))
    last = tmp_path / checkpoint.LAST
    if damage == "flip":
        flip(last, 9000)
    elif damage == "truncate":
        last.write_bytes(last.read_bytes()[:-1])
    else:
        last.unlink()
    assert loaded_number(tmp_path) == 1


def test_a_damaged_newest_does_not_push_out_the_whole_one_before(
    failing: Failing, tmp_path: Path
) -> None:
    for nth in (1, 2):
        for number in (1, 2):
            checkpoint.save_generation(tmp_path, *generation(number))
        flip(tmp_path / checkpoint.LAST, 9000)
        with failing("replace", nth), contextlib.suppress(OSError):
            checkpoint.save_generation(tmp_path, *generation(3))
        assert loaded_number(tmp_path) in (1, 3)


def test_two_damaged_generations_are_refused_naming_the_newest(tmp_path: Path) -> None:
    for number in (1, 2):
        checkpoint.save_generation(tmp_path, *generation(number))
    for name in (checkpoint.LAST, checkpoint.PREVIOUS):
        flip(tmp_path / name, 9000)
    with pytest.raises(CheckpointError, match=r"last\.safetensors is damaged"):
        checkpoint.load_generation(tmp_path)


def test_a_new_generation_reads_the_last_one_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        checkpoint.save_generation(tmp_path, *generation(number))
    read, files_read = Path.read_bytes, list[str]()

    def recorded(path: Path) -> bytes:
        files_read.append(path.name)
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", recorded)
    checkpoint.save_generation(tmp_path, *generation(3))
    assert files_read == [checkpoint.LAST]
    assert checkpoint.load_checkpoint(tmp_path / checkpoint.PREVIOUS)[1] == {"number": 2}


# Before a divergence


def losses(*values: float | None) -> dict[str, Any]:
    return {"history": [{"kind": "interval", "loss": value} for value in values]}


@pytest.mark.parametrize(
    ("before", "last", "left"),
    [
        (losses(2.3, 1.0), losses(2.3, 1.0, 24.0), ["previous.safetensors"]),
        (losses(2.3, 1.0), losses(2.3, 1.0, None), ["previous.safetensors"]),
        (losses(2.3, 99.0), losses(2.3, 99.0, 1e9), []),
        (losses(2.3), losses(2.3, 22.0), ["last.safetensors", "previous.safetensors"]),
        (losses(), losses(2.3), ["last.safetensors", "previous.safetensors"]),
    ],
)
def test_checkpoints_from_after_the_explosion_of_the_loss_are_dropped(
    before: dict[str, Any], last: dict[str, Any], left: list[str], tmp_path: Path
) -> None:
    checkpoint.save_generation(tmp_path, TENSORS, before)
    checkpoint.save_generation(tmp_path, TENSORS, last)
    checkpoint.drop_exploded(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == left


def test_a_damaged_checkpoint_stays_for_its_own_message(tmp_path: Path) -> None:
    (tmp_path / checkpoint.LAST).write_bytes(b"damaged")
    checkpoint.drop_exploded(tmp_path)
    assert (tmp_path / checkpoint.LAST).exists()
