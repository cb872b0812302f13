"""How well a detector does on the held-out canvases, with bounds."""

import numpy as np
import torch
from numpy.typing import NDArray

from cnnviz.data.canvases import NONE, held_out_canvases
from cnnviz.data.mnist import Digits
from cnnviz.models.inference import outputs
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.stats.intervals import Interval
from cnnviz.training.engine.detection import Targets, decode, pair

_DRAWS = 2_000  # of as many canvases as there are
_BATCH = 250

Counts = NDArray[np.int64]


def f1(network: LoadedNetwork, digits: Digits) -> tuple[Interval, int]:
    """Return the F1 of a detector with its bounds, and on how many canvases it was measured.

    Args:
        network: a detector.
        digits: whose test digits are on the canvases.
    """
    made = held_out_canvases(digits)
    pixels, labels, boxes = map(torch.from_numpy, (made.images, made.labels, made.boxes))
    targets = Targets(labels, boxes)
    found = decode(outputs(network.model, pixels, size=pixels.shape[-1], batch=_BATCH))
    hits = (pair(found, targets) != NONE).sum(dim=1)
    there = (labels != NONE).sum(dim=1)
    return bounds(*(part.numpy() for part in (hits, found.sure.sum(dim=1), there))), len(labels)


def bounds(hits: Counts, found: Counts, digits: Counts) -> Interval:
    """Return F1 over canvases with the bounds that drawing canvases anew gives.

    What is found on one canvas belongs together, so canvases are drawn, not digits.

    Args:
        hits: digits found on each canvas in the right place under the right name, (N,).
        found: boxes given out, (N,).
        digits: that there are, (N,).

    Reference:
        Efron 1979, "Bootstrap Methods: Another Look at the Jackknife",
        https://doi.org/10.1214/aos/1176344552
    """
    random = np.random.default_rng(0)
    right, out_of = 2 * hits, found + digits
    times = random.multinomial(len(hits), np.full(len(hits), 1 / len(hits)), size=_DRAWS)
    drawn = (times @ right) / np.maximum(times @ out_of, 1)
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Interval(float(right.sum() / max(out_of.sum(), 1)), float(low), float(high))
