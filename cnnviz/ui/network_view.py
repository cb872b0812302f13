"""One component that shows a digit on its way through a network.

The values themselves go to the browser, so that hovering and enlarging need no server.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz.catalogue import Architecture
from cnnviz.data import SIDE, Pixels
from cnnviz.plots import colours

if TYPE_CHECKING:
    from cnnviz.forward_pass import ForwardPass

_FRONTEND = Path(__file__).parent / "frontend"
_ALIGNMENT = 4  # bytes; a Float32Array must start on a multiple of it
_INPUT = "Input"
_SCALES = ("ink", "sequential", "diverging")
_BRIGHTEST = 0.995  # of a layer's values; the few above it would leave the others in the dark

_VIEW = st.components.v2.component(
    "cnnviz_network_view",
    html=(_FRONTEND / "network_view.html").read_text(encoding="utf-8"),
    css=(_FRONTEND / "network_view.css").read_text(encoding="utf-8"),
    js=(_FRONTEND / "network_view.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, eq=False)
class Stage:
    """One mosaic of the view.

    Attributes:
        title: what to call it, such as "Early".
        layer: dotted name of the layer.
        values: float32, (C, H, W); None as long as they are not known.
        notes: sentences to show below it.
    """

    title: str
    layer: str
    values: NDArray[np.float32] | None = None
    notes: tuple[str, ...] = ()


def stages(
    row: Architecture,
    found: "ForwardPass | None",
    notes: Sequence[tuple[str, ...]] = ((), (), ()),
) -> list[Stage]:
    """Return the early, the middle and the late layer; empty frames as long as nothing is found."""
    if found is None:
        return [Stage("Early", row.early), Stage("Middle", row.middle), Stage("Late", row.late)]
    return [
        Stage(maps.role.capitalize(), maps.layer, maps.values, lines)
        for maps, lines in zip(found.maps, notes, strict=True)
    ]


def network_view(
    digit: Pixels,
    stages: Sequence[Stage],
    *,
    key: str,
    subject: str,
    label: int | None,
    probabilities: NDArray[np.float32] | None = None,
    side: int = SIDE,
    seconds: float | None = None,
    on_next: Callable[[], None] | None = None,
) -> None:
    """Show a digit, the feature maps of some layers, and the answer as ten bars.

    Args:
        digit: uint8, (28, 28).
        stages: the layers in the order of the forward pass.
        key: Streamlit's key of the component.
        subject: what is shown, in a word; when it changes the stages hand over to each other.
        label: the digit's true class; None for an image that nobody has labelled.
        probabilities: (10,); None as long as they are not known, when the view reruns the script,
            or the fragment it is in, until they are.
        side: of the square that the network receives, in pixels; what is more than the digit is
            padding.
        seconds: after how long the view asks for another digit by itself; None for never. It
            waits while a pointer or the keyboard is on it, and does not start by itself where the
            user wants reduced motion.
        on_next: called when another digit is asked for; with None there are no buttons for it.
    """
    padded = (f"Padded with black to {side} × {side}.",) if side > SIDE else ()
    ink = (digit[None] / 255).astype(np.float32)
    shown = [Stage(_INPUT, "", ink, padded), *stages]
    header = {
        "subject": subject,
        "label": label,
        "answered": probabilities is not None,
        "seconds": seconds,
        "asks": on_next is not None,
        "wrong": colours.CATEGORICAL[4],
        "stages": [_describe(stage) for stage in shown],
    }
    arrays: dict[str, NDArray[Any]] = {
        f"stage{i}": stage.values for i, stage in enumerate(shown) if stage.values is not None
    }
    if probabilities is not None:
        arrays["probabilities"] = probabilities
    for scale in _SCALES:
        for theme in colours.THEMES:
            arrays[f"{scale}-{theme}"] = colours.table(scale, theme)
    _VIEW(
        data=pack(header, arrays),
        key=key,
        on_next_change=on_next or _ignore,
        on_look_change=_ignore,
    )


def pack(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Join a JSON header and arrays into one message.

    Four bytes, little-endian, hold the length of the header; the header follows, then the arrays,
    each aligned to four bytes. The header's "arrays" says where each is: type, shape and the
    number of its first byte after the header.
    """
    places: dict[str, Any] = {}
    body = bytearray()
    for name, array in arrays.items():
        kind = "uint8" if array.dtype == np.uint8 else "float32"
        places[name] = {"type": kind, "shape": array.shape, "start": len(body)}
        body += array.astype(np.dtype(kind).newbyteorder("<")).tobytes()
        body += bytes(-len(body) % _ALIGNMENT)
    text = json.dumps({**header, "arrays": places}).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return len(text).to_bytes(4, "little") + text + bytes(body)


def unpack(message: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Take a message apart: what `pack` joined, for tests and for other programs."""
    length = int.from_bytes(message[:4], "little")
    header = json.loads(message[4 : 4 + length])
    arrays = {}
    for name, place in header.pop("arrays").items():
        kind = np.dtype(place["type"]).newbyteorder("<")
        count = int(np.prod(place["shape"]))
        array = np.frombuffer(message, kind, count, 4 + length + place["start"])
        arrays[name] = array.reshape(place["shape"])
    return header, arrays


def _describe(stage: Stage) -> dict[str, Any]:
    """Return what the browser needs to know of a stage beside its values."""
    scale, limit, most = "ink", 1.0, 1.0
    if stage.title != _INPUT and stage.values is not None:
        magnitude = np.abs(stage.values)
        scale = "diverging" if stage.values.min() < 0 else "sequential"
        limit, most = float(np.quantile(magnitude, _BRIGHTEST)), float(magnitude.max())
    return {
        "title": stage.title,
        "layer": stage.layer,
        "notes": stage.notes,
        "scale": scale,
        "limit": limit or most,
        "clipped": 0 < limit < 0.98 * most,
    }


def _ignore() -> None:
    """Take no notice."""
