from streamlit.testing.v1 import AppTest

from cnnviz.ui.shell.terms import GLOSSARY
from tests.pages.reading import App


def names(page: AppTest) -> list[str]:
    """Return the terms on the page in their order."""
    assert not page.exception
    return [header.value.lower() for header in page.subheader]


def test_the_page_defines_every_term_once(app: App) -> None:
    page = app("glossary")
    assert names(page) == sorted(name.lower() for name in GLOSSARY)
    papers = [text.value for text in page.markdown if "https://" in text.value]
    assert len(papers) == sum(term.source is not None for term in GLOSSARY.values())


def test_a_link_shows_its_term_first(app: App) -> None:
    page = app("glossary", term="receptive-field")
    first, *others = names(page)
    assert first == "receptive field"
    assert others == sorted(name.lower() for name in GLOSSARY if name != "receptive field")
    assert page.selectbox(key="term").value == "receptive-field"
    page.selectbox(key="term").set_value(None).run()
    assert names(page) == sorted(name.lower() for name in GLOSSARY)
    assert "term" not in page.query_params


def test_a_link_to_an_unknown_term_says_so_and_shows_all(app: App) -> None:
    page = app("glossary", term="strode")
    assert page.info[0].value.endswith("got “strode”.")
    assert names(page) == sorted(name.lower() for name in GLOSSARY)
