"""Forward hooks: record, time or change what layers put out.

Every context manager here takes its hooks away at its end, also after an exception. Hook a copy of
a network that others use, see `cnnviz.models.copies.shared_copy`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor, nn

Before = Callable[[str, nn.Module, tuple[Any, ...]], None]
After = Callable[[str, nn.Module, tuple[Any, ...], Any], Any]


@contextmanager
def hooked(
    model: nn.Module,
    names: Iterable[str] | None = None,
    *,
    before: Before | None = None,
    after: After | None = None,
    always: bool = False,
) -> Iterator[None]:
    """Call functions before and after layers run in the forward passes inside the block.

    At the end of the block, also after an exception, hooks, train/eval modes and `requires_grad`
    are as they were before it.

    Args:
        model: the network; not one that another thread uses.
        names: dotted names from `named_modules()`, "" for the network itself; None for all.
        before: takes name, module and positional inputs.
        after: takes name, module, positional inputs and output; what it returns, unless None,
            replaces the output.
        always: call `after` also where the forward pass has failed; its output is None then.

    Raises:
        ValueError: if the model has no layer of a name, naming those it has.
    """
    modules = dict(model.named_modules())
    chosen = list(modules if names is None else _existing(modules, names))
    modes = [(module, module.training) for module in modules.values()]
    gradients = [(parameter, parameter.requires_grad) for parameter in model.parameters()]
    with ExitStack() as stack:
        stack.callback(_restore, modes, gradients)
        for name in dict.fromkeys(chosen):
            module = modules[name]
            if before is not None:
                handle = module.register_forward_pre_hook(_calling_before(before, name))
                stack.callback(handle.remove)
            if after is not None:
                hook = _calling_after(after, name)
                handle = module.register_forward_hook(hook, always_call=always)
                stack.callback(handle.remove)
        yield


@contextmanager
def recording(model: nn.Module, names: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """Record the outputs of layers during the forward passes inside the block.

    Each output is detached, and copied at once, since the next layer may work on it in place. Of
    several runs of a layer the last counts.

    Args:
        model: see `hooked`.
        names: dotted names from `named_modules()`.

    Yields:
        The outputs by layer, in the order in which the layers first run.

    Raises:
        ValueError: if the model has no layer of a name, naming those it has.
        TypeError: during the forward pass, if a layer's output is not one tensor.
    """
    outputs: dict[str, Tensor] = {}

    def record(name: str, _module: nn.Module, _inputs: tuple[Any, ...], output: Any) -> None:
        if not isinstance(output, Tensor):
            kind = type(output).__name__
            raise TypeError(f"the output of layer {name!r} must be a tensor, got a {kind}")
        outputs[name] = output.detach().clone()

    with hooked(model, names, after=record):
        yield outputs


@contextmanager
def recording_runs(model: nn.Module, names: Iterable[str]) -> Iterator[list[tuple[str, Tensor]]]:
    """Record every run of layers, in the order of execution, as part of the autograd graph.

    The next layer receives a copy, so that one that works in place changes no record. Where
    gradients are on, a backward pass leaves an output's gradient in its `.grad`. Outputs that are
    not one tensor are left out.

    Args:
        model: see `hooked`.
        names: dotted names from `named_modules()`.

    Yields:
        Names and outputs; `dict` of it keeps the last run of each layer.

    Raises:
        ValueError: if the model has no layer of a name, naming those it has.
    """
    runs: list[tuple[str, Tensor]] = []

    def record(
        name: str, _module: nn.Module, _inputs: tuple[Any, ...], output: Any
    ) -> Tensor | None:
        if not isinstance(output, Tensor):
            return None
        if output.requires_grad:
            output.retain_grad()
        runs.append((name, output))
        return output.clone()

    with hooked(model, names, after=record):
        yield runs


def change_output(module: nn.Module, change: Callable[[Tensor], Tensor]) -> None:
    """Let a layer of a copy put out a changed tensor from now on."""
    module.register_forward_hook(lambda _module, _inputs, output: change(output))


def make_gradients_contiguous(model: nn.Module) -> None:
    """Give batch norms their output's gradient in the order of the output's own values.

    PyTorch 2.15 on the CPU otherwise returns wrong gradients for a batch of one where maps turn
    into tokens right after a batch norm, as in LeViT's stem: with one example the transposed
    gradient counts as contiguous, and is read in the wrong order.
    """

    def hook(_module: nn.Module, _inputs: object, output: object) -> None:
        if isinstance(output, Tensor) and output.requires_grad:
            output.register_hook(lambda gradient: gradient.contiguous())

    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.register_forward_hook(hook)


def _existing(modules: dict[str, nn.Module], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if name not in modules:
            raise ValueError(f"no layer {name!r}: choose {', '.join(filter(None, modules))}")
        yield name


def _calling_before(before: Before, name: str) -> Callable[..., None]:
    return lambda module, inputs: before(name, module, inputs)


def _calling_after(after: After, name: str) -> Callable[..., Any]:
    return lambda module, inputs, output: after(name, module, inputs, output)


def _restore(
    modes: list[tuple[nn.Module, bool]], gradients: list[tuple[nn.Parameter, bool]]
) -> None:
    for module, training in modes:
        module.training = training
    for parameter, requires_grad in gradients:
        parameter.requires_grad_(requires_grad)
