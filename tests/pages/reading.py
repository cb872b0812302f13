"""Opening a page, running it again, and reading what it shows and has sent to the browser."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from cnnviz.ui.components.component import unpack
from cnnviz.ui.shell import background

Arrays = dict[str, NDArray[Any]]
Query = str | Sequence[str]


class App(Protocol):
    """Opens a page by the name of its file."""

    def __call__(
        self, page: str, *, state: Mapping[str, Any] | None = None, **query: Query
    ) -> AppTest:
        """Return the page as it is first drawn.

        Args:
            page: name of its file.
            state: what the session knows already.
            query: of the link.
        """


def ran(page: AppTest) -> AppTest:
    """Run the page and return it; no exception may be on it."""
    page.run()
    assert [error.value for error in page.exception] == []
    return page


def whole(page: AppTest) -> AppTest:
    """Return the page; it must have been drawn to its end without an exception."""
    assert [error.value for error in page.exception] == []
    assert "How to read this" in [expander.label for expander in page.expander]
    return page


def drawn_to_its_end(app: App, name: str) -> App:
    """Return a function that opens pages as `app` does; the named one must be drawn to its end."""

    def open_page(page: str, **given: Any) -> AppTest:
        opened = app(page, **given)
        return whole(opened) if page == name else opened

    return open_page


def settled(page: AppTest, seconds: float = 120) -> AppTest:
    """Run the page until nothing that it wants is left to do behind it."""
    deadline = time.monotonic() + seconds
    while True:
        wanted = promises(page)
        for promise in wanted.values():
            promise.result(deadline - time.monotonic())
        ran(page)
        if promises(page).keys() == wanted.keys():  # all of which were ready when it was drawn
            return page


def promises(page: AppTest) -> Mapping[Any, background.Promise]:
    """Return what the page wants of the thread behind it."""
    if background._WANTED not in page.session_state:
        return {}
    wanted: Mapping[Any, background.Promise] = page.session_state[background._WANTED]
    return wanted


def texts(page: AppTest) -> str:
    """Return all text of a page but its title."""
    kinds = (page.error, page.warning, page.info, page.caption, page.markdown, page.subheader)
    return "\n".join(element.value for kind in kinds for element in kind)


def messages(page: AppTest) -> list[tuple[dict[str, Any], Arrays]]:
    """Return the packed messages that components were sent: header and arrays."""
    contents = [component.proto.bytes for component in page.get("bidi_component")]
    return [unpack(content) for content in contents if content]


def told(page: AppTest) -> list[dict[str, Any]]:
    """Return what each component was told: its JSON, or the header of its packed message."""
    values = []
    for component in page.get("bidi_component"):
        if component.proto.json:
            values.append(json.loads(component.proto.json))
        elif component.proto.bytes:
            values.append(unpack(component.proto.bytes)[0])
    return values
