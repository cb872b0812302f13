"""The first filters of a network."""

import torch

from cnnviz.models.structure.first_filters import first_filters


def test_a_network_without_a_convolution_has_no_filters_to_show() -> None:
    assert first_filters(torch.nn.Linear(4, 2)).shape == (0, 1, 1)
