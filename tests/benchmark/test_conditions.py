"""The conditions of a measurement: the device it names, PyTorch's settings, and the clock."""

import pytest
import torch

from cnnviz.benchmark import conditions
from cnnviz.benchmark.timing.cuda_clock import CudaClock
from cnnviz.system import hardware


def test_the_record_names_the_device_that_was_measured_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "a GPU")
    assert conditions.current_conditions("cuda").hardware == hardware.describe() == "a GPU"
    assert "core" in conditions.current_conditions("cpu").hardware


def test_float32_is_float32_while_measuring_and_as_before_afterward() -> None:
    before = torch.backends.cudnn.allow_tf32
    with conditions.torch_settings(1):
        assert not torch.backends.cudnn.allow_tf32
        assert torch.get_num_threads() == 1
    assert torch.backends.cudnn.allow_tf32 == before


def test_the_clock_follows_the_device_and_the_threads() -> None:
    assert isinstance(conditions.clock_for("cuda", 1), CudaClock)
    assert conditions.cpu_clock(1).cpu is not None
    assert conditions.cpu_clock(2).cpu is None  # the caller waits for the others: no contention
