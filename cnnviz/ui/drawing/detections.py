"""An image with the boxes detected in it, and the attention of each object query."""

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from cnnviz.data import canvases
from cnnviz.data.canvases import Canvases
from cnnviz.data.mnist import Digits, Pixels
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.components.component import component, pack
from cnnviz.ui.shell.caching import cached

if TYPE_CHECKING:
    from cnnviz.inspection.activations.object_queries import QueryPredictions

_DETECTIONS = component("detections", beside=__file__)


@cached
def held_out_canvases(digits: Digits) -> Canvases:
    """Return the canvases that detectors are tested on, of these digits."""
    return canvases.held_out_canvases(digits)


@cached
def decoder_outputs(
    network: TrainedNetwork, digits: Digits, index: int
) -> "tuple[QueryPredictions, ...]":
    """Return the output of each decoder layer of a detector for a test canvas."""
    from cnnviz.inspection.activations.object_queries import query_predictions

    return query_predictions(loading.model(network), held_out_canvases(digits).images[index])


def detections(canvas: Pixels, predictions: "QueryPredictions", *, key: str, label: str) -> None:
    """Show an image, the detected boxes, and the attention of every query, detection or not.

    Args:
        canvas: uint8, (H, H).
        predictions: the output of one decoder layer.
        key: Streamlit's key of the component.
        label: what is in the image, for a screen reader.
    """
    attention = predictions.mean_attention  # (Q, h, w)
    detected = set(predictions.detected)
    queries = [
        {
            "digit": int(predictions.labels[query]),
            "confidence": float(predictions.confidences[query]),
            "nothing": float(predictions.nothing[query]),
            "box": predictions.boxes[query].tolist(),
            "found": query in detected,
        }
        for query in range(len(predictions.labels))
    ]
    header = {"label": label, "side": canvas.shape[-1], "grid": attention.shape[1:]}
    arrays: dict[str, NDArray[Any]] = {"ink": canvas, "attention": attention}
    _DETECTIONS(key=key, data=pack({**header, "queries": queries}, arrays))
