"""Weights and their first difference from a network, on a layer of two by three."""

from pathlib import Path

import pytest
import torch
from torch import nn

from cnnviz.models.state_dicts import first_difference, load_weights

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


def test_weights_are_copied_into_the_network() -> None:
    layer, weight = nn.Linear(3, 2), torch.arange(6.0).reshape(2, 3)
    load_weights(layer, {"weight": weight, "bias": torch.tensor([7.0, 8.0])}, name="small")
    assert layer.weight.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert layer.bias.tolist() == [7, 8]


@pytest.mark.parametrize(("file", "source"), [(None, ""), (Path("w.safetensors"), " in w.safe.*")])
def test_weights_that_do_not_fit_are_refused(file: Path | None, source: str) -> None:
    weights = {"weight": torch.zeros(2, 3)}
    with pytest.raises(ValueError, match=f"^weights must match small, got no bias{source}$"):
        load_weights(nn.Linear(3, 2), weights, name="small", file=file)
