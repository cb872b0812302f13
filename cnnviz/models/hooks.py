"""Keep what layers put out while a network runs."""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor, nn


def layers(model: nn.Module) -> dict[str, nn.Module]:
    """Return the innermost modules by their dotted names, in the order of definition.

    A module whose parameters are its own and not its children's, such as a normalization that
    carries its activation, is one layer. Identities, which change nothing, are none.
    """
    found: dict[str, nn.Module] = {}
    last = ""
    for name, module in model.named_modules():
        inside = bool(last) and name.startswith(f"{last}.")
        if name and not inside and _is_layer(module):
            found[name] = module
            last = name
    return found


@contextmanager
def recording(model: nn.Module, names: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """Record the outputs of named layers during the forward passes made inside the block.

    Each output is cloned at once, since the next layer may work in place on the original, and
    detached. A layer that runs more than once keeps its last output. On leaving the block, by an
    exception too, hooks, train/eval modes and `requires_grad` are as they were before it.

    Args:
        model: the network; not safe to share with another thread meanwhile, see `twin`.
        names: dotted names from `named_modules()`.

    Yields:
        The outputs by layer, filled as the forward pass goes on.

    Raises:
        ValueError: if the model has no layer of that name, naming those it has.
        TypeError: during the forward pass, if a layer's output is not one tensor.
    """
    outputs: dict[str, Tensor] = {}
    with _hooked(model, {name: _keep(outputs, name) for name in names}):
        yield outputs


@contextmanager
def recording_runs(model: nn.Module, names: Iterable[str]) -> Iterator[list[tuple[str, Tensor]]]:
    """Record every run of named layers, in the order of execution, as part of the graph.

    The next layer gets a copy, so that a layer that works in place changes no record, and a record
    takes part in a backward pass: where gradients are on, it keeps its own in `.grad`. Outputs
    that are not one tensor are left out. The model is left as `recording` leaves it.

    Args:
        model: the network; not safe to share with another thread meanwhile, see `twin`.
        names: dotted names from `named_modules()`.

    Yields:
        Layers and outputs, filled as the forward pass goes on.

    Raises:
        ValueError: if the model has no layer of that name, naming those it has.
    """
    runs: list[tuple[str, Tensor]] = []
    with _hooked(model, {name: _keep_run(runs, name) for name in names}):
        yield runs


def twin(model: nn.Module) -> nn.Module:
    """Return a copy with modules of its own and the same weights, to hook beside other threads."""
    shared: dict[int, object] = {id(tensor): tensor for tensor in model.parameters()}
    shared |= {id(tensor): tensor for tensor in model.buffers()}
    own = copy.deepcopy(model, shared)
    straighten(own)
    return own


def meta_twin(model: nn.Module) -> nn.Module:
    """Return a copy with the same shapes and no numbers, on the meta device."""
    shared: dict[int, object] = {
        id(p): nn.Parameter(p.detach().to("meta"), requires_grad=p.requires_grad)
        for p in model.parameters()
    }
    shared |= {id(tensor): tensor.to("meta") for tensor in model.buffers()}
    return copy.deepcopy(model, shared)


def straighten(model: nn.Module) -> None:
    """Give batch norms their output's gradient in the order of the output's own values.

    PyTorch 2.15 on the CPU otherwise returns wrong gradients for a batch of one where maps turn
    into tokens right after a batch norm, as in LeViT's stem: with one example the transposed
    gradient counts as contiguous, and is read in the wrong order.
    """

    def hook(_: nn.Module, __: object, output: object) -> None:
        if isinstance(output, Tensor) and output.requires_grad:
            output.register_hook(lambda gradient: gradient.contiguous())

    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.register_forward_hook(hook)


_Hook = Callable[[nn.Module, tuple[object, ...], object], Tensor | None]


@contextmanager
def _hooked(model: nn.Module, hooks: Mapping[str, _Hook]) -> Iterator[None]:
    """Hang hooks on named layers, and leave the model as it was."""
    modules = dict(model.named_modules())
    for name in hooks:
        if not name or name not in modules:
            raise ValueError(f"no layer {name!r}: choose {', '.join(filter(None, modules))}")
    modes = [(module, module.training) for module in modules.values()]
    gradients = [(parameter, parameter.requires_grad) for parameter in model.parameters()]
    with ExitStack() as stack:
        stack.callback(_restore, modes, gradients)
        for name, hook in hooks.items():
            stack.callback(modules[name].register_forward_hook(hook).remove)
        yield


def _is_layer(module: nn.Module) -> bool:
    if isinstance(module, nn.Identity):
        return False
    children = list(module.children())
    own = next(module.parameters(recurse=False), None) is not None
    theirs = any(True for child in children for _ in child.parameters())
    return not children or (own and not theirs)


def _keep(outputs: dict[str, Tensor], name: str) -> _Hook:
    def hook(module: nn.Module, inputs: tuple[object, ...], output: object) -> None:
        del module, inputs
        if not isinstance(output, torch.Tensor):
            raise TypeError(f"layer {name!r} puts out a {type(output).__name__}, not a tensor")
        outputs[name] = output.detach().clone()

    return hook


def _keep_run(runs: list[tuple[str, Tensor]], name: str) -> _Hook:
    def hook(module: nn.Module, inputs: tuple[object, ...], output: object) -> Tensor | None:
        del module, inputs
        if not isinstance(output, torch.Tensor):
            return None
        if output.requires_grad:
            output.retain_grad()
        runs.append((name, output))
        return output.clone()

    return hook


def _restore(
    modes: list[tuple[nn.Module, bool]], gradients: list[tuple[nn.Parameter, bool]]
) -> None:
    for module, training in modes:
        module.training = training
    for parameter, requires_grad in gradients:
        parameter.requires_grad_(requires_grad)
