"""Networks of the catalog on the engines that run them: PyTorch, torch.compile, ONNX Runtime.

The time of a forward pass does not depend on the values of the weights, so these are the initial
ones.
"""

import importlib.util
import io
import os
import pkgutil
import shutil
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor, nn

from cnnviz.models.catalog import Architecture
from cnnviz.models.seeding import seeded
from cnnviz.models.structure.trace import Size
from cnnviz.system.extras import install_command

Call = Callable[[], object]

_COMPILERS = ("c++", "g++", "clang++", "cl")
_TOLERANCE = 1e-3  # largest difference from PyTorch's outputs, over the largest output


class EngineError(ValueError):
    """An engine cannot run a network on this machine; the message says why."""


@dataclass(frozen=True)
class Engine:
    """One way to run a network.

    Attributes:
        missing: returns what is not installed, in one sentence; "" if nothing is missing.
        prepare: returns a call that runs a network on an input with a number of threads; may raise
            EngineError or RuntimeError.
    """

    missing: Callable[[], str]
    prepare: Callable[[nn.Module, Tensor, int], Call]


def network(row: Architecture, *, published: bool) -> nn.Module:
    """Return a network initialized with seed 0, in evaluation mode and without gradients.

    Args:
        row: of the catalog.
        published: return the published network instead of that at the scale of MNIST.

    Raises:
        ValueError: if there is no published network.
    """
    builder = row.published_network().builder if published else row.builder
    with seeded(0):
        model: nn.Module = pkgutil.resolve_name(builder)()
    return model.eval().requires_grad_(False)


def input_shape(row: Architecture, *, published: bool) -> Size:
    """Return the shape of one image, (C, H, W)."""
    if published and row.published:
        return row.published.input_size
    return 1, row.input_size, row.input_size


def example(shape: Size, batch: int) -> Tensor:
    """Return a batch of random images, (N, C, H, W), the same at every call."""
    return torch.randn(batch, *shape, generator=torch.Generator().manual_seed(0))  # (N, C, H, W)


def prepare_call(engine: str, model: nn.Module, x: Tensor, threads: int) -> Call:
    """Return a call that runs a network on an engine.

    Args:
        engine: key of `ENGINES`.
        model: in evaluation mode.
        x: the input, (N, C, H, W).
        threads: number of threads of the engine; PyTorch uses that of the process.

    Raises:
        EngineError: if the engine is missing or cannot run this network.
    """
    runner = ENGINES[engine]
    if missing := runner.missing():
        raise EngineError(missing)
    try:
        return runner.prepare(model, x, threads)
    except (RuntimeError, TypeError, NotImplementedError) as error:  # from exporters and compilers
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise EngineError(f"it cannot run this network: {first}") from error


def _torch(model: Callable[[Tensor], object], x: Tensor, threads: int) -> Call:
    del threads  # PyTorch's number is set for the whole process

    def call() -> object:
        with torch.inference_mode():
            return model(x)

    return call


def _compiled(model: nn.Module, x: Tensor, threads: int) -> Call:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the compiler warns about this machine
        # networks of one class share compiled code; without isolation, the ninth runs uncompiled
        compiled: nn.Module = torch.compile(  # type: ignore[call-overload]
            model, dynamic=False, isolate_recompiles=True
        )
        call = _torch(compiled, x, threads)
        output = call()  # compiles, so that the cold call does not
    assert isinstance(output, Tensor)
    _check_output(output, model, x)
    return call


def _onnx(model: nn.Module, x: Tensor, threads: int) -> Call:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads  # PyTorch's setting does not reach it
    options.log_severity_level = 3  # errors only
    options.add_session_config_entry("session.set_denormal_as_zero", "1")  # as PyTorch here
    session = onnxruntime.InferenceSession(
        to_onnx(model, x), options, providers=["CPUExecutionProvider"]
    )
    feed = {session.get_inputs()[0].name: x.numpy()}  # (N, C, H, W), shares the tensor's memory

    def call() -> object:
        return session.run(None, feed)

    _check_output(torch.from_numpy(session.run(None, feed)[0]), model, x)
    return call


def to_onnx(model: nn.Module, x: Tensor) -> bytes:
    """Return a network as an ONNX file for inputs of exactly this shape."""
    file = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # shapes become constants, as intended
        # the exporter by `torch.export` takes 5 s per network, this one 0.3 s, with the same result
        torch.onnx.export(model, (x,), file, dynamo=False)  # type: ignore[arg-type]
    return file.getvalue()


def _check_output(output: Tensor, model: nn.Module, x: Tensor) -> None:
    """Raise `EngineError` if the output differs from PyTorch's."""
    with torch.inference_mode():
        expected = model(x)
    difference = (output - expected).abs().max() / expected.abs().max().clamp(min=1e-30)
    if not difference <= _TOLERANCE:
        raise EngineError(
            f"outputs must match PyTorch's within {_TOLERANCE:.1%}, got a difference of "
            f"{float(difference):.1%}"
        )


def _nothing_missing() -> str:
    return ""


def _compiler_missing() -> str:
    names = filter(None, (os.environ.get("CXX"), *_COMPILERS))
    if any(map(shutil.which, names)):
        return ""
    return "torch.compile needs a C++ compiler, but found none: install g++ or clang"


def _onnx_missing() -> str:
    packages = [n for n in ("onnx", "onnxruntime") if importlib.util.find_spec(n) is None]
    if not packages:
        return ""
    return (
        f"{' and '.join(packages)} {'is' if len(packages) == 1 else 'are'} not installed: "
        f"{install_command('engines')}"
    )


ENGINES: Mapping[str, Engine] = MappingProxyType(
    {
        "torch": Engine(_nothing_missing, _torch),
        "compile": Engine(_compiler_missing, _compiled),
        "onnx": Engine(_onnx_missing, _onnx),
    }
)
