"""The digits that activate a channel most, and what its strongest unit sees of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.ink import padded
from cnnviz.data.mnist import Digits
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import architectures, layer_outputs
from cnnviz.ui.channels import tested_digits
from cnnviz.ui.components.maps_view import Actions, MapStage, digit_stage, maps_view
from cnnviz.ui.components.tiles import Row, Tile, tiles
from cnnviz.ui.pickers.image import InputImage
from cnnviz.ui.pickers.layer import remember_map

if TYPE_CHECKING:
    from cnnviz.inspection.activations.map_layers import MapLayer
    from cnnviz.inspection.activations.top_activating import Box

MAP = 196.0  # screen pixels of a channel's map
LARGE = 68.0  # screen pixels of a digit


def top_activating_view(
    network: TrainedNetwork, digits: Digits, layer: "MapLayer", channel: int
) -> None:
    """Show the tested digits that activate a channel most, and the patches that its units see."""
    from cnnviz.inspection.activations.top_activating import framed_patches

    top = tested_digits.top_activating(network, digits, layer)
    indices = tested_digits.tested(digits)[top.digits[channel]]
    units = zip(top.rows[channel], top.columns[channel], strict=True)
    fields = architectures.fields(network.architecture_key, (layer.name,))[layer.name].boxes[""]
    boxes = [_box(fields[unit]) for unit in units]
    size = network.architecture.input_size
    pixels = digits.test_images[indices, 0]  # (k, 28, 28)
    images = [
        Tile(
            (padded(digit, size) / 255).astype(np.float32),
            digits.title(index),
            f"{value:.2f}",
            boxes=[_shares(box, size)],
        )
        for index, digit, value, box in zip(
            indices, pixels, top.values[channel], boxes, strict=True
        )
    ]
    note = f"of {top.looked_at:,} test digits, with the channel's largest value"
    rows = [
        Row("Digits with the highest activation", images, note, scale=LARGE / size),
        _patches(framed_patches(list(pixels), boxes, size=size), images, boxes),
    ]
    tiles(rows, key="channels_exciting")


def _patches(patches: NDArray[np.float32], images: Sequence[Tile], boxes: "Sequence[Box]") -> Row:
    """Return the row of patches (k, rows, columns) that lie in the images' boxes."""
    height, width = patches.shape[1:]
    patch_tiles = [
        Tile(
            patch,
            f"Rows {box[0]} to {box[2]} and columns {box[1]} to {box[3]} of {image.name.lower()}",
        )
        for patch, image, box in zip(patches, images, boxes, strict=True)
    ]
    title, note = "What the strongest unit sees", f"{height} × {width} pixels"
    return Row(title, patch_tiles, note, scale=LARGE / max(height, width))


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


def _box(field: NDArray[np.integer]) -> "Box":
    """Return the first row, first column, last row and last column of a receptive field (4,)."""
    top, left, bottom, right = map(int, field)
    return top, left, bottom, right


def _shares(box: "Box", size: int) -> list[float]:
    """Return a box as left, top, right and bottom, in shares of the image's side."""
    top, left, bottom, right = box
    return [left / size, top / size, (right + 1) / size, (bottom + 1) / size]
