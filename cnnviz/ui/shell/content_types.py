"""Types of query parameters with content: images, units of a layer and edits of channels."""

import base64
import math
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cnnviz.ui.shell.parameter_types import Coordinates, Integer, ParameterType, Parsed, Text

MOST_EDITS = 24  # in an address, which some programs cut at 8,000 characters
_LONGEST_VALUE = 40  # characters of an assigned value
_LONGEST_EDIT = 900  # characters: a name and a kernel of 11 × 11


@dataclass(frozen=True)
class ChannelEdit:
    """A change to an output channel of a layer.

    Attributes:
        layer: dotted name.
        channel: index of the output channel.
        factor: that multiplies the channel; 1 where a kernel is replaced.
        source: index of the input channel whose kernel is replaced; None for a factor.
        values: of that kernel, row by row.
    """

    layer: str
    channel: int
    factor: float = 1.0
    source: int | None = None
    values: tuple[float, ...] = ()


@dataclass(frozen=True)
class GrayImage(ParameterType[bytes]):
    """A square image of one byte per pixel, compressed, as URL-safe base64.

    A drawn digit of 28 x 28 takes 200 to 500 characters.

    Attributes:
        side: pixels of each side.
    """

    side: int = 28

    def parse(self, texts: Sequence[str]) -> Parsed[bytes]:
        """Return the pixels row by row, if the last text contains an image of that size."""
        text, size = texts[-1], self.side**2
        refused: Parsed[bytes] = Parsed(None, (text,))
        if len(text) > 2 * size:  # more than any image of that size takes
            return refused
        try:
            packed = _decoded(text)
            unpacker = zlib.decompressobj()
            pixels = unpacker.decompress(packed, size + 1)  # never more, whatever it expands to
        except (ValueError, zlib.error):
            return refused
        whole = len(pixels) == size and unpacker.eof and not unpacker.unused_data
        return Parsed(pixels) if whole and any(pixels) else refused

    def rule(self) -> str:
        """Return the size."""
        return f"must be an image of {self.side} × {self.side} pixels that is not empty"

    @staticmethod
    def format(value: bytes) -> list[str]:
        """Return the compressed image; nothing for an empty one."""
        if not any(value):
            return []
        return [_encoded(zlib.compress(value, 9))]


@dataclass(frozen=True)
class LayerUnit(ParameterType[tuple[str, int, int, int]]):
    """A layer and the channel, row and column of one of its units: "conv1-3-4-5"."""

    def parse(self, texts: Sequence[str]) -> Parsed[tuple[str, int, int, int]]:
        """Return the unit that the last text names."""
        layer, *numbers = texts[-1].rsplit("-", 3)
        place = Coordinates(3).parse(["-".join(numbers)]).value
        if place is None or Text().parse([layer]).value is None:
            return Parsed(None, (texts[-1],))
        channel, row, column = place
        return Parsed((layer, channel, row, column))

    def rule(self) -> str:
        """Return the form."""
        return "must be a layer and three whole numbers joined by “-”"

    @staticmethod
    def format(value: Iterable[Any]) -> list[str]:
        """Return layer and numbers as one text."""
        return ["-".join(map(str, value))]


@dataclass(frozen=True)
class ChannelEdits(ParameterType[tuple[ChannelEdit, ...]]):
    """Factors of channels and replaced kernels, one text each.

    "conv1-3-0.5" multiplies channel 3 of conv1 by 0.5; "conv1-3-0-..." replaces its kernel for
    input channel 0 by the float32 values in URL-safe base64.
    """

    def parse(self, texts: Sequence[str]) -> Parsed[tuple[ChannelEdit, ...]]:
        """Return the edits in order; all are rejected if one is invalid or there are too many."""
        if len(texts) > MOST_EDITS:
            return Parsed(None, tuple(texts[MOST_EDITS:]))
        edits = {text: _channel_edit(text) for text in texts}
        rejected = tuple(text for text, edit in edits.items() if edit is None)
        if rejected:
            return Parsed(None, rejected)
        return Parsed(tuple(edit for edit in edits.values() if edit is not None))

    def rule(self) -> str:
        """Return the form and the limit."""
        return f"must be at most {MOST_EDITS} of the form layer-channel-factor"

    @staticmethod
    def format(value: Iterable[ChannelEdit]) -> list[str]:
        """Return one text for each edit."""
        return [_edit_text(edit) for edit in value]


@dataclass(frozen=True)
class Assignments(ParameterType[tuple[tuple[str, str], ...]]):
    """Names with values, one text each: "learning_rate:0.02". The caller checks the values.

    Attributes:
        names: that may occur.
    """

    names: tuple[str, ...]

    def parse(self, texts: Sequence[str]) -> Parsed[tuple[tuple[str, str], ...]]:
        """Return names and values in order, without those of unknown names."""
        pairs = [(text, *text.partition(":")[::2]) for text in texts]
        valid = {
            name: value
            for _, name, value in pairs
            if name in self.names and 0 < len(value) <= _LONGEST_VALUE
        }
        rejected = tuple(text for text, name, _ in pairs if name not in valid)
        return Parsed(tuple(valid.items()) or None, rejected)

    def rule(self) -> str:
        """Return the form and the names."""
        return f"must be name:value with one of {', '.join(self.names)}"

    @staticmethod
    def format(value: Iterable[tuple[str, str]]) -> list[str]:
        """Return one text for each name."""
        return [f"{name}:{text}" for name, text in value]


def _channel_edit(text: str) -> ChannelEdit | None:
    """Return the edit that a text describes; None if it describes none."""
    layer, _, rest = text.partition("-")
    channel, _, rest = rest.partition("-")
    if not layer or not channel.isdecimal() or len(text) > _LONGEST_EDIT:
        return None
    place = layer, Integer().parse([channel]).value or 0
    source, dash, packed = rest.partition("-")
    if not dash:
        factor = _number(rest)
        return None if factor is None else ChannelEdit(*place, factor)
    values = _floats(packed)
    if not source.isdecimal() or not values:
        return None
    return ChannelEdit(*place, source=Integer().parse([source]).value, values=values)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _floats(text: str) -> tuple[float, ...]:
    """Return the finite float32 numbers in URL-safe base64; none if it is damaged."""
    try:
        packed = _decoded(text)
        values = tuple(value for (value,) in struct.iter_unpack("<f", packed))
    except (ValueError, struct.error):
        return ()
    return values if all(map(math.isfinite, values)) else ()


def _edit_text(edit: ChannelEdit) -> str:
    if edit.source is None:
        return f"{edit.layer}-{edit.channel}-{round(edit.factor, 4):g}"  # never as 1e-05
    packed = struct.pack(f"<{len(edit.values)}f", *edit.values)
    return f"{edit.layer}-{edit.channel}-{edit.source}-{_encoded(packed)}"


def _encoded(content: bytes) -> str:
    """Return bytes in URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    """Return the bytes that `_encoded` has written as text.

    Raises:
        ValueError: if the text is of another form.
    """
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
