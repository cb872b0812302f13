"""What is seen of one snapshot is what the other modules say of the same network."""

import numpy as np
import pytest
import torch

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.forward_pass import FeatureMaps
from cnnviz.inspection.attribution.methods import explain
from cnnviz.inspection.attribution.question import Target
from cnnviz.inspection.training_snapshot import (
    STORED_VECTOR_LIMIT,
    common_plane,
    digit_snapshot,
    page_count,
    shown_channels,
    snapshot,
    strongest_channels,
    valid_page,
)
from cnnviz.models.catalog import CATALOG, architecture
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.models.structure.first_filters import first_filters
from cnnviz.training.runs import networks

DIGITS = load_digits("embedded")
PIXELS, LABELS = DIGITS.test_images[::50], DIGITS.test_labels[::50]


@pytest.mark.parametrize("key", [k for k, row in CATALOG.items() if row.task == "classify"])
def test_every_network_has_a_snapshot(key: str) -> None:
    row = architecture(key)
    model = row.build().eval()
    network = LoadedNetwork(model, row)
    found = snapshot(network, PIXELS, LABELS)
    assert found.vectors.shape[0] == len(PIXELS)
    last_maps = 1280  # of one unit each, in MobileNetV2
    assert found.vectors.shape[1] <= max(STORED_VECTOR_LIMIT, last_maps)
    assert found.field.values.shape == (row.input_size, row.input_size)
    seen = digit_snapshot(network, PIXELS[0], 3)
    assert seen.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert seen.saliency.shape == (28, 28)
    assert [maps.layer for maps in seen.maps] == [row.early, row.middle, row.late]


def test_a_snapshot_of_the_lectures_network() -> None:
    loaded, row = (
        networks.load_network(networks.find_network("shipped-mnist_cnn")),
        architecture("mnist_cnn"),
    )
    model = loaded.model
    found = snapshot(loaded, PIXELS, LABELS)
    assert found.layer == "relu3"
    x = (torch.from_numpy(PIXELS) / 255 - 0.1307) / 0.3081
    with torch.inference_mode():
        late = model.pool2(model.relu2(model.conv2(model.pool1(model.relu1(model.conv1(x))))))
        hidden = torch.relu(model.fc1(late.flatten(1)))
        answer = model(x[:1]).softmax(dim=1)[0]
    assert torch.allclose(found.vectors, hidden, atol=1e-4)
    assert (found.filters == model.conv1.weight[:, 0].numpy()).all()
    seen = digit_snapshot(loaded, PIXELS[0], 7)
    assert seen.probabilities == pytest.approx(answer.numpy(), abs=1e-5)
    assert seen.prediction == int(answer.argmax())
    assert seen.confidence == pytest.approx(float(answer.max()), abs=1e-5)
    expected = explain(loaded, PIXELS[0], Target(7), layer=row.late)
    assert seen.saliency == pytest.approx(expected.maps["saliency"], abs=1e-6)


def test_the_share_among_their_own_is_counted_by_brute_force() -> None:
    loaded = networks.load_network(networks.find_network("shipped-lenet5"))
    found = snapshot(loaded, PIXELS, LABELS)
    right = 0
    for i, vector in enumerate(found.vectors):
        away = (found.vectors - vector).norm(dim=1)
        away[i] = torch.inf
        near = [int(LABELS[j]) for j in away.argsort()[:5]]
        most = max(map(near.count, near))
        right += next(label for label in near if near.count(label) == most) == LABELS[i]
    assert found.separation.value == right / len(LABELS)


def test_a_network_without_convolutions_has_no_filters() -> None:
    assert first_filters(torch.nn.Linear(4, 2)).shape == (0, 1, 1)
    assert np.size(first_filters(torch.nn.ReLU()).numpy()) == 0


def test_the_strongest_channels_stay_in_their_order() -> None:
    values = np.zeros((20, 2, 2), np.float32)
    values[:, 0, 0] = [-20, *range(1, 20)]
    assert strongest_channels(values).tolist() == [0, *range(5, 20)]


def test_weaker_channels_are_on_the_next_pages() -> None:
    values = np.zeros((40, 2, 2), np.float32)
    values[:, 0, 0] = range(40, 0, -1)
    assert strongest_channels(values, 1).tolist() == [*range(16, 32)]
    assert (
        strongest_channels(values, 2).tolist()
        == [*range(32, 40)]
        == strongest_channels(values, 99).tolist()
    )
    assert [valid_page(page, 40) for page in (-1, 0, 2, 3)] == [0, 0, 2, 2]
    assert [page_count(channels) for channels in (1, 16, 17, 40)] == [1, 1, 2, 3]


def test_all_snapshots_share_the_plane_of_the_last_one() -> None:
    draw = np.random.default_rng(0)
    early, late = (draw.normal(size=(30, 6)).astype(np.float32) for _ in range(2))
    late *= np.array([9, 4, 1, 1, 1, 1], np.float32)
    positions = common_plane([torch.from_numpy(early), torch.from_numpy(late)])
    mean = late.mean(axis=0)
    axes = np.linalg.svd(late - mean, full_matrices=False)[2][:2]
    for i, values in enumerate((early, late)):
        expected = (values - mean) @ axes.T
        assert np.abs(positions[i]) == pytest.approx(np.abs(expected), abs=1e-3)


def test_shown_channels_are_scaled_by_the_largest_value_of_all_snapshots() -> None:
    first, newest = np.zeros((3, 1, 2), np.float32), np.zeros((3, 1, 2), np.float32)
    first[2, 0] = (-4.0, 1.0)
    newest[0, 0, 0] = 2.0
    likeness = np.zeros(3, np.float32)
    layers = [FeatureMaps("early", "conv1", "Conv2d", maps, likeness) for maps in (first, newest)]
    shown = shown_channels(layers, page=0)
    assert (shown.channels.tolist(), shown.limit) == ([0, 1, 2], 4.0)
    assert shown.values[0, 2, 0].tolist() == [-32_767, 8_192]  # 32,767 / 4 rounded
    assert shown.values[1, 0, 0].tolist() == [16_384, 0]  # 32,767 / 2 = 16,383.5, to even
    zero = FeatureMaps("early", "conv1", "Conv2d", np.zeros((3, 1, 2), np.float32), likeness)
    assert shown_channels([zero], page=0).limit == 1.0
