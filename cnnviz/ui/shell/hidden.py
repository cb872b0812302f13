"""Controls that a teacher's link hides, so that a class has one thing to look at."""

from collections.abc import Mapping
from types import MappingProxyType

import streamlit as st

from cnnviz.ui.shell import address
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameter_types import SomeOf
from cnnviz.ui.shell.parameters import HIDDEN

HIDEABLE: Mapping[str, str] = MappingProxyType(
    {
        "menu": "Menu of pages",
        "network": "Choice of the network",
        "image": "Choice of the digit",
        "layer": "Choice of the layer",
        "exercises": "Exercises",
        "help": "How to read this",
    }
)


def is_hidden(control: str) -> bool:
    """Return whether a control of `HIDEABLE` is hidden.

    Hiding only removes a control from the page: it gives nobody access to anything.
    """
    return control in (address.read(HIDDEN, SomeOf(HIDEABLE)) or ())


def show_value(label: str, value: str) -> None:
    """Show a value in place of its hidden control."""
    st.markdown(f"**{plain(label)}**  \n{plain(value)}")


def menu_is_hidden() -> bool:
    """Return whether the menu is hidden; before the page is known, so without a complaint."""
    return "menu" in address.texts(HIDDEN)


def show_complaint() -> None:
    """Say which controls of a link cannot be hidden."""
    address.read(HIDDEN, SomeOf(HIDEABLE))
    address.show_complaint(HIDDEN)
