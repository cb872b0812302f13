"""Forward hooks: record, time or change the outputs of layers.

Every context manager here removes its hooks at its end, also after an exception. Threads share
models, see `InspectedNetwork`: hook a copy.
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
    are restored.

    Args:
        model: the network.
        names: dotted names from `named_modules()`, "" for the network itself; None for all.
        before: takes name, module and positional inputs.
        after: takes name, module, positional inputs and output; a result other than None replaces
            the output.
        always: call `after` also where the forward pass has failed; its output is None then.

    Raises:
        ValueError: if the model has no layer of a name, naming those that exist.
    """
    modules = dict(model.named_modules())
    chosen = list(modules if names is None else _existing(modules, names))
    modes = [(module, module.training) for module in modules.values()]
    gradients = [(parameter, parameter.requires_grad) for parameter in model.parameters()]
    with ExitStack() as stack:
        # called last: hooks are removed in between, in reverse order
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

    Each output is detached and copied at once, since the next layer may change it in place. Of
    several runs of a layer the last is kept.

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
        outputs[name] = output.detach().clone()  # a clone: in-place layers write into it next

    with hooked(model, names, after=record):
        yield outputs


@contextmanager
def recording_runs(model: nn.Module, names: Iterable[str]) -> Iterator[list[tuple[str, Tensor]]]:
    """Record every run of layers, in the order of execution, as part of the autograd graph.

    The next layer receives a copy, so that a layer that works in place does not change the record.
    With gradients on, a backward pass stores the gradient of an output in its `.grad`. Outputs
    other than one tensor are left out.

    Args:
        model: see `hooked`.
        names: dotted names from `named_modules()`.

    Yields:
        Names and outputs; a `dict` of them has the last run of each layer.

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
            output.retain_grad()  # it is no leaf
        runs.append((name, output))
        return output.clone()  # replaces the output: what follows writes to the clone

    with hooked(model, names, after=record):
        yield runs


def change_output(module: nn.Module, change: Callable[[Tensor], Tensor]) -> None:
    """Register a hook that changes the output of a layer, for good; use it on a copy."""
    module.register_forward_hook(lambda _module, _inputs, output: change(output))


def make_gradients_contiguous(model: nn.Module) -> None:
    """Register hooks that make the gradients of batch norms' outputs contiguous.

    PyTorch 2.15 on the CPU otherwise returns wrong gradients for a batch of one where maps are
    reshaped to tokens right after a batch norm, as in LeViT's stem: with one example the transposed
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
            choices = ", ".join(filter(None, modules))
            raise ValueError(f"layer must be one of {choices}, got {name!r}")
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
        parameter.requires_grad_(requires_grad)  # leaves only, which may always be switched
