"""Checkpoints: safetensors files with JSON metadata and a SHA-256 digest of both.

safetensors by itself loads a file with a flipped bit without an error.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import safetensors
import torch
from safetensors.torch import load as parse
from safetensors.torch import save as serialize
from torch import Tensor

from cnnviz.system import files
from cnnviz.system.paths import shown_path
from cnnviz.training.runs.records import CHECKPOINT_FILES

_EXPLODED = 10.0  # times the first loss; an ordinary peak of the loss stays below
LAST, PREVIOUS = CHECKPOINT_FILES


class CheckpointError(ValueError):
    """A checkpoint is missing or damaged; the message names the file."""


def save_checkpoint(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, Any]) -> None:
    """Write tensors and JSON metadata to a file, atomically and durably.

    Raises:
        OSError: if the file cannot be written; the old file is then still there.
    """
    files.replace(path, serialize_checkpoint(tensors, metadata), durable=True)


def serialize_checkpoint(tensors: Mapping[str, Tensor], metadata: Mapping[str, Any]) -> bytes:
    """Return the content of a safetensors file with tensors, JSON metadata and their digest."""
    text = json.dumps(dict(metadata), allow_nan=False)
    header = {"cnnviz": text, "sha256": _digest(tensors, text)}  # safetensors holds strings only
    return serialize(dict(tensors), header)


def compact(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return copies of weights on the CPU in about half the space, for inference only.

    Matrices and kernels become float16, with 11 significant bits, where all of their values are in
    its range. Vectors and counts, such as those of batch normalization, stay as they are.
    """
    limit = torch.finfo(torch.float16).max  # 65,504
    halved = {
        name: t.half() if t.dim() > 1 and t.is_floating_point() and t.abs().amax() < limit else t
        for name, t in weights.items()
    }
    return {name: t.detach().cpu().contiguous().clone() for name, t in halved.items()}  # own memory


def load_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the tensors and the metadata of a checkpoint.

    Raises:
        CheckpointError: if the file is missing, damaged, or not a checkpoint.
    """
    return _parsed(path, _content(path))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{shown_path(path)} cannot be read: {error.strerror}.") from error


def _parsed(path: Path, content: bytes) -> tuple[dict[str, Tensor], dict[str, Any]]:
    damaged = f"{shown_path(path)} is damaged and was not loaded."
    try:
        tensors = parse(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])["__metadata__"]
        text, digest = header["cnnviz"], header["sha256"]
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(damaged) from error
    if digest != _digest(tensors, text):
        raise CheckpointError(damaged)
    return tensors, json.loads(text)


def save_generation(
    folder: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, Any]
) -> None:
    """Write the newest checkpoint of a folder, and keep the one before it.

    Raises:
        OSError: if a file cannot be written; the old files are then still there.
    """
    last = folder / LAST
    with contextlib.suppress(CheckpointError):
        content = _content(last)
        _parsed(last, content)  # a damaged file must not replace an intact one
        files.replace(folder / PREVIOUS, content, durable=True)
    save_checkpoint(last, tensors, metadata)


def load_generation(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the newest intact checkpoint of a folder.

    Raises:
        CheckpointError: if neither of the two checkpoints can be read.
    """
    return next(load_generations(folder))


def load_generations(folder: Path) -> Iterator[tuple[dict[str, Tensor], dict[str, Any]]]:
    """Yield the intact checkpoints of a folder, newest first.

    Raises:
        CheckpointError: if neither of the two checkpoints can be read.
    """
    try:
        yield load_checkpoint(folder / LAST)
    except CheckpointError as newest:
        try:
            previous = load_checkpoint(folder / PREVIOUS)
        except CheckpointError:
            raise newest from None
        yield previous
    else:
        with contextlib.suppress(CheckpointError):
            yield load_checkpoint(folder / PREVIOUS)


def drop_exploded(folder: Path) -> None:
    """Delete the checkpoints of a diverged training that were written after its loss exploded.

    No lower learning rate recovers from such weights: the training resumes from before.
    """
    for name in (LAST, PREVIOUS):
        with contextlib.suppress(CheckpointError):
            _, metadata = load_checkpoint(folder / name)
            if _exploded(metadata):
                (folder / name).unlink()


def _exploded(metadata: Mapping[str, Any]) -> bool:
    """Tell whether the last training loss is far above the first, that of the initial weights."""
    if "events" in metadata:
        losses = metadata["events"]["losses"]
    else:  # an earlier version wrote all events into the checkpoint
        history = metadata.get("history", [])
        losses = [row["loss"] for row in history if row["kind"] == "interval"]
    if not losses:
        return False
    first, last = losses[0], losses[-1]
    return last is None or (first is not None and last > _EXPLODED * first)


def _digest(tensors: Mapping[str, Tensor], text: str) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        tensor = tensors[name].detach().contiguous()
        digest.update(f"\n{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
