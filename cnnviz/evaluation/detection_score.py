"""F1 of a detector on the held-out canvases, with bootstrap bounds."""

import numpy as np
import torch
from numpy.typing import NDArray

from cnnviz.data.canvases import NO_DIGIT, held_out_canvases
from cnnviz.data.mnist import Digits
from cnnviz.models.inference import detector_outputs
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.stats.intervals import Interval
from cnnviz.training.engine.detection import Targets, assign_detections, decode_detections

_SAMPLES = 2_000  # bootstrap samples of the canvases

Counts = NDArray[np.int64]


def detector_f1(network: LoadedNetwork, digits: Digits) -> tuple[Interval, int]:
    """Return the F1 of a detector with its bounds, and the number of canvases.

    Args:
        network: a detector.
        digits: whose test digits are on the canvases.
    """
    canvases = held_out_canvases(digits)
    pixels, labels, boxes = map(
        torch.from_numpy, (canvases.images, canvases.labels, canvases.boxes)
    )
    detections = decode_detections(detector_outputs(network.model, pixels))
    hits = (assign_detections(detections, Targets(labels, boxes)) != NO_DIGIT).sum(dim=1)  # (N,)
    detected, present = detections.detected.sum(dim=1), (labels != NO_DIGIT).sum(dim=1)  # (N,)
    counts = (part.numpy() for part in (hits, detected, present))
    return bootstrap_f1(*counts), len(labels)


def bootstrap_f1(hits: Counts, detected: Counts, present: Counts) -> Interval:
    """Return F1 over all canvases with 95% bounds from the bootstrap.

    The detections on one canvas are not independent, so canvases are resampled, not digits.

    Args:
        hits: digits per canvas that were found in the right place with the right class, (N,).
        detected: boxes per canvas that were returned, (N,).
        present: digits per canvas, (N,).

    Reference:
        Efron 1979, "Bootstrap Methods: Another Look at the Jackknife",
        https://doi.org/10.1214/aos/1176344552
    """
    random = np.random.default_rng(0)
    correct, total = 2 * hits, detected + present  # F1 = 2 hits / (detected + present)
    uniform = np.full(len(hits), 1 / len(hits))
    repeats = random.multinomial(len(hits), uniform, size=_SAMPLES)  # (samples, N)
    samples = (repeats @ correct) / np.maximum(repeats @ total, 1)  # (samples,)
    low, high = np.percentile(samples, (2.5, 97.5))
    return Interval(float(correct.sum() / max(total.sum(), 1)), float(low), float(high))
