"""The conditions that measurements run under: machine, PyTorch's settings, clock and free memory.

PyTorch is imported when it is needed.
"""

import contextlib
from collections.abc import Iterator

from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.findings import Conditions
from cnnviz.benchmark.timing.clocks import Clock, Stopwatch
from cnnviz.system import jobs, versions
from cnnviz.system.machine import machine_name


def current_conditions(device: str) -> Conditions:
    """Return the machine, its load and the versions at this moment."""
    import torch

    from cnnviz.system import hardware

    return Conditions(
        host=machine_name(),
        hardware=hardware.describe(torch.device(device)),
        cores=hardware.physical_cores(),
        versions=versions.versions() | versions.installed("timm", "onnxruntime"),
        created=jobs.timestamp(),
        load_before=measurements.load_average(),
    )


@contextlib.contextmanager
def torch_settings(threads: int) -> Iterator[None]:
    """Set PyTorch's number of threads, flush denormal numbers to zero, and turn TF32 off.

    A processor may take a hundred times as long for denormal numbers, which random weights do
    produce. A GPU would use TF32 for float32 convolutions by default.
    """
    import torch

    before, tf32 = torch.get_num_threads(), torch.backends.cudnn.allow_tf32  # restored at the end
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = tf32
        torch.set_flush_denormal(False)
        torch.set_num_threads(before)


def clock_for(device: str, threads: int) -> Stopwatch:
    """Return the clock for a device."""
    if device == "cpu":
        return cpu_clock(threads)
    from cnnviz.benchmark.timing.cuda_clock import CudaClock

    return CudaClock()


def cpu_clock(threads: int) -> Clock:
    """Return a clock that measures CPU time only of a single thread, which waits for no others."""
    return Clock() if threads == 1 else Clock(cpu=None)


def memory_shortage(task: str, needed: int, device: str) -> str:
    """Return that a task needs more memory than is free, in one sentence; "" if it does not.

    Args:
        task: in words.
        needed: bytes.
        device: "cpu" or "cuda"; free memory is known for the CPU only.
    """
    from cnnviz.system import hardware

    free = hardware.free_memory() if device == "cpu" else None  # bytes
    if free is None or needed <= free:
        return ""
    return (
        f"{task} needs about {needed / 1e9:.3g} GB and {free / 1e9:.3g} GB are free: "
        "choose a smaller batch."
    ).capitalize()
