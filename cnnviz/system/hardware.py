"""Hardware of this machine: devices, cores, number types, memory, and what "auto" means on it."""

import contextlib
import ctypes
import os
import platform
import sys
from pathlib import Path

import torch

from cnnviz.system.cores import available_cores, slot_count


def available_devices() -> list[str]:
    """Return the names of the devices that can train, the preferred one first."""
    devices = ["cpu"]
    if torch.backends.mps.is_available():
        devices.insert(0, "mps")
    if torch.cuda.is_available():
        devices.insert(0, "cuda")
    return devices


def pick_device(name: str) -> torch.device:
    """Return the device with a name; "auto" is the preferred one.

    Raises:
        ValueError: if this machine has no such device.
    """
    devices = available_devices()
    if name == "auto":
        return torch.device(devices[0])
    if name not in devices:
        raise ValueError(f"device must be {' or '.join(devices)} on this machine, got {name!r}")
    return torch.device(name)


def multiplies_bfloat16(device: torch.device) -> bool:
    """Tell whether the device multiplies bfloat16 natively, which is then the faster type."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        capabilities = torch.cpu.get_capabilities()
        return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))
    return False


def pick_precision(name: str, device: torch.device) -> torch.dtype:
    """Return the number type to multiply in; "auto" is bfloat16 where it is native."""
    if name == "auto":
        return torch.bfloat16 if multiplies_bfloat16(device) else torch.float32
    return torch.bfloat16 if name == "bfloat16" else torch.float32


def pick_threads(wanted: int) -> int:
    """Return the number of threads to train with; -1 uses all cores.

    0 divides the cores among the trainings that may run at once, and leaves one to the pages.
    """
    cores = physical_cores()
    share = max(1, min(cores - 1, cores // slot_count()))
    return {-1: cores, 0: share}.get(wanted, min(wanted, cores))


def physical_cores() -> int:
    """Return the number of physical cores that this process may use."""
    cores = int(torch.cpu.get_capabilities().get("num_physical_cores") or os.cpu_count() or 1)
    return min(cores, available_cores())


def keep_freed_memory() -> None:
    """Have the C library keep freed memory of this process for the next batch (Linux only).

    By default it returns blocks of megabytes to the system after each batch, and the system clears
    every page again for the next one. A training may then take up to ten times as long, depending
    on what else is in memory.
    """
    if sys.platform != "linux":
        return
    trim_threshold, mmap_threshold = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD in malloc.h
    with contextlib.suppress(AttributeError):  # another C library than glibc has no `mallopt`
        ctypes.CDLL(None).mallopt(mmap_threshold, 32 << 20)  # the most that it takes
        ctypes.CDLL(None).mallopt(trim_threshold, 1 << 30)


def free_memory() -> int | None:
    """Return the available memory in bytes; None where the system does not tell (not Linux)."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
    return None


def describe(device: torch.device | None = None) -> str:
    """Return the name of a device's processor or GPU; None stands for the preferred device."""
    device = device or pick_device("auto")
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    name = torch.cpu.get_capabilities().get("cpu_name") or platform.processor() or "CPU"
    cores = physical_cores()
    return f"{name}, {cores} core{'s' if cores > 1 else ''}"
