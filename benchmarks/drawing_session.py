"""A session that draws on the Draw page without a browser: Streamlit's protocol on a websocket.

The pen moves as fast as a hand does, whatever the server takes, and messages are sent as the pad
sends them: one at a time, and each with the newest state of the drawing.
"""

import asyncio
import base64
import functools
import json
import math
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from PIL import Image, ImageDraw
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

PAUSE = 0.04  # seconds between two messages while the pen moves, as in newest_first.js
MOST_REST = 0.5  # seconds between an answer and the next message, as there
PATIENCE = 60.0  # seconds without a message of the server
SIDE, FINEST = 280, 112  # of the pad, and of the longer side of the ink that is sent, in pixels
PEN = 20  # pixels
POINTER = 1 / 60  # seconds between two events of the pointer
SPEED = SIDE * POINTER  # pixels between two events: the pen crosses the pad in a second
BETWEEN_STROKES = 0.3  # seconds
_PAD = "cnnviz_pad"

Point = tuple[float, float]
_ROUND = tuple(
    (0.5 + 0.2 * math.sin(t * math.tau / 40), 0.5 - 0.33 * math.cos(t * math.tau / 40))
    for t in range(41)
)
STROKES: dict[int, tuple[tuple[Point, ...], ...]] = {  # by digit; the pad has sides of 1
    0: (_ROUND,),
    1: (((0.5, 0.15), (0.5, 0.85)),),
    4: (((0.33, 0.15), (0.28, 0.5), (0.7, 0.5)), ((0.65, 0.15), (0.65, 0.87))),
    7: (((0.28, 0.18), (0.72, 0.18), (0.45, 0.85)),),
}


@dataclass(frozen=True)
class Frame:
    """The drawing at one event of the pointer, as the pad sends it."""

    steps: tuple[dict[str, Any], ...]
    ink: dict[str, Any]


@functools.cache
def frames(digit: int) -> tuple[tuple[Frame, ...], ...]:
    """Return the events of each stroke of a digit."""
    image = Image.new("L", (SIDE, SIDE))
    steps: list[dict[str, Any]] = []
    strokes = []
    for stroke in STROKES[digit]:
        points = _moved([(x * SIDE, y * SIDE) for x, y in stroke])
        steps.append({"width": PEN, "eraser": False, "points": []})
        events = []
        for end, point in enumerate(points):
            _paint(image, points[max(0, end - 1)], point)
            drawn = [round(value, 1) for place in points[: end + 1] for value in place]
            steps[-1] = {**steps[-1], "points": drawn}
            events.append(Frame(tuple(steps), _ink(image)))
        strokes.append(tuple(events))
    return tuple(strokes)


def _moved(corners: list[Point]) -> list[Point]:
    """Return where the pen is at each event of the pointer."""
    points = [corners[0]]
    for (x, y), (to_x, to_y) in pairwise(corners):
        count = max(1, round(math.hypot(to_x - x, to_y - y) / SPEED))
        points += [
            (x + (to_x - x) * i / count, y + (to_y - y) * i / count) for i in range(1, count + 1)
        ]
    return points


def _paint(image: Image.Image, start: Point, end: Point) -> None:
    context = ImageDraw.Draw(image)
    context.line([start, end], fill=255, width=PEN)
    x, y = end
    context.ellipse((x - PEN / 2, y - PEN / 2, x + PEN / 2, y + PEN / 2), fill=255)


def _ink(image: Image.Image) -> dict[str, Any]:
    """Return the ink's box as the pad sends it."""
    left, top, right, bottom = image.getbbox() or (0, 0, 1, 1)
    scale = min(1.0, FINEST / max(right - left, bottom - top))
    width, height = (max(1, round(side * scale)) for side in (right - left, bottom - top))
    pixels = image.resize((width, height), box=(left, top, right, bottom))
    return {
        "width": width,
        "height": height,
        "ink": base64.b64encode(pixels.tobytes()).decode(),
        "place": [left / SIDE, top / SIDE, (right - left) / SIDE, (bottom - top) / SIDE],
    }


