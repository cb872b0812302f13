"""The Compare page, whole: everything on it has been counted and asked."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.compare.compare_page import Opened
from tests.pages.reading import App, settled


@pytest.fixture
def opened(app: App) -> Opened:
    """Return a function that compares these networks in one view, in a session that knows more."""

    def compare(*keys: str, way: str = "Table", **state: Any) -> AppTest:
        return settled(app("compare", state={"compare_view": way, **state}, compare=keys))

    return compare
