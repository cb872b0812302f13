"""Register components with their own HTML, CSS and JavaScript, and pack messages for them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.components.v2.types import ComponentRenderer

from cnnviz.ui.components import modules

# of a button on every component
_PICTURE_STYLE = Path(__file__).parent / "frontend" / "picture.css"
_ALIGNMENT = 4  # bytes; a Float32Array must start on a multiple of it
_KINDS = {np.dtype(kind): kind for kind in ("uint8", "int16", "float32")}


def component(name: str, *, beside: str) -> ComponentRenderer:
    """Register a component from the files in a folder `frontend`; call it at import time.

    Args:
        name: of its HTML, CSS and JavaScript file.
        beside: the `__file__` of a module beside the folder `frontend`.
    """
    path = Path(beside).parent / "frontend" / name
    return st.components.v2.component(
        f"cnnviz_{name}",
        html=path.with_suffix(".html").read_text(encoding="utf-8"),
        css=modules.css(_PICTURE_STYLE) + modules.css(path.with_suffix(".css")),
        js=modules.javascript(path.with_suffix(".js")),
    )


def pack(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return a JSON header and named arrays as one message, for `unpack` of message.js.

    The message is the length of the header as uint32, the header padded with spaces to a multiple
    of four bytes, then the arrays, each padded likewise, all little-endian. The header's "arrays"
    gives each array's type, shape and offset in bytes after the header.

    Args:
        header: without the key "arrays".
        arrays: uint8 and int16 are sent as they are, other types as float32.
    """
    layout: dict[str, Any] = {}
    body = bytearray()
    for name, array in arrays.items():
        kind = _KINDS.get(array.dtype, "float32")
        layout[name] = {"type": kind, "shape": array.shape, "start": len(body)}
        body += _aligned(array.astype(np.dtype(kind).newbyteorder("<")).tobytes(), b"\0")
    text = _aligned(json.dumps({**header, "arrays": layout}).encode(), b" ")
    return len(text).to_bytes(4, "little") + text + body


def unpack(message: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the header and the arrays of a message."""
    length = int.from_bytes(message[:4], "little")
    header = json.loads(message[4 : 4 + length])
    arrays = {}
    for name, place in header.pop("arrays").items():
        kind = np.dtype(place["type"]).newbyteorder("<")
        count = int(np.prod(place["shape"]))
        array = np.frombuffer(message, kind, count, 4 + length + place["start"])
        arrays[name] = array.reshape(place["shape"])
    return header, arrays


def _aligned(content: bytes, filler: bytes) -> bytes:
    return content + filler * (-len(content) % _ALIGNMENT)
