"""SVG elements: text is escaped, and sizes are in pixels."""

from xml.etree import ElementTree

from cnnviz.report.sections.svg import BLUE, svg_document, text_element


def test_text_is_escaped_and_stands_where_it_should() -> None:
    element = ElementTree.fromstring(text_element(3, 4.25, "<b> & c", BLUE, "start"))
    assert element.text == "<b> & c"
    assert (element.get("x"), element.get("y"), element.get("text-anchor")) == (
        *("3.0", "4.2"),
        "start",
    )


def test_a_document_holds_its_elements() -> None:
    document = ElementTree.fromstring(svg_document(20, 10.5, ["<g/>", "<rect/>"]))
    assert document.get("viewBox") == "0 0 20 10.5"
    assert [child.tag for child in document] == ["g", "rect"]
