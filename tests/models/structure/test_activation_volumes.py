from math import prod

import pytest

from cnnviz.models.catalog import CATALOG
from cnnviz.models.structure.activation_volumes import activation_volumes
from cnnviz.models.structure.graph import graph
from cnnviz.models.structure.trace import trace_architecture
from tests.models.structure.library_networks import traced


def test_the_stages_of_the_lectures_network_are_the_lectures_list() -> None:
    found = trace_architecture(CATALOG["mnist_cnn"], published=False)
    assert [stage.size for stage in activation_volumes(found, graph(found))] == [
        (1, 28, 28),
        (32, 28, 28),
        (32, 14, 14),
        (64, 14, 14),
        (64, 7, 7),
        (3136,),
        (128,),
        (10,),
    ]


def test_the_stages_of_a_resnet_are_those_of_its_paper() -> None:
    found = traced("resnet50")
    sizes = [stage.size for stage in activation_volumes(found, graph(found))]
    assert sizes == [  # He et al. 2015, table 1
        (3, 224, 224),
        (64, 112, 112),
        (64, 56, 56),
        (256, 56, 56),
        (512, 28, 28),
        (1024, 14, 14),
        (2048, 7, 7),
        (2048, 1, 1),
        (2048,),
        (1000,),
    ]


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        (False, [((1, 28, 28), ()), ((50, 32), ((17, 64),))]),  # 49 and 16 patches, and a class
        (True, [((3, 240, 240), ()), ((401, 192), ((197, 384),))]),  # Chen et al. 2021, CrossViT-15
    ],
)
def test_the_stages_of_two_branches_stand_side_by_side(
    published: bool, expected: list[object]
) -> None:
    found = trace_architecture(CATALOG["crossvit"], published=published)
    way = activation_volumes(found, graph(found))
    assert [(stage.size, stage.beside) for stage in way[:2]] == expected
    assert way[1].layers[0] == "blocks.0"
    assert way[1].values == sum(prod(size) for size in (way[1].size, *way[1].beside))
    assert not any(stage.beside for stage in way[2:])


def test_only_networks_with_several_branches_have_tensors_side_by_side() -> None:
    for key in ("googlenet", "resnet18", "densenet", "mobilenet_v3", "swin", "levit", "t2t_vit"):
        found = trace_architecture(CATALOG[key], published=False)
        assert not any(stage.beside for stage in activation_volumes(found, graph(found))), key


def test_the_stages_of_a_transformer_are_tokens() -> None:
    found = traced("vit_b_16")
    sizes = [stage.size for stage in activation_volumes(found, graph(found))]
    assert sizes == [(3, 224, 224), (768, 14, 14), (196, 768), (197, 768), (768,), (1000,)]
