import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.channel_statistics import channel_statistics, class_share
from cnnviz.models.catalog import CATALOG, Architecture
from cnnviz.models.loaded_network import LoadedNetwork


def test_classes_explain_all_of_a_channel_that_is_the_same_within_each() -> None:
    answers = torch.tensor([[1.0, 5.0], [1.0, 7.0], [3.0, 5.0], [3.0, 7.0]])
    found = class_share(answers, torch.tensor([0, 0, 1, 1]))
    assert found.tolist() == pytest.approx([1.0, 0.0])


def test_the_share_by_hand() -> None:
    # means 1 and 3 around 2: between = 4; deviations -2, 0, 0, 2: whole = 8
    found = class_share(torch.tensor([[0.0], [2.0], [2.0], [4.0]]), torch.tensor([4, 4, 9, 9]))
    assert found.tolist() == pytest.approx([0.5])


def test_a_channel_that_never_changes_has_no_share() -> None:
    assert class_share(torch.ones(3, 1), torch.tensor([1, 2, 3])).tolist() == [0]


def test_a_channel_that_can_never_fire_is_dead() -> None:
    row = CATALOG["mnist_cnn"]
    model = row.build().eval()
    network = LoadedNetwork(model, row)
    first = model.get_submodule("conv1")
    assert isinstance(first, nn.Conv2d)
    assert first.bias is not None
    with torch.no_grad():
        first.weight[:5] = 0
        first.bias[:5] = -1
    digits = load_digits("embedded")
    before = channel_statistics(
        LoadedNetwork(row.build().eval(), row), digits.test_images[::50], digits.test_labels[::50]
    )
    found = channel_statistics(network, digits.test_images[::50], digits.test_labels[::50])
    assert found["early"].dead == {0, 1, 2, 3, 4}
    assert found["early"].channels == 32
    assert found["early"].digits == 20
    assert before["early"].dead == set()


@pytest.mark.parametrize("row", CATALOG.values(), ids=CATALOG)
def test_every_row_can_be_surveyed_in_parts_of_any_size(row: Architecture) -> None:
    digits = load_digits("embedded")
    chosen = np.arange(0, 1000, 7)  # 143: one whole part and one that is not
    found = channel_statistics(
        LoadedNetwork(row.build(), row), digits.test_images[chosen], digits.test_labels[chosen]
    )
    assert list(found) == ["early", "middle", "late"]
    assert all(0 <= s.class_share <= 1 and s.digits == 143 for s in found.values())
