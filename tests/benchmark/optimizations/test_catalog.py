"""Each optimization on every row: it applies or says why not, and keeps what it promises."""

import pytest
import torch
from torch import nn

from cnnviz.benchmark.optimizations.catalog import OPTIMIZATIONS
from cnnviz.benchmark.optimizations.trial import try_optimization
from cnnviz.benchmark.optimizations.workloads import Workload
from cnnviz.benchmark.results.optimization_effect import OptimizationEffect
from cnnviz.benchmark.timing.engines import input_shape, network
from cnnviz.benchmark.timing.protocol import Budget
from cnnviz.models.catalog import CATALOG, Architecture
from cnnviz.models.structure.rewrites import fold_batch_norms, foldable

QUICK = Budget(calls=1, least=1, seconds=0, warm_calls=0, warm_seconds=0)
FEW = ("mnist_cnn", "resnet8", "levit", "detr")
KIB = 1024


def subject(row: Architecture, batch: int = 8) -> Workload:
    return Workload(network(row, published=False), input_shape(row, published=False), batch)


def tried(key: str, model: nn.Module, size: tuple[int, ...], batch: int = 8) -> OptimizationEffect:
    model.eval().requires_grad_(False)
    return try_optimization(key, Workload(model, size, batch), model="tiny", budget=QUICK)


@pytest.mark.parametrize("key", OPTIMIZATIONS)
@pytest.mark.parametrize("row", [CATALOG[key] for key in FEW], ids=FEW)
def test_an_optimization_keeps_its_promise_or_says_why_it_does_not_apply(
    row: Architecture, key: str
) -> None:
    effect = try_optimization(key, subject(row), model=row.key, budget=QUICK)
    if effect.problem:
        assert effect.problem.endswith(".")
        assert effect.before is effect.after is None
    else:
        assert effect.before
        assert effect.after
        assert effect.kept in ((True,) if effect.promise else (None,))
        assert effect.before.peak > 0 < effect.after.peak


def test_the_table_is_whole() -> None:
    assert [row.what.count(". ") for row in OPTIMIZATIONS.values()] == [1] * len(OPTIMIZATIONS)
    assert len({row.title for row in OPTIMIZATIONS.values()}) == len(OPTIMIZATIONS)


@pytest.mark.parametrize("row", CATALOG.values(), ids=CATALOG)
def test_folded_networks_give_the_same_answers(row: Architecture) -> None:
    model, size = network(row, published=False), input_shape(row, published=False)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            module.weight.normal_()
            module.bias.normal_()
    model, x = model.double(), torch.randn(2, *size, dtype=torch.float64)
    pairs = foldable(model, size)
    folded = fold_batch_norms(model, size)
    left = sum(isinstance(m, nn.BatchNorm2d) for m in folded.modules())
    assert left + len(pairs) == sum(isinstance(m, nn.BatchNorm2d) for m in model.modules())
    torch.testing.assert_close(folded(x), model(x))


def test_a_convolution_that_somebody_else_reads_is_not_folded() -> None:
    class Both(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = self.conv(x)
            return self.norm(y) + y  # type: ignore[no-any-return]

    assert foldable(Both().eval(), (1, 4, 4)) == []


def test_pooling_first_saves_what_relu_would_have_kept() -> None:
    layers = [nn.Conv2d(1, 4, 1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(256, 2)]
    effect = tried("pool_first", nn.Sequential(*layers), (1, 16, 16))
    assert effect.before
    assert effect.after
    assert effect.after.peak < effect.before.peak
    assert effect.difference == 0


def test_accumulation_takes_a_part_of_the_activations() -> None:
    effect = tried("accumulation", nn.Sequential(nn.Conv2d(1, 8, 1), nn.Flatten()), (1, 32, 32), 16)
    assert effect.before
    assert effect.after
    assert effect.after.peak < effect.before.peak / 2
    assert effect.promise


def test_accumulation_promises_nothing_with_a_batch_norm() -> None:
    layers = [nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2), nn.Flatten()]
    effect = tried("accumulation", nn.Sequential(*layers), (1, 4, 4))
    assert (effect.promise, effect.kept) == (False, None)
    assert effect.difference


def test_a_checkpointed_chain_peaks_lower_with_the_same_gradients() -> None:
    layers = [nn.Conv2d(1, 4, 1), *(nn.Tanh() for _ in range(16)), nn.Flatten()]
    effect = tried("checkpointing", nn.Sequential(*layers), (1, 16, 16))
    assert effect.before
    assert effect.after
    assert effect.after.peak < 0.7 * effect.before.peak
    assert effect.difference == 0


def test_obstacles_by_hand() -> None:
    linear = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
    for key in ("channels_last", "pool_first", "checkpointing", "folding"):
        assert tried(key, linear, (1, 4, 4)).problem
    for batch in (4, 10):
        effect = tried("accumulation", linear, (1, 4, 4), batch)
        assert f"A batch of {batch} cannot be split into 4" in effect.problem
