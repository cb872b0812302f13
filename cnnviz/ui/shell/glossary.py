"""Help texts whose terms link to the glossary.

A help text marks a term as `[[stride]]`, or as `[[strides|stride]]` where it is inflected.
"""

import re

import streamlit as st

from cnnviz.ui.shell.hidden import is_hidden
from cnnviz.ui.shell.parameters import TERM
from cnnviz.ui.shell.terms import GLOSSARY
from cnnviz.ui.shell.terms.term import Term

(GLOSSARY_PAGE,) = TERM.pages
_COMMON = {  # terms that nearly every page uses, by how they are written
    r"(?:feature )?maps?": "feature map",
    r"kernels?": "kernel",
    r"ReLU": "ReLU",
    r"[Pp]ooling": "pooling",
    r"logits?": "logit",
    r"strides?": "stride",
    r"MACs?": "MACs",
    r"attributions?": "attribution",
}
_PROTECTED = re.compile(
    r"(\[{2}[^\]]*\]{2}|\[(?:[^\]]*)\]\([^)]*\)|`[^`]*`)"
)  # marks, links and code
_MARK = re.compile(r"\[\[(?:(?P<text>[^\[\]|]+)\|)?(?P<term>[^\[\]|]+)\]\]")


def how_to_read(text: str, *, title: str = "How to read this") -> None:
    """Show how to read a page or a view, folded, its terms linked to their definitions.

    Args:
        text: Markdown that may mark terms of the glossary.
        title: of the folded section.
    """
    if is_hidden("help"):
        return
    with st.expander(title, icon=":material/help:"):
        st.markdown(with_links(text))


def show_definition(term: Term) -> None:
    """Show a term with its meaning, its exact definition and its source."""
    st.subheader(term.title, anchor=term.key)
    source = f"  \n[{term.source.title}]({term.source.url})" if term.source else ""
    st.markdown(f"{term.meaning}  \n{_with_anchors(term.exact)}{source}")


def with_links(text: str) -> str:
    """Return Markdown in which marked terms link to their definitions, shown on hovering.

    Raises:
        ValueError: if a marked term has no definition.
    """
    return _MARK.sub(_link, text)


def with_common_terms(text: str) -> str:
    """Return Markdown in which the first mention of each common term links to its definition.

    For texts that are put together from parts; other texts mark their terms.
    """
    pieces = _PROTECTED.split(text)
    marked = set(marked_terms(text))
    for written, term in _COMMON.items():
        pattern = re.compile(rf"(?<![\w-]){written}(?![\w-])")
        for place in range(0, len(pieces), 2):  # between the protected ones
            if term in marked or not (match := pattern.search(pieces[place])):
                continue
            before, after = pieces[place][: match.start()], pieces[place][match.end() :]
            pieces[place : place + 1] = [before, f"[[{match[0]}|{term}]]", after]
            marked.add(term)
    return with_links("".join(pieces))


def without_marks(text: str) -> str:
    """Return a text in which marked terms are plain words."""
    return _MARK.sub(_shown, text)


def _with_anchors(text: str) -> str:
    """Return Markdown in which marked terms link to their definitions on the same page."""
    return _MARK.sub(lambda match: f"[{_shown(match)}](#{_term(match).key})", text)


def marked_terms(text: str) -> list[str]:
    """Return the names of the terms that a text marks, in order."""
    return [_term(match).name for match in _MARK.finditer(text)]


def _link(match: re.Match[str]) -> str:
    term = _term(match)
    # relative: pages lie side by side, whatever path the dashboard is served under
    address = f"{GLOSSARY_PAGE}?{TERM.name}={term.key}"
    return f'[{_shown(match)}]({address} "{term.meaning}")'


def _shown(match: re.Match[str]) -> str:
    return match["text"] or match["term"]


def _term(match: re.Match[str]) -> Term:
    name = match["term"]
    if name not in GLOSSARY:
        raise ValueError(f"term must be in the glossary, got {name!r}")
    return GLOSSARY[name]
