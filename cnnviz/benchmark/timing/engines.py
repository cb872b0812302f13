"""Networks of the catalogue, made ready to run on one engine or another.

How long a forward pass takes does not depend on what the network has learned, so the weights are
those it begins with.
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

from cnnviz.models.catalogue import Architecture
from cnnviz.models.structure.trace import Size
from cnnviz.system.extras import install_command

Call = Callable[[], object]

_COMPILERS = ("c++", "g++", "clang++", "cl")
_CLOSE = 1e-3  # largest difference to PyTorch's answers, as a share of the largest answer


class EngineError(ValueError):
    """An engine cannot run a network here; the message says why."""


@dataclass(frozen=True)
class Engine:
    """A way to run a network.

    Attributes:
        missing: returns what it needs and does not find, in one sentence; "" if nothing.
        prepare: returns a call that runs a network on an input with so many threads. It may raise
            EngineError or RuntimeError.
    """

    missing: Callable[[], str]
    prepare: Callable[[nn.Module, Tensor, int], Call]


def network(row: Architecture, *, published: bool) -> nn.Module:
    """Return a row's network as seed 0 begins it, in evaluation mode, its gradients off.

    Raises:
        ValueError: if `published` is asked for and the row has none.
    """
    if published and row.published is None:
        raise ValueError(f"{row.title} has no published network beside this one")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        if published and row.published:
            model: nn.Module = pkgutil.resolve_name(row.published.builder)()
        else:
            model = row.build()
    return model.eval().requires_grad_(False)


def input_shape(row: Architecture, *, published: bool) -> Size:
    """Return the shape of one example, (C, H, W)."""
    if published and row.published:
        return row.published.input_size
    return 1, row.input_size, row.input_size


def example(size: Size, batch: int) -> Tensor:
    """Return the same random input (batch, C, H, W) each time."""
    return torch.randn(batch, *size, generator=torch.Generator().manual_seed(0))


def prepare_call(engine: str, model: nn.Module, x: Tensor, threads: int) -> Call:
    """Return a call that runs the network on that engine.

    Raises:
        EngineError: if the engine is missing or cannot run this network.
    """
    found = ENGINES[engine]
    if missing := found.missing():
        raise EngineError(missing)
    try:
        return found.prepare(model, x, threads)
    except (RuntimeError, TypeError, NotImplementedError) as error:  # of exporters and compilers
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise EngineError(f"it cannot run this network: {first}") from error


def _torch(model: Callable[[Tensor], object], x: Tensor, threads: int) -> Call:
    del threads  # PyTorch's own number is the process's

    def call() -> object:
        with torch.inference_mode():
            return model(x)

    return call


def _compiled(model: nn.Module, x: Tensor, threads: int) -> Call:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what the compiler thinks of this machine
        # networks of one class share its code: after eight the ninth would run uncompiled
        compiled: nn.Module = torch.compile(  # type: ignore[call-overload]
            model, dynamic=False, isolate_recompiles=True
        )
        call = _torch(compiled, x, threads)
        answer = call()  # compiles: seconds that are told apart from the cold call
    assert isinstance(answer, Tensor)
    _compare(answer, model, x)
    return call


def _onnx(model: nn.Module, x: Tensor, threads: int) -> Call:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors only
    options.add_session_config_entry("session.set_denormal_as_zero", "1")  # as PyTorch here
    session = onnxruntime.InferenceSession(
        to_onnx(model, x), options, providers=["CPUExecutionProvider"]
    )
    feed = {session.get_inputs()[0].name: x.numpy()}

    def call() -> object:
        return session.run(None, feed)

    _compare(torch.from_numpy(session.run(None, feed)[0]), model, x)
    return call


def to_onnx(model: nn.Module, x: Tensor) -> bytes:
    """Return the network as an ONNX file for inputs of that very shape."""
    file = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # shapes become constants, which is meant
        # the exporter by `torch.export` takes 5 s a network, this one 0.3 s, with the same result
        torch.onnx.export(model, (x,), file, dynamo=False)  # type: ignore[arg-type]
    return file.getvalue()


def _compare(answer: Tensor, model: nn.Module, x: Tensor) -> None:
    """Refuse an engine that computes something else."""
    with torch.inference_mode():
        own = model(x)
    difference = (answer - own).abs().max() / own.abs().max().clamp(min=1e-30)
    if not difference <= _CLOSE:
        raise EngineError(f"its answers differ from PyTorch's by {float(difference):.1%}")


def _nothing_missing() -> str:
    return ""


def _compiler_missing() -> str:
    names = filter(None, (os.environ.get("CXX"), *_COMPILERS))
    if any(map(shutil.which, names)):
        return ""
    return "torch.compile needs a C++ compiler, and there is none: install g++ or clang"


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
