"""The heading of a page, with a sentence that says what one sees there and why it matters."""

import streamlit as st

from cnnviz.ui.shell.glossary import with_links
from cnnviz.ui.shell.navigation import entry


def page_title(key: str) -> None:
    """Show the heading of a page and its purpose below, terms linked to their definitions.

    Args:
        key: of the page's entry in the menu.
    """
    page = entry(key)
    with st.container(gap="xxsmall", key="page_title"):
        st.title(page.heading or page.title, anchor=False)
        st.markdown(with_links(page.purpose))
