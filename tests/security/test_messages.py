"""Messages that no component sends, in the name of every component of every page."""

import contextlib
import json
import os
import re
import time
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from cnnviz.ui.shell.navigation import EVERY_ENTRY
from tests.security.client import Client, session
from tests.security.conftest import Attacked

# what the components' scripts send, by `setStateValue` and `setTriggerValue`
NAMES = (
    *("update", "choose", "cell", "axis", "edit", "layer", "node", "message", "open", "snapshot"),
    *("page", "next", "select", "keep", "weight"),
)
RUBBISH = (
    None,
    "x" * 10_000,
    -1,
    1e308,
    10**30,
    True,
    [],
    [1],
    [-1, -1],
    [99, 99],
    [0, 99, 99],
    [99_999, 9, 9],
    [99_999] * 4,
    ["a", "b"],
    ["a", 99_999],
    [[], {}],
    {},
    {"layer": [], "channel": {}},
    {"layer": "c1", "channel": 0, "values": [1], "source": -1},
    {"layer": "c1", "channel": 0, "factor": "a lot"},
    {"layer": "conv1", "channel": 0, "values": ["a"], "source": 0},
    {"id": [], "ink": 3, "width": "a", "height": None, "ops": 7, "place": "x", "seq": {}},
)
TRIED = RUBBISH if os.environ.get("CNNVIZ_EXHAUSTIVE") else RUBBISH[::2]
ADDRESSES = {  # with the components that must be there
    "train": ("run={run}", {"live_chart", "confusion_view"}),
    "time": ("run={run}", {"time_view"}),
    "race": ("race={race}", {"live_chart"}),
    "compare": (
        "compare={run}&compare_view=differ&compare_cell={run}&compare_cell=0&compare_cell=9",
        {"confusion_view", "tiles"},
    ),
    "channels": ("network={run}", {"kernel_editor", "maps_view"}),
    "inside": ("network={run}&view=glance", {"layer_strips"}),
    "convolution": ("network={run}", {"maps_view"}),
    "embedding": ("network={run}", {"embedding_view"}),
    "architecture": ("architecture=lenet5", {"graph_view"}),
    "draw": ("draw_networks={run}", {"pad"}),
}


def test_no_component_sends_a_name_that_is_not_tried() -> None:
    scripts = "".join(path.read_text() for path in Path("cnnviz").glob("**/frontend/*.js"))
    direct = re.findall(r"set(?:State|Trigger)Value\(\s*[\"'](\w+)", scripts)
    asked = re.findall(r"\b(?:this|panel)\.(?:ask|tell)\(\s*[\"'](\w+)", scripts)
    assert set(direct) | set(asked) <= set(NAMES)


def messages(components: list[str], rubbish: object) -> dict[str, str]:
    """Return the same message under all names, as state and as trigger of each component."""
    state = json.dumps(dict.fromkeys(NAMES, rubbish))
    events = json.dumps([{"event": name, "value": rubbish} for name in NAMES])
    widgets = dict.fromkeys(components, state)
    return widgets | {f"$$STREAMLIT_INTERNAL_KEY_{key}__events": events for key in components}


def visited(client: Client, page: str, attacked: Attacked) -> tuple[str, list[str]]:
    """Return a page's address, and its components once all that must be there are."""
    query, expected = ADDRESSES.get(page, ("", set[str]()))
    query = query.format(run=attacked.runs[0].id, race=attacked.race)
    deadline = time.monotonic() + 60
    while True:
        components = client.run(page, query).components
        names = {name.removeprefix("cnnviz_") for name in components.values()}
        if expected <= names:
            return query, list(components)
        assert time.monotonic() < deadline, (expected, names)
        time.sleep(0.2)


def is_closed_after(attacked: Attacked, content: bytes) -> bool:
    """Tell whether the server ends a session that sends something."""
    with session(attacked.url) as client:
        try:
            client.socket.send(content)
            client.socket.recv(timeout=20)
        except ConnectionClosed:
            return True
        return False


def test_a_frame_or_state_of_any_size_ends_its_own_session_at_most(attacked: Attacked) -> None:
    with session(attacked.url) as other:
        other.run()
        with session(attacked.url) as client:
            client.run()
            _, components = visited(client, "draw", attacked)
            state = json.dumps({"message": "x" * 6 * 2**20})  # 5 MB are allowed
            with contextlib.suppress(ConnectionClosed, TimeoutError):
                answer = client.run("draw", widgets=dict.fromkeys(components, state), patience=5)
                assert not answer.exceptions
        assert is_closed_after(attacked, bytes(51 * 2**20))  # 50 MB are allowed
        assert not other.run("glossary").exceptions


PAGES = [entry.key for entry in EVERY_ENTRY if entry.key != "report"]  # slow, no own component


@pytest.mark.parametrize("page", PAGES)
def test_a_page_survives_messages_that_none_of_its_components_sends(
    attacked: Attacked, page: str
) -> None:
    start = len(attacked.server.log.read_text())
    with session(attacked.url) as client:
        client.run()
        query, components = visited(client, page, attacked)
        for rubbish in TRIED if components else ():
            answer = client.run(page, query, messages(components, rubbish))
            assert not answer.exceptions, (rubbish, answer.exceptions)
    assert not attacked.server.tracebacks(start)
