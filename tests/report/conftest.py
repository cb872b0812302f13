"""A report of every kind: on a classifier, a detector and a run."""

import dataclasses
from pathlib import Path

import pytest

from cnnviz.data.mnist import Digits
from cnnviz.report import Report, build_report, trained_network
from cnnviz.report.build import default_alternatives
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import networks
from tests.report.material import EVIL, LOG, finished_run, measure, shipped, some_digits


@dataclasses.dataclass(frozen=True)
class Made:
    """A report with what it was made of.

    Attributes:
        report: the report.
        chosen: the network, and the alternatives behind it.
        digits: that it was asked about.
        runs: the folder with the runs and the measurements.
    """

    report: Report
    chosen: tuple[networks.TrainedNetwork, ...]
    digits: Digits
    runs: Path


@pytest.fixture(scope="session", params=["shipped-lenet5", "shipped-detr", "run"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Every kind of report: on a classifier, a detector and a run, with and without latency."""
    digits, folder = some_digits(120), tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNNVIZ_RUNS_DIR", str(folder))
        if request.param == "run":
            network = finished_run(Settings(model="lenet5", seed=3), label=EVIL, log=LOG)
            others = [shipped("mnist_cnn"), shipped("sprint_cnn")]
            measure("lenet5", "mnist_cnn")
        else:
            network = trained_network(request.param)
            others = default_alternatives(network)[:3]
        return Made(build_report(network, others, digits), (network, *others), digits, folder)


@pytest.fixture
def report(made: Made) -> Report:
    return made.report
