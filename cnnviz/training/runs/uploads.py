"""Weights trained elsewhere: a safetensors file, checked against an architecture before it is read.

Pickles (`.pt`, `.pth`) can run code when they are loaded, and are refused.
"""

import json
import time
from collections.abc import Mapping

import msgspec
import safetensors
import torch
from safetensors.torch import load as parse
from torch import Tensor, nn

from cnnviz.models.catalog import Architecture, architecture
from cnnviz.models.state_dicts import first_shape_difference
from cnnviz.system import files
from cnnviz.system.hardware import pick_threads
from cnnviz.training.engine import setup
from cnnviz.training.engine.events import EpochEvent
from cnnviz.training.engine.tasks import TASKS
from cnnviz.training.runs import checkpoint, networks
from cnnviz.training.runs.recorder import event_row
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run

_MAX_HEADER = 1_000_000  # bytes of names and shapes; the largest network has 80 kB
_WIDEST = 8  # bytes of a number in the widest float type
_FLOATS, _WHOLE = ("F16", "BF16", "F32", "F64"), ("I32", "I64")  # the format's names
_MAX_NAME = 200  # characters
_ARCHIVE, _PICKLE = b"PK\x03\x04", b"\x80"  # first bytes of torch.save's files, new and old


class _Entry(msgspec.Struct):
    """Type and shape of a tensor in the header of the file."""

    dtype: str
    shape: list[int]


def read_weights(content: bytes, row: Architecture) -> dict[str, Tensor]:
    """Return the weights in a file, in the types of the architecture.

    Args:
        content: of the file.
        row: architecture that the weights are for.

    Raises:
        ValueError: if the file is too large, of another format or damaged, or its tensors differ
            from the architecture's in name, shape or type, or are not finite.
    """
    expected = row.build().state_dict()
    limit = sum(tensor.numel() for tensor in expected.values()) * _WIDEST + _MAX_HEADER
    if len(content) > limit:
        raise ValueError(
            f"weights of {row.title} must have at most {limit:,} bytes, got {len(content):,}"
        )
    entries = _header(content)
    shapes = {name: tuple(entry.shape) for name, entry in entries.items()}
    if difference := first_shape_difference(expected, shapes):
        raise ValueError(f"weights must match {row.title}, got {difference}")
    for name, tensor in expected.items():
        types = _FLOATS if tensor.is_floating_point() else _WHOLE  # whole: counts of batches
        if entries[name].dtype not in types:
            raise ValueError(
                f"type of {name} must be one of {', '.join(types)}, got {entries[name].dtype}"
            )
    try:
        tensors = parse(content)
    except safetensors.SafetensorError as error:
        raise _damaged() from error
    if first_shape_difference(expected, {n: tuple(t.shape) for n, t in tensors.items()}):
        raise _damaged()  # a header that says two things of a tensor
    weights = {name: tensors[name].to(tensor.dtype) for name, tensor in expected.items()}
    for name, weight in weights.items():
        if not bool(weight.isfinite().all()):
            raise ValueError(f"weights must be finite, got NaN or infinity in {name}")
    return weights


def _header(content: bytes) -> Mapping[str, _Entry]:
    """Return type and shape of each tensor by name.

    Reference:
        Safetensors format, https://huggingface.co/docs/safetensors
    """
    # a header of 128 bytes, or 384, begins with the same byte as a pickle
    if content[8:9] != b"{" and content.startswith((_ARCHIVE, _PICKLE)):
        raise ValueError(
            "file must be in the safetensors format, got one of torch.save, which can run code "
            "when it is loaded: save the weights with safetensors.torch.save_file"
        )
    size = int.from_bytes(content[:8], "little")
    if not 2 <= size <= min(_MAX_HEADER, len(content) - 8):
        raise _damaged()
    try:
        header = json.loads(content[8 : 8 + size])
        header.pop("__metadata__", None)
        entries = msgspec.convert(header, dict[str, _Entry])
    except (ValueError, AttributeError, TypeError, RecursionError) as error:  # no JSON object
        raise _damaged() from error
    if any(len(name) > _MAX_NAME for name in entries):
        raise _damaged()
    return entries


def _damaged() -> ValueError:
    return ValueError("file must be in the safetensors format, got another one or a damaged file")


def save_upload(run: Run, weights: Mapping[str, Tensor]) -> None:
    """Write the weights of a run that was created for an upload."""
    metadata = {"architecture": run.settings().model, "step": 0}
    checkpoint.save_checkpoint(run.weights, weights, metadata)


def evaluate_upload(run: Run) -> Status:
    """Test uploaded weights on the test digits, record the result, and return the last status."""
    settings = run.settings()
    torch.set_num_threads(pick_threads(settings.threads))
    run.change_state("running")
    digits = setup.training_digits(settings)
    task = TASKS[architecture(settings.model).task](settings, digits, torch.device("cpu"))
    began = time.perf_counter()
    result = task.evaluate(_model(run))
    seconds = time.perf_counter() - began
    event = EpochEvent(
        epoch=0,
        step=0,
        seconds=0.0,
        took=seconds,
        test_loss=result.loss,
        test_accuracy=result.accuracy,
        confusion=result.confusion,
        measures=result.measures,
    )
    row = event_row("epoch", event)
    files.replace(run.path / "metrics.jsonl", (json.dumps(row) + "\n").encode())
    status = Status(
        state="finished",
        test_accuracy=result.accuracy,
        best_accuracy=result.accuracy,
        tested_on=f"{task.tested_on} ({digits.source})",
    )
    run.write_status(status)
    return status


def _model(run: Run) -> nn.Module:
    return networks.load_network(networks.network_of_run(run)).model
