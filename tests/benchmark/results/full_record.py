"""A finished measurement with findings of every kind."""

from cnnviz.benchmark.results.findings import (
    Conditions,
    Cost,
    Findings,
    LayerTime,
    LayerTimes,
    Timing,
)
from cnnviz.benchmark.results.measurements import MeasurementRecord
from cnnviz.benchmark.results.optimization_effect import OptimizationEffect, Side
from cnnviz.benchmark.results.plan import Plan
from cnnviz.benchmark.timing.latency import Latency

TIMES = Latency(cold=9.0, warm=(2.0,), calls=(1.0, 1.5), cpu=2.4, images=2)
PLAN = Plan(models=("mnist_cnn", "lenet5"), batches=(1, 2))
FULL = MeasurementRecord(
    plan=PLAN,
    state="finished",
    conditions=Conditions("here", "CPU, 2 cores", 2, {"torch": "2"}, "2026-01-01", 0.5, None),
    findings=Findings(
        costs=(Cost("lenet5", "LeNet-5", (1, 32, 32), 10, 20, 30, 40, 50, 60),),
        timings=(
            Timing("lenet5", "LeNet-5", "torch", 2, 1, TIMES),
            Timing("lenet5", "LeNet-5", "onnx", 2, 1, None, "it is not installed"),
        ),
        layers=(
            LayerTimes(
                "lenet5", "LeNet-5", (LayerTime("c1", "Conv2d", 9, 0.5),), 0.7, 20, 0.2, 1.0
            ),
        ),
        effects=(
            OptimizationEffect(
                *("lenet5", "pool_first", "Pooling first", "What.", "inference"),
                before=Side("before", TIMES, 100),
                after=Side("after", TIMES, 50),
                promise=True,
                difference=0.01,
                exact_difference=1e-9,
            ),
            OptimizationEffect(
                "lenet5", "folded", "Folded", "What.", "inference", None, None, "no batch norm"
            ),
        ),
    ),
)
