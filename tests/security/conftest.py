"""One attacked server for the whole session, with the shipped settings and runs made to harm."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks import served
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import store
from cnnviz.training.runs.origin import Upload
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run
from tests import on_disk
from tests.browser.conftest import Server

CANARY = "canary3f9a1c"  # in files outside of the folder of runs; nothing in it is escaped
FOREIGN_HOST = "e.vil"
LINK = '<a href="https://e.vil/1">x</a>![](https://e.vil/2)'
MARKDOWN = "[x](https://e.vil/3) www.e.vil <img src=https://e.vil/4>"
FILE = "![](https://e.vil/5) <b>=1+1.safetensors"


@dataclass(frozen=True)
class Attacked:
    """A running server and what lies in its folder of runs."""

    server: Server
    runs: tuple[Run, ...]
    race: str
    symlinked: str

    @property
    def url(self) -> str:
        return self.server.url


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    folder = tmp_path_factory.mktemp("attacked")
    log = folder / "server.log"
    environment = served.isolated_environment(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNNVIZ_RUNS_DIR", environment["CNNVIZ_RUNS_DIR"])
        runs, race = harmful_runs()
    (folder / "canary.txt").write_text(CANARY)
    symlinked = link_outside(folder, runs[0])
    with served.serve(served.CHECKOUT_COMMAND, environment, log) as url:
        server = Server(url, log, folder / "runs")
        yield Attacked(server, runs, race, symlinked)
    assert not server.tracebacks(), server.tracebacks()


def harmful_runs() -> tuple[tuple[Run, ...], str]:
    """Return three runs whose names are markup, and the id of a race."""
    log = [on_disk.interval_row(1), on_disk.interval_row(10), on_disk.epoch_row(1)]
    known = {"test_accuracy": 0.9, "tested_on": "1,000 test digits (embedded)"}
    named = [
        on_disk.make_run(label=label, steps=(0, 10), weights=seed, log=log, **known)
        for seed, label in enumerate((LINK, MARKDOWN))
    ]
    content = named[0].weights.read_bytes()
    upload = Upload(FILE, hashlib.sha256(content).hexdigest())
    settings = Settings(model="lenet5", source="embedded")
    uploaded = store.create_run(settings, versions={}, upload=upload)
    uploaded.weights.write_bytes(content)
    on_disk.write_log(uploaded, [on_disk.epoch_row(0)])
    uploaded.write_status(Status(state="finished", **known))
    return (*named, uploaded), on_disk.make_race(log=log).id


def link_outside(folder: Path, run: Run) -> str:
    """Return the id of a run whose folder is a link to one outside of the folder of runs."""
    outside = folder / "outside"
    shutil.copytree(run.path, outside)
    (outside / "label.json").write_text(json.dumps(CANARY))
    key = "20200101-000000-abcdef"
    (folder / "runs" / key).symlink_to(outside)
    return key
