"""The digits that excite a channel most, and what of them its unit sees."""

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
LARGE = 68.0  # screen pixels of a picture


def exciting_view(network: TrainedNetwork, digits: Digits, layer: "MapLayer", channel: int) -> None:
    """Show the tested digits that excite a channel most, marked and cut."""
    found = tested_digits.top_activating(network, digits, layer)
    chosen = tested_digits.tested(digits)[found.digits[channel]]
    units = zip(found.rows[channel], found.columns[channel], strict=True)
    every = architectures.fields(network.architecture_key, (layer.name,))[layer.name].boxes[""]
    boxes = [[int(edge) for edge in every[unit]] for unit in units]
    size = network.architecture.input_size
    values = found.values[channel]
    whole = [
        Tile(
            _framed(digits.test_images[index, 0], size),
            f"Test digit {index}, labeled {digits.test_labels[index]}",
            f"{value:.2f}",
            boxes=[_shares(box, size)],
        )
        for index, value, box in zip(chosen, values, boxes, strict=True)
    ]
    height = max(bottom - top for top, _, bottom, _ in boxes) + 1
    width = max(right - left for _, left, _, right in boxes) + 1
    cut = [
        Tile(
            _cut(tile.values, box, height, width),
            f"Rows {box[0]} to {box[2]} and columns {box[1]} to {box[3]} of {tile.name.lower()}",
        )
        for tile, box in zip(whole, boxes, strict=True)
    ]
    rows = [
        Row(
            "Digits that excite it most",
            whole,
            f"of {found.looked_at:,} test digits, with the channel's largest value",
            scale=LARGE / size,
        ),
        Row(
            "What its strongest unit sees of them",
            cut,
            f"{height} × {width} pixels",
            scale=LARGE / max(height, width),
        ),
    ]
    tiles(rows, key="channels_exciting")


def channel_view(
    network: TrainedNetwork, layer: "MapLayer", channel: int, image: NDArray[np.uint8]
) -> None:
    """Show what a channel, as learned, makes of an image (28, 28)."""
    values = layer_outputs.layer_maps(network, image, layer)[channel]
    tile = Tile(values, f"Channel {channel}")
    note = f"as learned, {values.min():.2f} to {values.max():.2f}"
    row = Row("The channel on this image", [tile], note, MAP / len(values), signed=True)
    tiles([row], key="channels_map")


def all_channels(network: TrainedNetwork, layer: "MapLayer", image: InputImage) -> None:
    """Show what every channel, as learned, makes of the image; a click chooses one."""
    row = network.architecture
    values = layer_outputs.layer_maps(network, image.pixels, layer)
    maps_view(
        [
            digit_stage(image.pixels, row.input_size),
            MapStage(f"{layer.channels} channels", layer.name, values),
        ],
        key="channels_all",
        subject=f"{network.key} {network.version} {layer.name} {hash(image.key)}",
        actions=Actions(select=remember_map),
    )


def constant(network: TrainedNetwork, digits: Digits, layer: "MapLayer", channel: int) -> bool:
    """Tell whether a channel has the same value everywhere, whatever the digit."""
    return bool(tested_digits.top_activating(network, digits, layer).constant[channel])


def _framed(image: NDArray[np.uint8], size: int) -> NDArray[np.float32]:
    """Return a digit as the network receives it, padded, from 0 to 1."""
    before = (size - SIDE) // 2
    padded = np.pad(image, (before, size - SIDE - before))
    return (padded / 255).astype(np.float32)


def _shares(box: list[int], size: int) -> list[float]:
    top, left, bottom, right = box
    return [left / size, top / size, (right + 1) / size, (bottom + 1) / size]


def _cut(
    image: NDArray[np.float32], box: list[int], height: int, width: int
) -> NDArray[np.float32]:
    """Return a patch on a frame of one size; what the image's border cuts off is NaN."""
    top, left, bottom, right = box
    patch = image[top : bottom + 1, left : right + 1]
    framed = np.full((height, width), np.nan, np.float32)
    down = height - len(patch) if top == 0 else 0
    across = width - patch.shape[1] if left == 0 else 0
    framed[down : down + len(patch), across : across + patch.shape[1]] = patch
    return framed
