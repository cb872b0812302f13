"""A click on a digit of a gallery opens it in the view Same digit."""

import streamlit as st

from cnnviz.ui.pickers.image import test_digit
from cnnviz.ui.shell import address
from cnnviz.ui.shell.parameters import COMPARE_VIEW

_CHOSEN = "compare_look"  # whether a digit was clicked


def rerun_if_chosen() -> None:
    """Rerun the whole page once a digit was clicked; call it where the fragment begins."""
    if st.session_state.pop(_CHOSEN, False):
        st.rerun()


def open_digit(index: int) -> None:
    """Open a test digit in the view Same digit, from a callback."""
    address.write({COMPARE_VIEW: "digit", **test_digit(index)})
    st.session_state[_CHOSEN] = True
