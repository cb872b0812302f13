import streamlit as st

from cnnviz.ui.shell import address
from cnnviz.ui.shell.glossary import show_definition
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.page_title import page_title
from cnnviz.ui.shell.parameter_types import OneOf
from cnnviz.ui.shell.parameters import TERM
from cnnviz.ui.shell.terms import GLOSSARY

require_router()

page_title("glossary")
terms = {term.key: term for term in sorted(GLOSSARY.values(), key=lambda term: term.name.lower())}
titles = {key: term.title for key, term in terms.items()}
key = st.selectbox(
    "Term",
    list(titles),
    index=None,
    format_func=titles.__getitem__,
    placeholder="All terms",
    **address.bind(TERM, OneOf(titles)),
    help="Shows this term first.",
)
if key is not None:
    with st.container(border=True):
        show_definition(terms.pop(key))
for term in terms.values():
    show_definition(term)
