"""The layers of a network by their dotted names."""

from torch import nn


def innermost_layers(model: nn.Module) -> dict[str, nn.Module]:
    """Return the modules without layers inside, in the order of definition.

    A module whose parameters are its own and not its children's, such as a normalization with a
    built-in activation, is one layer. Identities, which change nothing, are left out.
    """
    layers: dict[str, nn.Module] = {}
    last = ""
    for name, module in model.named_modules():
        inside = bool(last) and name.startswith(f"{last}.")
        if name and not inside and _is_layer(module):
            layers[name] = module
            last = name
    return layers


def layers_and_blocks(model: nn.Module) -> list[str]:
    """Return the names of the innermost layers and of the modules around them."""
    innermost = innermost_layers(model)
    names: list[str] = []
    for name, module in model.named_modules():
        inside = bool(names) and names[-1] in innermost and name.startswith(f"{names[-1]}.")
        if name and not inside and not isinstance(module, nn.Identity):
            names.append(name)
    return names


def _is_layer(module: nn.Module) -> bool:
    if isinstance(module, nn.Identity):
        return False
    children = list(module.children())
    owns_parameters = next(module.parameters(recurse=False), None) is not None
    inside = any(True for child in children for _ in child.parameters())
    return not children or (owns_parameters and not inside)
