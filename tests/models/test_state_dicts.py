"""The first difference between weights and a network, on a layer of two by three."""

import torch
from torch import nn

from cnnviz.models.state_dicts import first_difference

LAYER = nn.Linear(3, 2)


def test_a_missing_tensor_another_shape_and_an_additional_tensor_are_named() -> None:
    weight, bias = torch.zeros(2, 3), torch.zeros(2)
    assert first_difference(LAYER, {"weight": weight}) == "no bias"
    assert (
        first_difference(LAYER, {"weight": torch.zeros(3, 3), "bias": bias})
        == "weight of shape (3, 3), not (2, 3)"
    )
    extended = {"weight": weight, "bias": bias, "scale": bias}
    assert first_difference(LAYER, extended) == "another tensor scale"
    assert first_difference(LAYER, {"weight": weight, "bias": bias}) == "the same"
