"""What this machine has, on capabilities that the test sets; memory is measured in a process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from cnnviz.system import hardware

CPU = torch.device("cpu")


@pytest.fixture
def cores(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> int:
    """A processor of so many cores, all of which this process may use."""
    count: int = request.param
    capabilities = {"num_physical_cores": count, "cpu_name": "Abacus"}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(count), raising=False)
    monkeypatch.setattr("cnnviz.system.cores.cpu_quota", lambda: None)
    return count


@pytest.mark.parametrize(
    ("cuda", "mps", "devices"),
    [
        (False, False, ["cpu"]),
        (True, False, ["cuda", "cpu"]),
        (False, True, ["mps", "cpu"]),
    ],
)
def test_the_preferred_device_comes_first_and_is_what_auto_means(
    cuda: bool, mps: bool, devices: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert hardware.available_devices() == devices
    assert hardware.pick_device("auto") == torch.device(devices[0])
    assert hardware.pick_device("cpu") == CPU


def test_a_device_that_is_not_there_is_refused_with_those_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    with pytest.raises(ValueError, match="device must be mps or cpu on this machine, got 'cuda'"):
        hardware.pick_device("cuda")


@pytest.mark.parametrize(
    ("capabilities", "native"),
    [
        ({}, False),
        ({"avx512_bf16": False, "amx_bf16": False, "avx512_f": True}, False),
        ({"avx512_bf16": True}, True),
        ({"amx_bf16": True}, True),
    ],
)
def test_auto_is_bfloat16_where_the_processor_multiplies_it(
    capabilities: dict[str, bool], native: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert hardware.pick_precision("auto", CPU) == (torch.bfloat16 if native else torch.float32)
    assert hardware.pick_precision("bfloat16", CPU) == torch.bfloat16
    assert hardware.pick_precision("float32", CPU) == torch.float32
    assert hardware.pick_precision("auto", torch.device("mps")) == torch.float32


@pytest.mark.parametrize(
    ("cores", "threads"),
    [
        (1, {-1: 1, 0: 1, 1: 1, 4: 1}),
        (4, {-1: 4, 0: 3, 1: 1, 4: 4, 9: 4}),
        (16, {-1: 16, 0: 4, 1: 1, 5: 5, 99: 16}),  # four trainings at once
    ],
    indirect=["cores"],
)
def test_auto_leaves_one_core_to_the_page_and_no_wish_exceeds_the_cores(
    cores: int, threads: dict[int, int]
) -> None:
    assert hardware.physical_cores() == cores
    assert {wanted: hardware.pick_threads(wanted) for wanted in threads} == threads


@pytest.mark.parametrize("cores", [8], indirect=True)
def test_cores_that_this_process_may_not_use_do_not_count(
    cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 5}, raising=False)
    assert hardware.physical_cores() == 2 < cores


@pytest.mark.parametrize(
    ("cores", "text"),
    [(1, "Abacus, 1 core"), (4, "Abacus, 4 cores")],
    indirect=["cores"],
)
@pytest.mark.usefixtures("cores")
def test_a_processor_is_described_by_its_name_and_cores(text: str) -> None:
    assert hardware.describe(CPU) == text


@pytest.mark.parametrize(
    ("content", "free"),
    [
        ("MemTotal:       900 kB\nMemFree: 3 kB\nMemAvailable:     7 kB\n", 7168),
        ("MemTotal:       900 kB\n", None),
        ("MemAvailable: plenty\n", None),
    ],
)
def test_free_memory_is_what_the_system_calls_available(
    content: str, free: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: content)
    assert hardware.free_memory() == free


def test_free_memory_is_not_known_where_the_system_has_no_such_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", refuse)
    assert hardware.free_memory() is None


FREED = """
import sys
from cnnviz.system.hardware import keep_freed_memory
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
if sys.argv[1] == "keep":
    keep_freed_memory()
blocks = [b"x" * (20 << 20) for _ in range(3)]
held = resident()
del blocks
print(held - resident())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc has mallopt")
def test_freed_memory_stays_with_the_process_once_asked_to_be_kept() -> None:
    given_back = {}
    for mode in ("keep", "as ever"):
        command = [sys.executable, "-c", FREED, mode]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
        given_back[mode] = int(answer.stdout)
    assert given_back["as ever"] > 50 << 20  # 60 MiB less what malloc rounds
    assert given_back["keep"] < 1 << 20
