"""Compare weights with the network that they are for."""

from collections.abc import Mapping

from torch import Tensor, nn


def first_difference(model: nn.Module, state: Mapping[str, Tensor]) -> str:
    """Return the first tensor in which a state dictionary does not match a network, in words."""
    expected = model.state_dict()
    for name, tensor in expected.items():
        if name not in state:
            return f"no {name}"
        if state[name].shape != tensor.shape:
            return f"{name} of shape {tuple(state[name].shape)}, not {tuple(tensor.shape)}"
    return next((f"another tensor {name}" for name in state if name not in expected), "the same")