@dataclass
class Record:
    """What sessions have seen.

    Attributes:
        opened: seconds from the connection to the whole page, one for each session.
        round_trips: seconds from each message to the pad's answer.
        answers: what the pad says of each complete digit, after the digit.
        errors: exceptions on the page, and those that ended a session.
    """

    opened: list[float] = field(default_factory=list)
    round_trips: list[float] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class DrawingSession:
    """A session on the Draw page.

    Args:
        url: of the server.
        record: that everything is added to.
    """

    def __init__(self, url: str, record: Record) -> None:
        """Begin without a connection."""
        self._url, self._record = url, record
        self._socket: ClientConnection | None = None
        self._page, self._pad, self._fragment = "", "", ""
        self._data: dict[str, Any] = {}  # of the pad
        self._sequence = 0

    async def open(self) -> None:
        """Connect, and wait until the page is complete.

        Raises:
            OSError, TimeoutError, websockets.WebSocketException: if the server does not answer.
        """
        place = urllib.parse.urlsplit(self._url)
        began = time.perf_counter()
        self._socket = await connect(
            f"ws://{place.netloc}/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            origin=self._url,  # type: ignore[arg-type]
            max_size=None,
            open_timeout=PATIENCE,
        )
        message = BackMsg()
        message.rerun_script.page_name = "draw"
        await self._socket.send(message.SerializeToString())
        await self._receive(lambda message: bool(self._pad) and _finished(message))
        self._record.opened.append(time.perf_counter() - began)

    async def close(self) -> None:
        """Leave."""
        if self._socket is not None:
            await self._socket.close()

    async def draw(self, digit: int) -> None:
        """Draw a digit on an empty pad and note each round trip.

        Raises:
            TimeoutError, websockets.WebSocketException: if the server does not answer.
        """
        for number, stroke in enumerate(frames(digit)):
            if number:
                await asyncio.sleep(BETWEEN_STROKES)
            await self._move_pen(stroke)
            await self._send(stroke[-1], live=False)
        self._record.answers.append((digit, str(self._data["say"])))

    async def _move_pen(self, stroke: tuple[Frame, ...]) -> None:
        began, shown = time.perf_counter(), -1
        while shown < len(stroke) - 1:
            event = min(int((time.perf_counter() - began) / POINTER), len(stroke) - 1)
            if event == shown:
                await asyncio.sleep(POINTER)
                continue
            took, shown = await self._send(stroke[event], live=True), event
            end = began + (len(stroke) - 1) * POINTER - time.perf_counter()
            rest = max(PAUSE - took, min(took, MOST_REST))
            await asyncio.sleep(min(rest, max(0.0, end)))  # the end of a stroke does not wait

    async def _send(self, frame: Frame, *, live: bool) -> float:
        """Send the drawing, and return the seconds until the pad's answer."""
        assert self._socket
        self._sequence += 1
        state = {"seq": self._sequence, "id": self._data["id"], "live": live}
        state |= {**frame.ink, "ops": frame.steps}
        message = BackMsg()
        run = message.rerun_script
        run.page_name, run.page_script_hash, run.fragment_id = "draw", self._page, self._fragment
        widget = run.widget_states.widgets.add()
        widget.id, widget.json_value = self._pad, json.dumps({"message": state})
        began = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        await self._receive(lambda _: self._data["ack"] == self._sequence)
        self._record.round_trips.append(time.perf_counter() - began)
        return self._record.round_trips[-1]

    async def _receive(self, enough: Callable[[ForwardMsg], bool]) -> None:
        """Take messages of the server until one is enough."""
        assert self._socket
        while True:
            content = await asyncio.wait_for(self._socket.recv(decode=False), PATIENCE)
            message = ForwardMsg.FromString(content)
            self._note(message)
            if enough(message):
                return

    def _note(self, message: ForwardMsg) -> None:
        if message.HasField("new_session"):
            self._page = message.new_session.page_script_hash
        if not message.HasField("delta") or not message.delta.HasField("new_element"):
            return
        element = message.delta.new_element
        if element.HasField("exception"):
            self._record.errors.append(f"{element.exception.type}: {element.exception.message}")
        elif element.HasField("bidi_component"):
            component = element.bidi_component
            if component.component_name == _PAD:
                self._pad, self._fragment = component.id, message.delta.fragment_id
                self._data = json.loads(component.json)


def _finished(message: ForwardMsg) -> bool:
    """Tell whether a run of the page's script has ended, and no other one follows."""
    return (
        message.WhichOneof("type") == "script_finished"
        and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
    )
