import ast
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.ui.shell.glossary import marked_terms
from cnnviz.ui.shell.navigation import EVERY_ENTRY, Entry
from cnnviz.ui.shell.terms import GLOSSARY

PAGES = EVERY_ENTRY


def calls(path: Path) -> list[str]:
    """Calls in a script, as written."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("entry", PAGES, ids=[entry.key for entry in PAGES])
def test_each_page_has_its_own_heading_and_no_other(entry: Entry) -> None:
    lines = calls(Path(entry.path))
    assert [line for line in lines if line.startswith(("page_title(", "st.title("))] == [
        f"page_title({entry.key!r})"
    ]


@pytest.mark.parametrize("entry", PAGES, ids=[entry.key for entry in PAGES])
def test_the_purpose_of_a_page_is_short_and_its_terms_are_defined(entry: Entry) -> None:
    assert 40 <= len(entry.purpose) <= 240
    assert entry.purpose.endswith((".", ".**"))
    assert set(marked_terms(entry.purpose)) <= set(GLOSSARY)


def test_the_purpose_stands_below_the_heading_with_its_terms_linked() -> None:
    def script() -> None:
        from cnnviz.ui.shell.page_title import page_title

        page_title("convolution")

    page = AppTest.from_function(script).run()
    assert page.title[0].value == "One convolution, step by step"
    assert "[kernel](glossary?term=kernel " in page.markdown[0].value
