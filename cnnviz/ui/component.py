"""Components with their own HTML, CSS and JavaScript, which lie in `frontend/`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_FOLDER = Path(__file__).parent / "frontend"


def component(name: str) -> ComponentRenderer:
    """Register the component whose three files bear that name; once, when a module is imported."""
    html, css, js = (
        (_FOLDER / f"{name}.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")
    )
    return st.components.v2.component(f"cnnviz_{name}", html=html, css=css, js=js)


def pack(header: dict[str, Any], arrays: Sequence["np.ndarray[Any, Any]"]) -> bytes:
    """Return a header and arrays as the bytes that the components unpack.

    The layout is the length of the JSON header as uint32, the header padded with spaces to a
    multiple of four bytes, then the arrays one after the other, little-endian.
    """
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 4)
    parts = [np.ascontiguousarray(a, a.dtype.newbyteorder("<")).tobytes() for a in arrays]
    return b"".join([len(text).to_bytes(4, "little"), text, *parts])
