"""Where the parameters and operations of a network are, on graphs set by hand."""

from cnnviz.models.catalog import CATALOG
from cnnviz.models.structure.graph import Node
from cnnviz.models.structure.summary import network_structure
from cnnviz.ui.architecture.heaviest_layers import heaviest_layers


def part(name: str, parameters: int, macs: int, *children: Node) -> Node:
    return Node(name, name, name, "Conv2d", "", (10,), 10, parameters, macs, children=children)


def test_the_part_with_most_parameters_may_be_another_than_that_with_most_operations() -> None:
    root = part("net", 1000, 4000, part("conv", 250, 3000), part("fc", 750, 1000))
    text = heaviest_layers(root, (1, 28, 28))
    assert "An image of 1 × 28 × 28 goes in at the top, and 10 numbers come out" in text
    assert "**fc** holds 75.0% of the 1 k [parameters]" in text
    assert "**conv** does 75.0% of the 4 k multiplications ([MACs]" in text


def test_equal_parts_share_the_first_place_and_an_only_module_is_open() -> None:
    blocks = [part(f"block{n}", 400, 10) for n in range(2)]
    net = part("features", 1000, 25, *blocks, part("head", 200, 5))
    text = heaviest_layers(part("net", 1000, 25, net), (1, 28, 28))
    assert "**block0 and 1 other** hold 40.0% each of the 1 k" in text
    assert "**block0 and 1 other** do 40.0% each of the 25 mul" in text


def test_the_fully_connected_layer_dominates_the_lectures_network() -> None:
    structure = network_structure(CATALOG["mnist_cnn"], published=False)
    text = heaviest_layers(structure.graph, structure.input)
    # 3,136 × 128 + 128 of 421,642; 64 × 32 × 9 × 14 × 14 of 4,241,152
    assert "**fc1** holds 95.2% of the 422 k" in text
    assert "**conv2** does 85.2% of the" in text
    assert text.endswith("Click a box for its numbers; its maps appear below the graph.")
