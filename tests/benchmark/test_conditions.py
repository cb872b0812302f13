"""The conditions of a measurement: the device it names, PyTorch's settings, and the clock."""

import platform
from dataclasses import replace

import pytest
import torch

from cnnviz.benchmark import conditions
from cnnviz.benchmark.timing.cuda_clock import CudaClock
from cnnviz.system import hardware
from cnnviz.system.machine import machine_name


def test_the_record_names_the_device_that_was_measured_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "a GPU")
    assert conditions.current_conditions("cuda").hardware == hardware.describe() == "a GPU"
    assert "core" in conditions.current_conditions("cpu").hardware


def test_the_record_does_not_name_the_host_unless_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "node", lambda: "ada-lovelace-laptop")
    name = conditions.current_conditions("cpu").host
    assert name == conditions.current_conditions("cpu").host
    assert "ada" not in name
    monkeypatch.setattr(platform, "node", lambda: "other")
    assert conditions.current_conditions("cpu").host != name
    monkeypatch.setenv("CNNVIZ_MACHINE", "lab 3")
    assert conditions.current_conditions("cpu").host == "lab 3"


def test_a_record_with_the_hosts_name_is_shown_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    record = replace(conditions.current_conditions("cpu"), host="ada-lovelace-laptop")
    assert record.machine == "ada-lovelace-laptop"  # of another machine
    monkeypatch.setattr(platform, "node", lambda: "ada-lovelace-laptop")
    assert record.machine == machine_name()


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
