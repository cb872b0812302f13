"""Load weights into the network that they are for, and say where the two differ."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from cnnviz.system.paths import shown_path


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
        source = f" in {shown_path(file)}" if file else ""
        raise ValueError(f"weights must match {name}, got {difference}{source}") from error


def first_difference(model: nn.Module, state: Mapping[str, Tensor]) -> str:
    """Return the first tensor in which a state dictionary does not match a network, in words."""
    shapes = {name: tuple(tensor.shape) for name, tensor in state.items()}
    return first_shape_difference(model.state_dict(), shapes) or "the same"


def first_shape_difference(
    expected: Mapping[str, Tensor], shapes: Mapping[str, tuple[int, ...]]
) -> str:
    """Return the first difference between tensors and the shapes of others, in words; "" if none.

    Args:
        expected: tensors by name.
        shapes: of other tensors, by name.
    """
    for name, tensor in expected.items():
        if name not in shapes:
            return f"no {name}"
        if shapes[name] != tuple(tensor.shape):
            return f"{name} of shape {shapes[name]}, not {tuple(tensor.shape)}"
    return next((f"another tensor {name}" for name in shapes if name not in expected), "")
