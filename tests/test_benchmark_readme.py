"""Parts of a document between two markers, which scripts write."""

import pytest

from benchmarks.readme import replace_between

START, END = "<!-- table -->\n", "<!-- end of table -->"


def test_only_what_stands_between_the_markers_is_replaced() -> None:
    text = "above\n<!-- table -->\n| old |\n<!-- end of table -->\nbelow\n"
    new = replace_between(text, START, END, "| new |\n")
    assert new == "above\n<!-- table -->\n| new |\n<!-- end of table -->\nbelow\n"
    assert replace_between(new, START, END, "| new |\n") == new


@pytest.mark.parametrize("text", ["", "<!-- table -->\n", "<!-- end of table --> <!-- table -->\n"])
def test_a_document_without_both_markers_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the README must hold <!-- table -->"):
        replace_between(text, START, END, "")
