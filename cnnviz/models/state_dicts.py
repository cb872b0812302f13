"""Load weights into the network that they are for, and say where the two differ."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn


def load_weights(
    model: nn.Module, state: Mapping[str, Tensor], *, name: str, file: Path | None = None
) -> None:
    """Copy weights into a network.

    Args:
        model: network to change.
        state: weights by name.
        name: of the network, for the message.
        file: that the weights come from, for the message.

    Raises:
        ValueError: if the weights do not fit the network.
    """
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        difference = first_difference(model, state)
        source = f" in {file}" if file else ""
        raise ValueError(f"weights must match {name}, got {difference}{source}") from error


def first_difference(model: nn.Module, state: Mapping[str, Tensor]) -> str:
    """Return the first tensor in which a state dictionary does not match a network, in words."""
    expected = model.state_dict()  # parameters and buffers
    for name, tensor in expected.items():
        if name not in state:
            return f"no {name}"
        if state[name].shape != tensor.shape:
            return f"{name} of shape {tuple(state[name].shape)}, not {tuple(tensor.shape)}"
    return next((f"another tensor {name}" for name in state if name not in expected), "the same")
