"""Predictions and cross-attention of a detector's object queries, after each decoder layer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.mnist import Pixels
from cnnviz.models.hooks import recording
from cnnviz.models.inference import evaluating
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.training.engine.detection import CONFIDENCE_THRESHOLD, box_edges, decode_detections

_CROSS = ".cross_attention.softmax"


@dataclass(frozen=True, eq=False)
class QueryPredictions:
    """The predictions of Q queries after one decoder layer.

    Attributes:
        labels: int64, (Q,), the most probable digit.
        confidences: float32, (Q,), its probability.
        nothing: float32, (Q,), the probability of "no object".
        boxes: float32, (Q, 4), left, top, right and bottom as shares of the canvas.
        attention: float32, (heads, Q, H, W), attention to each position of the backbone's maps;
            each map sums to 1.
    """

    labels: NDArray[np.int64]
    confidences: NDArray[np.float32]
    nothing: NDArray[np.float32]
    boxes: NDArray[np.float32]
    attention: NDArray[np.float32]

    @property
    def detected(self) -> list[int]:
        """Indices of the queries that detect a digit, by confidence, descending."""
        order = np.argsort(-self.confidences, kind="stable")
        return [int(query) for query in order if self.confidences[query] > CONFIDENCE_THRESHOLD]

    @property
    def digits(self) -> list[int]:
        """The detected digits from left to right, by the centers of their boxes."""
        center = self.boxes[:, 0] + self.boxes[:, 2]  # (Q,), twice its column
        return [int(self.labels[query]) for query in sorted(self.detected, key=center.__getitem__)]

    @property
    def mean_attention(self) -> NDArray[np.float32]:
        """Mean of the attention over the heads, float32, (Q, H, W)."""
        mean: NDArray[np.float32] = self.attention.mean(axis=0)  # (Q, H, W)
        return mean


def query_predictions(network: LoadedNetwork, canvas: Pixels) -> tuple[QueryPredictions, ...]:
    """Return the predictions after each decoder layer for a canvas, in the order of the layers.

    Args:
        network: a detector, `cnnviz.models.architectures.detr.DETR`.
        canvas: uint8, (1, 64, 64), white ink on black.
    """
    model = network.copy().model
    names = [name for name, _ in model.named_modules() if name.endswith(_CROSS)]
    with evaluating(model), recording(model, [*names, "project"]) as outputs:
        answers = model(network.input(canvas))  # (1, layers, Q, classes + 1 + 4)
    grid = outputs["project"].shape[2:]  # rows and columns of the backbone's maps
    predictions = []
    for layer, name in enumerate(names):
        answer = answers[:, : layer + 1]  # (1, layers so far, Q, classes + 1 + 4)
        decoded = decode_detections(answer)
        predictions.append(
            QueryPredictions(
                labels=decoded.labels[0].numpy(),  # (Q,)
                confidences=decoded.confidences[0].numpy(),
                nothing=answer[0, -1, :, :-4].softmax(dim=-1)[:, -1].numpy(),
                boxes=box_edges(decoded.boxes[0]).numpy(),  # (Q, 4)
                attention=outputs[name][0].unflatten(-1, grid).numpy(),  # (heads, Q, H, W)
            )
        )
    return tuple(predictions)
