"""The dimensions of channels, rows and columns in a layer's output: maps, tokens or a vector."""

import math
from dataclasses import dataclass

from torch import Tensor, nn

_NCHW = (
    nn.modules.conv._ConvNd,
    nn.modules.batchnorm._BatchNorm,
    nn.modules.pooling._MaxPoolNd,
    nn.modules.pooling._AvgPoolNd,
    nn.modules.pooling._AdaptiveAvgPoolNd,
    nn.modules.pooling._AdaptiveMaxPoolNd,
)
_NHWC = (nn.Linear, nn.LayerNorm)  # but not subclasses: ConvNeXt's norms permute
_CLASS_TOKENS = 2  # at most: class and distillation token


@dataclass(frozen=True)
class Layout:
    """The layout of feature maps in a layer's output.

    Attributes:
        dimensions: those of rows and columns, or that of tokens; none if the output is a vector.
        grid: rows and columns of a map.
        class_tokens: number of tokens before those on the grid.
    """

    dimensions: tuple[int, ...]
    grid: tuple[int, int]
    class_tokens: int = 0

    def maps(self, output: Tensor) -> Tensor:
        """Return an output of this layout as maps (N, C, h, w)."""
        if not self.dimensions:
            return output[:, :, None, None]  # (N, C, 1, 1)
        if len(self.dimensions) == 1:
            tokens = output[:, self.class_tokens :]  # (N, T, C)
            maps: Tensor = tokens.transpose(1, 2).unflatten(2, self.grid)  # (N, C, h, w)
            return maps
        return output if self.dimensions == (2, 3) else output.movedim(self.dimensions, (2, 3))


def channel_dimension(module: nn.Module, dimensions: int, *, nhwc: bool = False) -> int:
    """Return the dimension of the channels in a layer's output.

    Args:
        module: the layer.
        dimensions: number of them in its output: 4 for maps, 3 for tokens (N, T, C), 2 for
            vectors (N, C).
        nhwc: whether the outputs of the network's blocks are (N, H, W, C) in place of
            (N, C, H, W). Those of convolutions, poolings and batch norms never are; those of
            linear layers and layer norms always are.
    """
    if dimensions == 3:
        return 2
    if dimensions != 4 or isinstance(module, _NCHW):
        return 1
    return 3 if nhwc or type(module) in _NHWC else 1


def layout_of(module: nn.Module, shape: tuple[int, ...], *, nhwc: bool = False) -> Layout | None:
    """Return the layout of the maps in a layer's output; None if it has no maps of one image.

    Args:
        module: the layer.
        shape: of its output for one image; several windows or heads are no maps of one image.
        nhwc: see `channel_dimension`.
    """
    if len(shape) not in (2, 3, 4) or shape[0] != 1:
        return None
    layout = _layout(shape, channel_dimension(module, len(shape), nhwc=nhwc))
    return layout if layout.class_tokens <= _CLASS_TOKENS else None


def as_maps(output: Tensor, *, nhwc: bool = False) -> Tensor:
    """Return a layer's output as feature maps (N, C, h, w).

    Tokens lie row by row on a square grid; class tokens, which come before them, have no position
    on it and are left out.

    Args:
        output: maps (N, C, H, W), or (N, H, W, C) if `nhwc`, or tokens (N, T, C).
        nhwc: whether a four-dimensional output is (N, H, W, C).

    Raises:
        ValueError: if the output has another number of dimensions.
    """
    shape = tuple(output.shape)
    if len(shape) not in (3, 4):
        raise ValueError(f"an output must be maps or tokens, got shape {shape}")
    return _layout(shape, 3 if nhwc else 1).maps(output)


def _layout(shape: tuple[int, ...], channels: int) -> Layout:
    if len(shape) == 2:
        return Layout((), (1, 1))
    if len(shape) == 3:
        side = math.isqrt(shape[1])
        return Layout((1,), (side, side), shape[1] - side * side)
    rows, columns = (1, 2) if channels == 3 else (2, 3)
    return Layout((rows, columns), (shape[rows], shape[columns]))
