"""The glossary: from a term on a page to its definition."""

import re

import pytest
from playwright.sync_api import expect

from cnnviz.ui.shell.terms import GLOSSARY
from tests.browser.conftest import App

pytestmark = pytest.mark.browser


def test_a_term_shows_its_meaning_and_opens_its_definition(app: App) -> None:
    page = app.open("/convolution").page
    page.get_by_text("How to read this").click()
    term = page.get_by_role("link", name="stride", exact=True)
    expect(term).to_have_attribute("title", GLOSSARY["stride"].meaning)
    with page.context.expect_page() as opened:
        term.click()
    glossary = opened.value
    expect(glossary).to_have_url(re.compile(r"/glossary\?term=stride$"))
    expect(glossary.get_by_role("heading", level=3).first).to_have_text("Stride")
    other = glossary.get_by_role("heading", name="Receptive field", exact=True)
    expect(other).not_to_be_in_viewport()
    glossary.get_by_role("link", name="receptive fields").first.click()
    expect(other).to_be_in_viewport()


@pytest.mark.parametrize("app", [{"viewport": {"width": 390, "height": 844}}], indirect=True)
def test_a_phone_shows_the_linked_term_first_without_scrolling(app: App) -> None:
    page = app.open("/glossary?term=trustworthiness").page
    heading = page.get_by_role("heading", name="Trustworthiness")
    expect(heading).to_be_in_viewport()
    expect(page.get_by_role("heading", level=3)).to_have_count(len(GLOSSARY))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
