import shutil
from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import nn

from cnnviz.benchmark.results.plan import ENGINE_TITLES
from cnnviz.benchmark.timing import engines
from cnnviz.benchmark.timing.engines import EngineError, example, input_shape, network, prepare_call
from cnnviz.models.catalog import CATALOG, architecture


def test_every_engine_has_a_title() -> None:
    assert list(ENGINE_TITLES) == list(engines.ENGINES)


def test_input_and_weights_are_the_same_each_time() -> None:
    assert torch.equal(example((1, 4, 4), 2), example((1, 4, 4), 2))
    first, second = (network(architecture("lenet5"), published=False) for _ in range(2))
    pairs = zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_a_published_network_has_its_own_input() -> None:
    row = architecture("mobilenet_v2")
    size = input_shape(row, published=True)
    assert size == (3, 224, 224)
    call = prepare_call("torch", network(row, published=True), example(size, 1), 1)
    assert call().shape == (1, 1000)  # type: ignore[attr-defined]


def test_pytorch_runs_without_gradients() -> None:
    x = example((4,), 2)
    model = nn.Linear(4, 3)
    answer = prepare_call("torch", model, x, 1)()
    assert isinstance(answer, torch.Tensor)
    assert answer.is_inference()


@pytest.mark.parametrize("key", ["mnist_cnn", "densenet", "vit"])
def test_onnx_runtime_gives_the_same_answers(key: str) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    row = CATALOG[key]
    model, x = network(row, published=False), example(input_shape(row, published=False), 2)
    (answer,) = prepare_call("onnx", model, x, 1)()  # type: ignore[misc]
    torch.testing.assert_close(torch.from_numpy(answer), model(x), rtol=1e-4, atol=1e-5)


def test_an_engine_that_computes_something_else_is_refused() -> None:
    class Fickle(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + 1

    with pytest.raises(EngineError, match=r"within 0.1%, got a difference of 100.0%$"):
        engines._check_output(torch.zeros(1, 4), Fickle(), torch.zeros(1, 4))


def test_a_missing_compiler_or_package_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    for engine, words in (("compile", "needs a C.. compiler"), ("onnx", "are not installed: pip")):
        with pytest.raises(EngineError, match=words):
            prepare_call(engine, nn.Linear(1, 1), torch.zeros(1, 1), 1)


@pytest.mark.skipif(bool(engines.ENGINES["compile"].missing()), reason="no C++ compiler")
def test_a_compiled_network_gives_the_same_answers() -> None:
    model, x = nn.Sequential(nn.Linear(4, 4), nn.ReLU()).eval(), example((4,), 2)
    answer = prepare_call("compile", model, x, 1)()
    torch.testing.assert_close(answer, model(x), rtol=1e-4, atol=1e-5)


@pytest.mark.skipif(bool(engines.ENGINES["compile"].missing()), reason="no C++ compiler")
def test_every_network_of_one_class_is_compiled_at_every_batch_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[object] = []

    def backend(graph: torch.fx.GraphModule, inputs: object) -> Callable[..., object]:
        seen.append(inputs)
        return graph.forward

    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=backend))
    for width in range(1, 7):
        model = nn.Sequential(nn.Linear(4, width), nn.ReLU()).eval()
        for batch in (1, 2):  # PyTorch gives up after eight of one class, and runs them as they are
            prepare_call("compile", model, example((4,), batch), 1)()
    assert len(seen) == 12
