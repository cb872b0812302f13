"""Choose two of the compared networks."""

from collections.abc import Mapping

import streamlit as st

from cnnviz.ui.pickers.options import select_key
from cnnviz.ui.shell.parameters import Parameter


def choose_pair(
    titles: Mapping[str, str], first: Parameter[str | None], second: Parameter[str | None]
) -> tuple[str, str] | None:
    """Return the keys of two different networks; None, with a note on the page, if there are none.

    Args:
        titles: of the networks by their keys; the first two are the default.
        first, second: parameters of the address.
    """
    if len(titles) < 2:
        st.info("Choose a second network above.", icon=":material/info:")
        return None
    left, right = st.columns(2)
    default_first, default_second, *_ = titles
    with left:
        a = select_key(
            "First", titles, first, default=default_first, help="One of the compared networks."
        )
    with right:
        b = select_key(
            "Second",
            titles,
            second,
            default=default_second,
            help="The network to compare the first one with.",
        )
    if a == b:
        st.info("Choose two different networks.", icon=":material/info:")
        return None
    return a, b
