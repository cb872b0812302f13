"""A client that speaks Streamlit's protocol without a browser, and so can send anything."""

import contextlib
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import NewSession
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

PATIENCE = 60.0  # seconds without a message of the server


@dataclass
class Answer:
    """What one run of a page's script has sent.

    Attributes:
        messages: all messages, as bytes.
        elements: those that change the page, as bytes.
        exceptions: types and messages of the exceptions shown.
        components: component ids with the names of the components.
        traces: lines of the stack traces shown.
        tables: ids of the tables in which rows can be selected.
    """

    messages: bytes = b""
    elements: bytes = b""
    exceptions: list[str] = field(default_factory=list)
    components: dict[str, str] = field(default_factory=dict)
    traces: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)


@dataclass
class Client:
    """A session of the dashboard."""

    socket: ClientConnection
    pages: dict[str, str] = field(default_factory=dict)
    session: NewSession = field(default_factory=NewSession)

    def run(
        self,
        page: str = "",
        query: str = "",
        widgets: Mapping[str, str] | None = None,
        selections: Mapping[str, str] | None = None,
        patience: float = PATIENCE,
    ) -> Answer:
        """Run a page's script and return what it sends.

        Args:
            page: key in the address.
            query: the address after the question mark, as a browser sends it.
            widgets: JSON by the ids of components.
            selections: texts by the ids of tables.
            patience: seconds without a message after which this fails.
        """
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name = query, page
        state.page_script_hash = self.pages.get(page, "")
        for key, text in (widgets or {}).items():
            kind = "json_trigger_value" if key.endswith("__events") else "json_value"
            widget = WidgetState(id=key)
            setattr(widget, kind, text)
            state.widget_states.widgets.append(widget)
        for key, text in (selections or {}).items():
            state.widget_states.widgets.append(WidgetState(id=key, string_value=text))
        self.socket.send(message.SerializeToString())
        return self._receive(patience)

    def _receive(self, patience: float) -> Answer:
        answer = Answer()
        while True:
            content = self.socket.recv(timeout=patience)
            assert isinstance(content, bytes)
            answer.messages += content
            message = ForwardMsg.FromString(content)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session = message.new_session
            elif kind == "navigation":
                self.pages = {
                    p.url_pathname: p.page_script_hash for p in message.navigation.app_pages
                }
            elif kind == "delta" and message.delta.HasField("new_element"):
                answer.elements += content
                self._note(message, answer)
            elif (
                kind == "script_finished"
                and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
            ):
                return answer

    @staticmethod
    def _note(message: ForwardMsg, answer: Answer) -> None:
        element = message.delta.new_element
        if element.HasField("exception"):
            shown = element.exception
            answer.exceptions.append(f"{shown.type}: {shown.message}")
            answer.traces += shown.stack_trace
        elif element.HasField("dataframe") and element.dataframe.id:
            answer.tables.append(element.dataframe.id)
        elif element.HasField("bidi_component"):
            answer.components[element.bidi_component.id] = element.bidi_component.component_name


@contextlib.contextmanager
def session(url: str, **headers: str) -> Iterator[Client]:
    """Open a session; headers such as `origin` replace those of a browser on this machine."""
    place = urllib.parse.urlsplit(url)
    with connect(
        f"ws://{place.netloc}/_stcore/stream",
        subprotocols=["streamlit"],  # type: ignore[list-item]
        max_size=None,
        additional_headers=headers,
    ) as socket:
        yield Client(socket)
