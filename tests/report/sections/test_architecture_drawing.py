"""Drawings of a network: blocks written down by hand, and boxes within the picture."""

from xml.etree import ElementTree

import pytest

from cnnviz.models.catalog import architecture
from cnnviz.models.structure.shapes import outline
from cnnviz.report.sections.architecture_drawing import architecture_drawing, layer_blocks


def test_blocks_of_a_network_join_what_leaves_the_size_as_it_is() -> None:
    assert layer_blocks(outline(architecture("mnist_cnn"))) == [
        ("input", 1, (1, 28, 28)),
        ("Conv2d", 1, (32, 28, 28)),
        ("MaxPool2d", 1, (32, 14, 14)),
        ("Conv2d", 1, (64, 14, 14)),
        ("MaxPool2d", 1, (64, 7, 7)),
        ("Flatten", 1, (3136,)),
        ("Linear", 1, (128,)),
        ("Linear", 1, (10,)),
    ]
    assert ("Block", 6, (50, 64)) in layer_blocks(outline(architecture("vit")))


@pytest.mark.parametrize("key", ["mnist_cnn", "vit", "detr", "resnet152", "mobilenet_v1"])
def test_every_drawing_is_an_image_with_its_numbers(key: str) -> None:
    drawn = architecture_drawing(outline(architecture(key)), "counted")
    root = ElementTree.fromstring(drawn.svg)
    width, height = map(float, root.get("viewBox", "").split()[2:])
    for box in root.iter("rect"):
        x, y, w, h = (float(box.get(name, "nan")) for name in ("x", "y", "width", "height"))
        assert 0 <= x < x + w <= width
        assert 0 <= y < y + h <= height
    written = " ".join(node.text or "" for node in root.iter("text"))
    assert all(figure.text in written for figure in drawn.figures)
