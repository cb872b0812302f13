"""A canvas with the boxes found on it, and each object query's attention."""

from typing import TYPE_CHECKING

from cnnviz.data.mnist import Pixels
from cnnviz.ui.components.component import component, pack

if TYPE_CHECKING:
    from cnnviz.inspection.activations.object_queries import Look

_DETECTIONS = component("detections", beside=__file__)


def detections(canvas: Pixels, look: "Look", *, key: str, label: str) -> None:
    """Show a canvas, what was found on it, and where every query looked, found or not.

    Args:
        canvas: uint8, (H, H).
        look: one decoder layer's answer.
        key: Streamlit's key of the component.
        label: what is on the canvas, for those who do not see it.
    """
    attention = look.attention.mean(axis=0)  # (Q, h, w), over the heads
    found = set(look.found)
    queries = [
        {
            "digit": int(look.labels[query]),
            "confidence": float(look.confidences[query]),
            "nothing": float(look.nothing[query]),
            "box": look.boxes[query].tolist(),
            "found": query in found,
        }
        for query in range(len(look.labels))
    ]
    header = {"label": label, "side": canvas.shape[-1], "grid": attention.shape[1:]}
    arrays = {"ink": canvas, "attention": attention}
    _DETECTIONS(key=key, data=pack({**header, "queries": queries}, arrays))
