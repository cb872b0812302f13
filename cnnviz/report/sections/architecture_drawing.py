"""Drawing of an architecture as blocks whose height follows the size of their maps."""

import math
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from cnnviz.models.structure.shapes import Shape
from cnnviz.report.document.blocks import Figure, SvgDrawing, TableCell
from cnnviz.report.sections.svg import BLUE, INK, MUTED, svg_document, text_element

_NOT_NAMED = ("ReLU", "Hardswish", "GELU", "Dropout", "BatchNorm2d", "LayerNorm", "Flatten")
_SLOT, _ROW, _TALLEST = 84, 180, 96  # pixels: width of a slot, height of a row and of a block
_MOST_PER_ROW = 9  # blocks
_MOST_CHARACTERS = 13  # that fit into a slot
_FILL = {3: "#cfe2f6", 2: "#d9ecd9", 1: "#f6e7c8"}  # maps, tokens, a vector

_CAPTION = (
    "The height of a block is that of its feature maps; its width grows with the number of "
    "channels. Tokens are drawn as high as the map they were cut from, a vector as a thin bar. "
    "Consecutive layers with the same output size share a block. Below each block: channels, "
    "height and width."
)


class LayerBlock(NamedTuple):
    """Consecutive layers with outputs of one size.

    Attributes:
        kind: class of the first layer with trainable weights, or of the first layer.
        layers: number of layers of that class.
        size: of the output for one example.
    """

    kind: str
    layers: int
    size: tuple[int, ...]


def layer_blocks(outline: Sequence[Shape]) -> list[LayerBlock]:
    """Return the blocks of a network in order; the first is its input."""
    blocks = []
    for size, run in groupby(outline, key=lambda shape: shape.size):
        kinds = [shape.kind or "input" for shape in run]
        named = [kind for kind in kinds if kind not in _NOT_NAMED] or kinds
        blocks.append(LayerBlock(named[0], named.count(named[0]), size))
    return blocks


def architecture_drawing(outline: Sequence[Shape], source: str) -> SvgDrawing:
    """Return the blocks of a network from left to right and row by row.

    Args:
        outline: output shapes of its layers in order.
        source: of the sizes, in words.
    """
    blocks = layer_blocks(outline)
    tallest = max(_side(block.size) for block in blocks)
    rows = -(-len(blocks) // _MOST_PER_ROW)
    per_row = -(-len(blocks) // rows)
    elements: list[str] = []
    for index, block in enumerate(blocks):
        x, y = index % per_row * _SLOT, index // per_row * _ROW
        followed = index + 1 < len(blocks) and (index + 1) % per_row != 0
        elements += _block_elements(block, x, y, tallest, arrow=followed)
    description = ", then ".join(f"{b.kind} of {_size_text(b)}" for b in blocks)
    return SvgDrawing(
        svg_document(per_row * _SLOT, rows * _ROW - 14, elements),
        f"The network: {description}",
        tuple((block.kind, _numbers(block, source)) for block in blocks),
        (_CAPTION,),
    )


def _numbers(block: LayerBlock, source: str) -> TableCell:
    size = _size_text(block)
    cell: TableCell = (Figure(size, size, source),)
    if block.layers > 1:
        cell += (", × ", Figure(block.layers, str(block.layers), source))
    return cell


def _block_elements(
    block: LayerBlock, x: float, y: float, tallest: float, *, arrow: bool
) -> list[str]:
    """Return a block in the slot at (x, y) with its text and, if wanted, an arrow to the next."""
    height = max(_TALLEST * _side(block.size) / tallest, 5)
    width = min(4 + 5 * math.log2(block.size[0] if len(block.size) == 3 else 2), 56)
    middle = x + _SLOT / 2
    elements = [
        f'<rect x="{middle - width / 2:.1f}" y="{y + 8 + (_TALLEST - height) / 2:.1f}" '
        f'width="{width:.1f}" height="{height:.1f}" rx="2" fill="{_FILL[len(block.size)]}" '
        f'stroke="{BLUE}"/>',
        text_element(middle, y + _TALLEST + 26, _shortened(block.kind), INK),
        text_element(middle, y + _TALLEST + 41, _size_text(block), MUTED),
    ]
    if block.layers > 1:
        elements.append(text_element(middle, y + _TALLEST + 55, f"× {block.layers}", MUTED))
    if arrow:
        start, level = middle + width / 2 + 5, y + 8 + _TALLEST / 2
        path = f"M{start:.1f} {level:.1f}h9m-4 -4l4 4l-4 4"
        elements.append(f'<path d="{path}" fill="none" stroke="{MUTED}"/>')
    return elements


def _side(size: tuple[int, ...]) -> float:
    """Return the side of maps, or of the map that tokens were cut from, or a vector's length."""
    if len(size) == 3:
        return size[1]
    return math.sqrt(size[0]) if len(size) == 2 else math.log2(size[0] + 1)


def _size_text(block: LayerBlock) -> str:
    return " × ".join(map(str, block.size))


def _shortened(text: str) -> str:
    text = text.removeprefix("Adaptive")
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"
