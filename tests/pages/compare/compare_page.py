"""The Compare page without a browser, and measurements and runs for it."""

import json
import platform
import time
from pathlib import Path
from typing import Any

import torch
from streamlit.testing.v1 import AppTest

from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.measurements import Record
from cnnviz.benchmark.results.records import (
    Conditions,
    Findings,
    LayerTime,
    LayerTimes,
    Plan,
    Timing,
)
from cnnviz.benchmark.timing.latency import Latency
from cnnviz.models.catalogue import CATALOGUE
from cnnviz.system.versions import versions
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import checkpoint, snapshots, store
from cnnviz.training.runs.records import Status

ROOT = Path(__file__).parents[3]
TWO = ("shipped-lenet5", "shipped-sprint_cnn")
FOUR = (*TWO, "shipped-levit", "shipped-crossvit")


def opened(*keys: str, way: str = "Table", **state: Any) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120).run()
    app.query_params["compare"] = list(keys)
    for key, value in {"compare_view": way, **state}.items():
        app.session_state[key] = value
    return settled(app.switch_page("pages/compare.py").run())


def settled(app: AppTest) -> AppTest:
    """Wait until everything is counted and asked, as the browser does by its pulse."""
    deadline = time.monotonic() + 120
    while not app.exception and any("parts." in p.proto.text for p in app.get("progress")):
        assert time.monotonic() < deadline
        time.sleep(0.2)
        app.run()
    assert not app.exception
    return app


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
    made = measurements.create(Plan(keys, batches=(1, 8)))
    made.write(
        Record(
            made.recorded().plan, "finished", "", where, Findings((), tuple(timings), tuple(layers))
        )
    )


def kept_run(*steps: int) -> store.Run:
    """Return a finished run of LeNet-5 that keeps these moments, each other initial weights."""
    run = store.create(Settings(model="lenet5", epochs=1), versions={})
    (run.path / snapshots.FOLDER).mkdir()
    for step in steps:
        torch.manual_seed(step)
        weights = CATALOGUE["lenet5"].build().state_dict()
        for path in (snapshots.path(run.path, step), run.path / "weights.safetensors"):
            checkpoint.save(path, weights, {})
    run.write_status(Status(state="finished", step=steps[-1], total_steps=steps[-1], epoch=1))
    return run


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
