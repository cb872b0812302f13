"""Choose two of the compared networks."""

from collections.abc import Mapping

import streamlit as st

from cnnviz.ui.shell import address
from cnnviz.ui.shell.parameter_types import OneOf
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
    pair = [
        str(
            column.selectbox(
                label,
                list(titles),
                format_func=titles.__getitem__,
                **address.bind(parameter, OneOf(titles), default=default),
            )
        )
        for column, label, parameter, default in zip(
            st.columns(2), ("First", "Second"), (first, second), list(titles)[:2], strict=True
        )
    ]
    if pair[0] == pair[1]:
        st.info("Choose two different networks.", icon=":material/info:")
        return None
    return pair[0], pair[1]
