"""What this machine has, and what a setting of "auto" means on it."""

import contextlib
import ctypes
import os
import platform
import sys
from pathlib import Path

import torch


def available_devices() -> list[str]:
    """Return the devices a training can run on, the preferred one first."""
    devices = ["cpu"]
    if torch.backends.mps.is_available():
        devices.insert(0, "mps")
    if torch.cuda.is_available():
        devices.insert(0, "cuda")
    return devices


def pick_device(name: str) -> torch.device:
    """Return the device of that name, "auto" being the preferred one.

    Raises:
        ValueError: if this machine has no such device.
    """
    devices = available_devices()
    if name == "auto":
        return torch.device(devices[0])
    if name not in devices:
        raise ValueError(f"device {name!r} is not on this machine: choose {', '.join(devices)}")
    return torch.device(name)


def multiplies_bfloat16(device: torch.device) -> bool:
    """Tell whether the device multiplies bfloat16 natively, so that it is the quicker choice."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        capabilities = torch.cpu.get_capabilities()
        return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))
    return False


def pick_precision(name: str, device: torch.device) -> torch.dtype:
    """Return the type to multiply in, "auto" being bfloat16 where it is native."""
    if name == "auto":
        return torch.bfloat16 if multiplies_bfloat16(device) else torch.float32
    return torch.bfloat16 if name == "bfloat16" else torch.float32


def pick_threads(wanted: int) -> int:
    """Return how many threads to train with: 0 leaves one core to the page, -1 takes all."""
    cores = physical_cores()
    return {-1: cores, 0: max(1, cores - 1)}.get(wanted, min(wanted, cores))


def physical_cores() -> int:
    """Return the cores this process may use, counting no core twice for hyperthreading."""
    cores = int(torch.cpu.get_capabilities().get("num_physical_cores") or os.cpu_count() or 1)
    if hasattr(os, "sched_getaffinity"):
        cores = min(cores, len(os.sched_getaffinity(0)))
    return cores


def keep_freed_memory() -> None:
    """Have the C library keep this process's freed memory for the next batch (Linux only).

    By default it hands maps of megabytes back to the system after each batch, and the system
    clears every page anew for the next one: a training may then take up to ten times as long,
    depending on what else lies in memory.
    """
    if sys.platform != "linux":
        return
    trim_threshold, mmap_threshold = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD in malloc.h
    with contextlib.suppress(AttributeError):  # another C library than glibc has no `mallopt`
        ctypes.CDLL(None).mallopt(mmap_threshold, 32 << 20)  # the most that it takes
        ctypes.CDLL(None).mallopt(trim_threshold, 1 << 30)


def free_memory() -> int | None:
    """Return the bytes that the system could give to a process now, if it tells (Linux)."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
    return None


def describe(device: torch.device | None = None) -> str:
    """Return in words the processor or GPU that a device is, at first the preferred one."""
    device = device or pick_device("auto")
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    name = torch.cpu.get_capabilities().get("cpu_name") or platform.processor() or "CPU"
    cores = physical_cores()
    return f"{name}, {cores} core{'s' if cores > 1 else ''}"
