"""Pages as Streamlit's own test client runs them: without a browser or a server."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.ui.shell import navigation, warmup
from tests.pages.reading import App, Query, ran

ROOT = Path(__file__).parents[2]
SECONDS = 120.0  # a run may take; the machine may be busy


@pytest.fixture
def app() -> App:
    """Return a function that opens a page as a link does: through the router, warmed up."""

    def open_page(page: str, *, state: Mapping[str, Any] | None = None, **query: Query) -> AppTest:
        dashboard = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=SECONDS)
        return _first_run(dashboard.switch_page(f"pages/{page}.py"), state, query)

    return open_page


@pytest.fixture
def script() -> App:
    """Return a function that runs a page's script by itself, in a session that was routed."""

    def open_page(page: str, *, state: Mapping[str, Any] | None = None, **query: Query) -> AppTest:
        alone = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=SECONDS)
        return _first_run(alone, {navigation._ROUTED: True, **(state or {})}, query)

    return open_page


def _first_run(
    page: AppTest, state: Mapping[str, Any] | None, query: Mapping[str, Query]
) -> AppTest:
    warmup.start_warm_up()
    warmup._warm_up().hurry.set()
    assert warmup._warm_up().done.wait(SECONDS)
    for name, value in query.items():
        page.query_params[name] = value if isinstance(value, str) else list(value)
    for key, known in (state or {}).items():
        page.session_state[key] = known
    return ran(page)
