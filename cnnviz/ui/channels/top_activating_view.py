"""The digits that activate a channel most, and what its strongest unit sees of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.mnist import SIDE, Digits
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import architectures, layer_outputs
from cnnviz.ui.channels import tested_digits
from cnnviz.ui.components.maps_view import Actions, MapStage, digit_stage, maps_view
from cnnviz.ui.components.tiles import Row, Tile, tiles
from cnnviz.ui.pickers.image import InputImage
from cnnviz.ui.pickers.layer import remember_map

if TYPE_CHECKING:
    from cnnviz.inspection.activations.map_layers import MapLayer

MAP = 196.0  # screen pixels of a channel's map
LARGE = 68.0  # screen pixels of a digit

_Box = list[int]  # first row, first column, last row, last column


def top_activating_view(
    network: TrainedNetwork, digits: Digits, layer: "MapLayer", channel: int
) -> None:
    """Show the tested digits that activate a channel most, and the patches that its units see."""
    top = tested_digits.top_activating(network, digits, layer)
    indices = tested_digits.tested(digits)[top.digits[channel]]
    units = zip(top.rows[channel], top.columns[channel], strict=True)
    fields = architectures.fields(network.architecture_key, (layer.name,))[layer.name].boxes[""]
    boxes = [[int(edge) for edge in fields[unit]] for unit in units]
    size = network.architecture.input_size
    images = [
        Tile(
            _framed(digits.test_images[index, 0], size),
            f"Test digit {index}, labeled {digits.test_labels[index]}",
            f"{value:.2f}",
            boxes=[_shares(box, size)],
        )
        for index, value, box in zip(indices, top.values[channel], boxes, strict=True)
    ]
    note = f"of {top.looked_at:,} test digits, with the channel's largest value"
    rows = [
        Row("Digits with the highest activation", images, note, scale=LARGE / size),
        _patches(images, boxes),
    ]
    tiles(rows, key="channels_exciting")


def _patches(images: Sequence[Tile], boxes: Sequence[_Box]) -> Row:
    """Return what lies in each image's box, all patches on frames of one size."""
    height = max(bottom - top for top, _, bottom, _ in boxes) + 1
    width = max(right - left for _, left, _, right in boxes) + 1
    patches = [
        Tile(
            _cut(image.values, box, height, width),
            f"Rows {box[0]} to {box[2]} and columns {box[1]} to {box[3]} of {image.name.lower()}",
        )
        for image, box in zip(images, boxes, strict=True)
    ]
    title, note = "What the strongest unit sees", f"{height} × {width} pixels"
    return Row(title, patches, note, scale=LARGE / max(height, width))


def channel_map_view(
    network: TrainedNetwork, layer: "MapLayer", channel: int, image: NDArray[np.uint8]
) -> None:
    """Show the map of an unedited channel for an image (28, 28)."""
    values = layer_outputs.layer_maps(network, image, layer)[channel]
    tile = Tile(values, f"Channel {channel}")
    note = f"unedited, {values.min():.2f} to {values.max():.2f}"
    row = Row("The channel on this image", [tile], note, MAP / len(values), signed=True)
    tiles([row], key="channels_map")


def channel_maps_view(network: TrainedNetwork, layer: "MapLayer", image: InputImage) -> None:
    """Show the maps of all unedited channels for the image; a click chooses a channel."""
    values = layer_outputs.layer_maps(network, image.pixels, layer)
    maps_view(
        [
            digit_stage(image.pixels, network.architecture.input_size),
            MapStage(f"{layer.channels} channels", layer.name, values),
        ],
        key="channels_all",
        subject=f"{network.key} {network.version} {layer.name} {hash(image.key)}",
        actions=Actions(select=remember_map),
    )


def _framed(image: NDArray[np.uint8], size: int) -> NDArray[np.float32]:
    """Return a digit as the network receives it, padded, from 0 to 1."""
    before = (size - SIDE) // 2
    padded = np.pad(image, (before, size - SIDE - before))
    return (padded / 255).astype(np.float32)


def _shares(box: _Box, size: int) -> list[float]:
    """Return a box as left, top, right and bottom, in shares of the image's side."""
    top, left, bottom, right = box
    return [left / size, top / size, (right + 1) / size, (bottom + 1) / size]


def _cut(image: NDArray[np.float32], box: _Box, height: int, width: int) -> NDArray[np.float32]:
    """Return a patch on a frame of one size; NaN where it extends beyond the image."""
    top, left, bottom, right = box
    patch = image[top : bottom + 1, left : right + 1]
    framed = np.full((height, width), np.nan, np.float32)
    down = height - len(patch) if top == 0 else 0
    across = width - patch.shape[1] if left == 0 else 0
    framed[down : down + len(patch), across : across + patch.shape[1]] = patch
    return framed
