"""Scores to explain, and questions about a network."""

import pytest
import torch

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.attribution.methods import explain
from cnnviz.inspection.attribution.question import Target
from cnnviz.models.catalog import architecture
from cnnviz.models.loaded_network import LoadedNetwork
from tests.inspection.attribution.shipped_networks import available

DIGIT = load_digits("embedded").test_images[0]


def test_a_class_is_not_set_against_itself() -> None:
    with pytest.raises(ValueError, match="classes to compare must differ, got 4 twice"):
        Target(4, 4)


def test_probabilities_are_among_all_or_between_two() -> None:
    logits = torch.tensor([[1.0, 0.0, 5.0]])
    e = torch.e
    assert Target(0).probability(logits).item() == pytest.approx(e / (e + 1 + e**5))
    assert Target(0, 1).probability(logits).item() == pytest.approx(e / (e + 1))


def test_an_unknown_layer_is_named() -> None:
    with pytest.raises(ValueError, match="layer must be a module of ResNet-8, got 'layer9'"):
        explain(
            LoadedNetwork(available("resnet8"), architecture("resnet8")),
            DIGIT,
            Target(3),
            layer="layer9",
        )
