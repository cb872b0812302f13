"""Channels muted one at a time, against networks edited one at a time."""

import numpy as np
import pytest

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.map_layers import map_layers
from cnnviz.inspection.activations.partial_forward import all_logits, prefix
from cnnviz.inspection.interventions.channel_importance import (
    changes_by_image,
    channel_importance,
    most_changed_image,
)
from cnnviz.inspection.interventions.edits import Scale, apply_edits
from cnnviz.training.runs import networks


@pytest.mark.parametrize(("key", "layer"), [("lenet5", "c3"), ("vit", "blocks.0"), ("swin", "")])
def test_each_channel_is_muted_alone(key: str, layer: str) -> None:
    network = networks.load_network(networks.find_network(f"shipped-{key}"))
    layers = map_layers(network)
    chosen = next(row for row in layers if row.name == (layer or network.architecture.middle))
    image = load_digits("embedded").test_images[3]
    importance = channel_importance(network, chosen, image)
    assert importance.muted.shape == (chosen.channels, 10)
    for channel in (0, chosen.channels - 1, importance.most_important):
        edited = apply_edits(network, [Scale(chosen.name, channel, 0.0)], layers)
        expected = all_logits(edited, image[None]).softmax(dim=1).numpy()[0]
        assert importance.muted[channel] == pytest.approx(expected, abs=1e-4)
    plain = all_logits(network, image[None]).softmax(dim=1).numpy()[0]
    assert importance.unchanged == pytest.approx(plain, abs=1e-4)


def test_the_image_that_depends_on_a_channel_is_found() -> None:
    network = networks.load_network(networks.find_network("shipped-lenet5"))
    layer = next(row for row in map_layers(network) if row.name == "c1")
    images = load_digits("embedded").test_images[:20]
    changes = changes_by_image(
        network,
        layer,
        5,
        before=prefix(network, images, layer="c1"),
        logits=all_logits(network, images).numpy(),
    )
    expected = [channel_importance(network, layer, image).changes[5] for image in images]
    most, share = most_changed_image(
        network,
        layer,
        5,
        before=prefix(network, images, layer="c1"),
        logits=all_logits(network, images).numpy(),
    )
    assert (share, expected[most]) == (pytest.approx(max(expected)),) * 2
    assert changes == pytest.approx(np.array(expected), abs=1e-4)
    assert changes.max() > 0.9
