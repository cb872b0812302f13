"""One form for what layers put out: feature maps, whether they were maps or tokens."""

import math

from torch import Tensor


def as_maps(output: Tensor, *, channels_last: bool = False) -> Tensor:
    """Return a layer's output as feature maps.

    Tokens lie row by row on a square grid; class tokens, which come before them, have no place on
    it and are left out.

    Args:
        output: maps (N, C, H, W), or (N, H, W, C) if `channels_last`, or tokens (N, T, C).
        channels_last: whether a four-dimensional output has its channels at the end.

    Returns:
        maps: (N, C, H, W).

    Raises:
        ValueError: if the output has another number of dimensions.
    """
    if output.dim() == 4:
        return output.permute(0, 3, 1, 2) if channels_last else output
    if output.dim() == 3:
        side = math.isqrt(output.shape[1])
        patches = output[:, output.shape[1] - side * side :]
        maps: Tensor = patches.transpose(1, 2).unflatten(2, (side, side))
        return maps
    raise ValueError(f"an output of shape {tuple(output.shape)} is neither maps nor tokens")
