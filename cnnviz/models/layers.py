"""The layers of a network, by dotted name."""

from torch import nn


def innermost_layers(model: nn.Module) -> dict[str, nn.Module]:
    """Return the modules that contain no layers, in the order of definition.

    A module with parameters of its own whose children have none, such as a normalization with a
    built-in activation, is one layer. Identities are left out.
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
    """Return the names of the innermost layers and of the modules that contain them."""
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
