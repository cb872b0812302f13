"""Cores that this process may use, in control groups that the test writes."""

import os
from pathlib import Path

import pytest

from cnnviz.system import cores


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of control groups; this process may use eight cores."""
    monkeypatch.setattr(cores, "CONTROL_GROUPS", tmp_path)
    monkeypatch.setattr(cores, "MEMBERSHIP", tmp_path / "cgroup")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n")


def test_without_control_groups_there_is_no_quota(groups: Path) -> None:
    assert (cores.cpu_quota(), cores.available_cores(), cores.slot_count()) == (None, 8, 2)
    assert list(groups.iterdir()) == []


@pytest.mark.parametrize(
    ("limit", "count"), [("max 100000", 8), ("200000 100000", 2), ("150000 100000", 1)]
)
def test_a_quota_of_version_two_counts(limit: str, count: int, groups: Path) -> None:
    write(groups / "cgroup", "0::/user/job")
    write(groups / "user" / "job" / "cpu.max", limit)
    assert cores.available_cores() == count


def test_the_smallest_quota_of_the_groups_around_counts(groups: Path) -> None:
    write(groups / "cgroup", "0::/user/job")
    write(groups / "user" / "job" / "cpu.max", "max 100000")
    write(groups / "user" / "cpu.max", "300000 100000")
    assert cores.available_cores() == 3


def test_in_a_container_the_group_is_the_root(groups: Path) -> None:
    write(groups / "cgroup", "0::/docker/0123")  # as the host calls it: not there
    write(groups / "cpu.max", "50000 100000")
    assert (cores.cpu_quota(), cores.available_cores()) == (0.5, 1)


@pytest.mark.parametrize(("quota", "count"), [(-1, 8), (400_000, 4)])
def test_a_quota_of_version_one_counts(quota: int, count: int, groups: Path) -> None:
    write(groups / "cgroup", "3:memory:/job\n2:cpu,cpuacct:/job")
    write(groups / "cpu,cpuacct" / "job" / "cpu.cfs_quota_us", str(quota))
    write(groups / "cpu,cpuacct" / "job" / "cpu.cfs_period_us", "100000")
    assert cores.available_cores() == count


def test_a_container_of_two_cores_on_a_host_of_64_trains_one_run_at_a_time(
    groups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    write(groups / "cgroup", "0::/")
    write(groups / "cpu.max", "200000 100000")
    assert cores.slot_count() == 1
