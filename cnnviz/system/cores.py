"""Cores that this process may use: affinity and the CPU quota of its control group (Linux).

PyTorch is not imported here.
"""

import os
from pathlib import Path
from typing import Any

CONTROL_GROUPS = Path("/sys/fs/cgroup")  # of version 2, or folders for controllers of version 1
MEMBERSHIP = Path("/proc/self/cgroup")  # the groups of this process
_CORES_PER_SLOT = 4


def available_cores() -> int:
    """Return the number of logical cores that this process may use."""
    mine: Any = getattr(os, "sched_getaffinity", None)  # Linux
    cores = len(mine(0)) if mine else os.cpu_count() or 1
    quota = cpu_quota()
    return cores if quota is None else max(1, min(cores, int(quota)))


def slot_count() -> int:
    """Return how many runs may train at once: one for every four cores, at least one."""
    return max(1, available_cores() // _CORES_PER_SLOT)


def cpu_quota() -> float | None:
    """Return how many cores' time the control groups of this process allow; None for no limit."""
    quotas = [_quota(folder) for folder in _groups(CONTROL_GROUPS, MEMBERSHIP)]
    return min((quota for quota in quotas if quota is not None), default=None)


def _groups(root: Path, membership: Path) -> list[Path]:
    """Return the folders of this process's groups and of all groups around them."""
    folders = []
    for line in _read(membership).splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:  # version 2
            mounted = root
        elif "cpu" in controllers.split(","):  # version 1
            mounted = next((root / n for n in (controllers, "cpu") if (root / n).is_dir()), root)
        else:
            continue
        group = mounted / path.lstrip("/")  # in a container, often not there: its root is its own
        folders += [group, *(p for p in group.parents if p.is_relative_to(mounted))]
    return folders


def _quota(folder: Path) -> float | None:
    """Return the quota of one group in cores; None if it has none or is not there."""
    if words := _read(folder / "cpu.max").split():  # version 2: "200000 100000" or "max 100000"
        return None if words[0] == "max" else int(words[0]) / int(words[1])
    quota, period = _read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")
    if not quota or not period or int(quota) < 0:  # -1 is no limit
        return None
    return int(quota) / int(period)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):  # not Linux, or not readable
        return ""
