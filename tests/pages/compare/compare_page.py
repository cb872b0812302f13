"""Measurements and runs for the Compare page, and what its components were sent."""

import json
import platform
from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from cnnviz.benchmark.results.findings import Conditions, Findings, LayerTime, LayerTimes, Timing
from cnnviz.benchmark.results.plan import Plan
from cnnviz.benchmark.timing.latency import Latency
from cnnviz.system.versions import versions
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs.store import Run
from tests.on_disk import make_measurement, make_run

Opened = Callable[..., AppTest]
TWO = ("shipped-lenet5", "shipped-sprint_cnn")
FOUR = (*TWO, "shipped-levit", "shipped-crossvit")


def keep_times(*keys: str, busy: bool = False) -> None:
    """Put a finished measurement on record: each model twice as slow as the one before."""
    timings, layers = [], []
    for place, key in enumerate(keys):
        for batch in (1, 8):
            ms = 2.0**place * batch**0.5
            cpu = 30 * ms / (2 if busy else 1)
            timings.append(
                Timing(key, key, "torch", batch, 1, Latency(9, (), (ms,) * 30, cpu, batch))
            )
        layers.append(LayerTimes(key, key, (LayerTime("c", "Conv2d", 1000, 0.5),), 1.0, 5))
    where = Conditions(platform.node(), "a CPU", 2, versions(), "2026-01-02T03:04:05", 0.1)
    findings = Findings((), tuple(timings), tuple(layers))
    make_measurement(Plan(keys, batches=(1, 8)), findings, conditions=where)


def kept_run(*steps: int) -> Run:
    """A finished run of LeNet-5 that keeps these moments, each other initial weights."""
    last = {"step": steps[-1], "total_steps": steps[-1], "epoch": 1}
    return make_run(Settings(model="lenet5", epochs=1), steps=steps, weights=steps[-1], **last)


def sent(views: Any) -> list[dict[str, Any]]:
    """Return what the components were sent: JSON, or the header of a packed message."""
    found = []
    for view in views:
        if view.proto.json:
            found.append(json.loads(view.proto.json))
        elif view.proto.bytes:
            length = int.from_bytes(view.proto.bytes[:4], "little")
            found.append(json.loads(view.proto.bytes[4 : 4 + length]))
    return found
