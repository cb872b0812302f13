"""The Compare page, whole: everything on it has been counted and asked."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.ui.shell.parameters import PARAMETERS
from tests.pages.compare.compare_page import Opened
from tests.pages.reading import App, settled


@pytest.fixture
def opened(app: App) -> Opened:
    """Return a function that compares these networks in one view.

    What it is given beside them stands in the address, if it is a parameter there, or else in the
    session.
    """

    def compare(*keys: str, way: str = "Table", **state: Any) -> AppTest:
        known = {"compare_view": way, **state}
        query = {key: value for key, value in known.items() if key in PARAMETERS}
        others = {key: value for key, value in known.items() if key not in PARAMETERS}
        return settled(app("compare", state=others, compare=keys, **query))

    return compare
