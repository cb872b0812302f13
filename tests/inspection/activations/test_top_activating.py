import numpy as np
import pytest
import torch

from cnnviz.data.mnist import load_digits
from cnnviz.data.normalization import normalize, to_unit_range
from cnnviz.inspection.activations.map_layers import map_layers
from cnnviz.inspection.activations.top_activating import (
    framed_patches,
    patch,
    top_activating,
)
from cnnviz.models.catalog import Architecture, of_task
from cnnviz.models.hooks import recording
from cnnviz.models.inference import evaluating
from cnnviz.models.loaded_network import LoadedNetwork

ROWS = of_task("classify")


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_the_strongest_digits_are_those_that_looking_at_each_alone_finds(
    row: Architecture,
) -> None:
    model, digits = row.build().eval(), load_digits("embedded").test_images[::8]
    network = LoadedNetwork(model, row)
    layer = next(layer for layer in map_layers(network) if layer.role == "middle")
    found = top_activating(network, layer, digits, k=3)
    peaks = np.zeros((len(digits), layer.channels))
    means = np.zeros((len(digits), layer.channels))
    for i, digit in enumerate(digits):
        with evaluating(model), recording(model, [layer.name]) as outputs:
            model(normalize(to_unit_range(torch.from_numpy(digit[None])), size=row.input_size))
        maps = layer.maps(outputs[layer.name])[0].numpy()
        peaks[i] = maps.max(axis=(1, 2))
        means[i] = maps.mean(axis=(1, 2))
        for channel, place in zip(*np.nonzero(found.digits == i), strict=True):
            at = found.rows[channel, place], found.columns[channel, place]
            assert maps[channel][at] == pytest.approx(peaks[i, channel], abs=1e-4, rel=1e-4)
    best = np.sort(peaks, axis=0)[::-1][:3].T
    assert found.values == pytest.approx(best, abs=1e-4, rel=1e-4)
    assert found.means == pytest.approx(means.max(axis=0), abs=1e-4, rel=1e-4)
    assert found.looked_at == 125
    assert not torch.is_inference_mode_enabled()


def test_more_digits_than_there_are_cannot_be_chosen() -> None:
    row = ROWS["lenet5"]
    layer = map_layers(LoadedNetwork(row.build(), row))[0]
    with pytest.raises(ValueError, match="k must be 1 to the 2 digits, got 9"):
        top_activating(
            LoadedNetwork(row.build(), row), layer, load_digits("embedded").test_images[:2], k=9
        )


def test_a_channel_that_is_always_the_same_is_said_to_be() -> None:
    row = ROWS["mnist_cnn"]
    model = row.build().eval()
    network = LoadedNetwork(model, row)
    with torch.no_grad():
        model.get_parameter("conv1.weight")[4] = 0
    layer = next(layer for layer in map_layers(network) if layer.name == "conv1")
    found = top_activating(network, layer, load_digits("embedded").test_images[:5], k=1)
    assert found.constant.nonzero()[0].tolist() == [4]


def test_a_patch_is_cut_on_the_networks_input_with_its_padding() -> None:
    image = np.arange(28 * 28).reshape(28, 28).astype(np.uint8)
    assert np.array_equal(patch(image, (3, 4, 5, 9), size=28), image[3:6, 4:10])
    padded = patch(image, (0, 2, 4, 6), size=32)  # two rows above the digit are black
    assert not padded[:2].any()
    assert np.array_equal(padded[2:], image[:3, :5])


def test_patches_at_the_border_lie_where_the_rest_of_their_frame_is_outside_the_image() -> None:
    image = np.zeros((28, 28), np.uint8)
    image[0, 0], image[0, 1], image[27, 27], image[5, 6] = 255, 51, 102, 204
    boxes = [(4, 5, 5, 6), (0, 0, 0, 1), (26, 27, 27, 27)]  # inside, top left, right border
    inside, corner, border = framed_patches([image] * 3, boxes, size=28)
    assert inside.tolist() == [[0, 0], [0, np.float32(0.8)]]
    assert np.isnan(corner[0]).all()  # nothing above the first row
    assert corner[1].tolist() == [1, np.float32(0.2)]
    assert border[:, 0].tolist() == [0, np.float32(0.4)]
    assert np.isnan(border[:, 1]).all()  # nothing right of the last column
