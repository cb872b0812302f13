import pytest

from cnnviz.models.catalog import CATALOG
from cnnviz.models.structure.summary import network_structure


def test_the_lectures_network_by_hand() -> None:
    structure = network_structure(CATALOG["mnist_cnn"], published=False)
    assert structure.input == (1, 28, 28)
    layers = (32 * 9 + 32, 64 * 32 * 9 + 64, 3136 * 128 + 128, 128 * 10 + 10)
    assert structure.count.parameters == structure.graph.parameters == sum(layers)
    macs = (32 * 9 * 28**2, 64 * 32 * 9 * 14**2, 3136 * 128, 128 * 10)
    assert structure.count.macs == structure.graph.macs == sum(macs)
    assert structure.volumes[0].size == (1, 28, 28)
    assert structure.volumes[-1].size == structure.graph.output == (10,)


def test_a_published_network_has_its_own_input() -> None:
    structure = network_structure(CATALOG["resnet18"], published=True)
    assert structure.input == structure.volumes[0].size == (3, 224, 224)
    assert structure.graph.output == (1000,)


def test_a_network_without_a_published_one_is_named() -> None:
    with pytest.raises(ValueError, match="network must have a published version, got SprintCNN"):
        network_structure(CATALOG["sprint_cnn"], published=True)
