"""Pages as Streamlit's own test client runs them: without a browser or a server."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import TrainedNetwork
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


@pytest.fixture
def only_network(monkeypatch: pytest.MonkeyPatch) -> Callable[[TrainedNetwork], None]:
    """Return a function that makes a network the only one there is."""

    def set_network(network: TrainedNetwork) -> None:
        monkeypatch.setattr(networks, "networks", lambda *_: [network])
        monkeypatch.setattr(networks, "find_network", {network.key: network}.__getitem__)

    return set_network


@pytest.fixture
def damaged_network(only_network: Callable[[TrainedNetwork], None], tmp_path: Path) -> None:
    """Make a network with a damaged file the only one there is."""
    damaged = tmp_path / "mnist_cnn.safetensors"
    damaged.write_bytes(b"not weights")
    only_network(
        TrainedNetwork("shipped-mnist_cnn", "Damaged", "mnist_cnn", damaged, "0", 0.99, "digits")
    )


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
